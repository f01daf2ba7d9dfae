import type { Clock } from '../ports.ts'
import { AwsError } from './aws-error.ts'
import { adviceFor, type Check, checkArguments, isObject, optional } from './check-arguments.ts'
import { isShared } from './parameter-names.ts'
import type { PutParameter } from './parameter-rules.ts'
import type { Parameters } from './parameter-store.ts'
import type { NewSecret, Secrets } from './secrets-manager.ts'

/**
 * The options of `startLocalAws()`.
 *
 * @experimental
 */
export interface LocalAwsOptions {
  /** The port on 127.0.0.1. @default 0, a free port */
  readonly port?: number
  /** The region of every ARN. @default 'us-east-1' */
  readonly region?: string
  /** The account of every ARN: twelve digits. @default '123456789012' */
  readonly accountId?: string
  /** The time of versions, faults, latencies and deletions. @default real time */
  readonly clock?: Clock
  /** Parameters and secrets that exist from the start, or the path or URL of a YAML or JSON file with them. @default none */
  readonly seed?: Seed | string | URL
}

const checks: Readonly<Record<keyof LocalAwsOptions, Check>> = {
  port: [(value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535, 'a port from 0 to 65535'],
  region: [
    (value) => typeof value === 'string' && /^[a-z]{2}(-[a-z]+)+-\d+$/.test(value),
    'a region such as us-east-1',
  ],
  accountId: [(value) => typeof value === 'string' && /^\d{12}$/.test(value), 'a string of twelve digits'],
  clock: [
    (value) => isObject(value) && typeof value.now === 'function' && typeof value.sleep === 'function',
    'an object with now() and sleep()',
  ],
  seed: [
    (value) => isObject(value) || (typeof value === 'string' && value !== ''),
    'an object such as { parameters, secrets }, or the path of a file',
  ],
}

/** @throws TypeError For an unknown or invalid option. */
export function checkLocalOptions(options: unknown): void {
  const entries = Object.entries(checks).map(([key, check]) => [key, optional(check)] as const)
  checkArguments('startLocalAws()', options, Object.fromEntries(entries))
}

/**
 * The parameters and secrets that exist from the start.
 *
 * @experimental
 */
export interface Seed {
  /** Parameters by full name: the text of a String, or an object with the value, type and other members. */
  readonly parameters?: Readonly<Record<string, string | Omit<PutParameter, 'name' | 'overwrite'>>>
  /** Secrets by name: text, bytes, or an object with the value and other members. */
  readonly secrets?: Readonly<Record<string, string | Uint8Array | Omit<NewSecret, 'name'>>>
}

const caller = 'startLocalAws()'

/** @throws TypeError For an entry that AWS would refuse. The message names the entry and never contains a value. */
export function storeSeed(
  seed: Seed,
  parameters: Parameters,
  secrets: Secrets,
  placeOf: (kind: string, name: string) => string = (kind, name) => `${caller}: seed.${kind}['${name}']`,
): void {
  const known = ['parameters', 'secrets']
  const unknown = Object.keys(seed).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw new TypeError(`${caller}: there is no option seed.${unknown}: ${adviceFor(unknown, known)}`)
  for (const [name, given] of entriesOf(seed.parameters, 'parameters')) {
    const put = typeof given === 'string' ? { value: given } : given
    const place = placeOf('parameters', name)
    // AWS answers a wrong character with all its rules for names.
    const [wrong] = isShared(name) ? [] : (/[^\w.\-/]/u.exec(name.trim()) ?? [])
    if (wrong !== undefined) {
      throw new TypeError(`${place}: a name can have letters, numbers and ._-/, but not ${JSON.stringify(wrong)}`)
    }
    attempt(place, put, () => parameters.put({ ...put, name }))
  }
  for (const [name, given] of entriesOf(seed.secrets, 'secrets')) {
    const secret = typeof given === 'string' || given instanceof Uint8Array ? { value: given } : given
    attempt(placeOf('secrets', name), secret, () => secrets.create({ ...secret, name }))
  }
}

function entriesOf<Entry>(entries: Readonly<Record<string, Entry>> | undefined, key: string): [string, Entry][] {
  if (entries !== undefined && (!isObject(entries) || Array.isArray(entries))) {
    throw new TypeError(`${caller}: seed.${key} must be an object with one entry for each name`)
  }
  return Object.entries(entries ?? {})
}

function attempt(place: string, entry: unknown, store: () => unknown): void {
  if (!isObject(entry) || Array.isArray(entry)) {
    throw new TypeError(`${place} must be a string, or an object with value`)
  }
  try {
    store()
  } catch (error) {
    if (!(error instanceof AwsError) && !(error instanceof TypeError)) throw error
    // Who writes a seed calls no function.
    const reason = (error.message || error.name).replace(/^\w+\(\): /, '')
    throw new TypeError(`${place}: ${reason}`, { cause: error })
  }
}
