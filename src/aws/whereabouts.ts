import type { Whereabouts } from '../errors.ts'
import { memberOf } from './sdk-error.ts'

/** The facts of a client. */
export interface ClientFacts {
  readonly config: object
  /** The account id in the answers. */
  readonly account: string | undefined
  /** Whether AWS has answered a call: the credentials are then known without a request. */
  readonly hasCalled: boolean
  /** The facts of the environment. */
  readonly environment: Whereabouts
  /** Resolves in the next turn of the event loop. */
  nextTurn(): Promise<void>
}

/** Where a client sends its calls and with which identity, as far as that is known without a request. Never rejects. */
export async function whereaboutsOf({ config, environment, ...facts }: ClientFacts): Promise<Whereabouts> {
  const settled = <Value>(value: Promise<Value>) => Promise.race([value, turns(facts.nextTurn)])
  const region = textOf(await settled(provided(config, 'region')))
  const endpoint = urlOf(await settled(provided(config, 'endpoint'))) ?? urlOf(environment.endpoint)
  const credentials = facts.hasCalled ? await settled(provided(config, 'credentials')) : undefined
  const origin = originOf(memberOf(credentials, '$source'))
  // The environment variable names a role even if other credentials take precedence.
  const role = origin === undefined || origin === webIdentity ? environment.role : undefined
  const account = facts.account ?? textOf(memberOf(credentials, 'accountId'))
  const profile = textOf(memberOf(config, 'profile')) ?? environment.profile
  const isMissing = environment.isProfileMissing === true && profile === environment.profile
  return {
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
    ...(role !== undefined && { role }),
    ...(profile !== undefined && { profile }),
    ...(origin !== undefined && { credentials: origin }),
    ...(isMissing && { isProfileMissing: true }),
    ...(endpoint !== undefined && { endpoint }),
  }
}

const webIdentity = 'a web identity token'

// The keys of `$source`, by which the SDK marks the provider of credentials.
const origins: readonly (readonly [source: RegExp, origin: string])[] = [
  [/^CREDENTIALS_ENV_VARS$/, 'environment variables'],
  [/WEB_ID/, webIdentity],
  [/STS_ASSUME_ROLE/, 'an assumed role'],
  [/SSO/, 'IAM Identity Center'],
  [/PROCESS$/, 'a process'],
  [/^CREDENTIALS_HTTP$/, 'the container'],
  [/^CREDENTIALS_IMDS$/, 'the instance metadata'],
  [/^CREDENTIALS_PROFILE/, 'a profile'],
]

function originOf(source: unknown): string | undefined {
  const sources = typeof source === 'object' && source !== null ? Object.keys(source) : []
  return origins.find(([pattern]) => sources.some((name) => pattern.test(name)))?.[1]
}

// A known value settles within a few turns; a value that must be fetched does not.
async function turns(nextTurn: () => Promise<void>): Promise<undefined> {
  for (let turn = 0; turn < 10; turn++) await nextTurn()
}

// The SDK keeps most settings as functions.
async function provided(config: object, name: string): Promise<unknown> {
  try {
    const value = memberOf(config, name)
    return typeof value === 'function' ? await value.call(config) : value
  } catch {
    return undefined
  }
}

// Without the user, password and query, which could be secret.
function urlOf(value: unknown): string | undefined {
  try {
    const url = typeof value === 'string' ? new URL(value) : value
    const [protocol, hostname, port] = ['protocol', 'hostname', 'port'].map((key) => memberOf(url, key))
    const path = memberOf(url, 'path') ?? memberOf(url, 'pathname') ?? ''
    if (typeof protocol !== 'string' || typeof hostname !== 'string') return undefined
    return `${protocol}//${hostname}${port ? `:${port}` : ''}${path === '/' ? '' : path}`
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
