import type { Clock } from '../ports.ts'
import { type Check, checkGiven, isObject, optional } from './check-given.ts'
import type { Seed } from './seed.ts'

/** Where and when the local AWS is, and what it holds from the start. */
export interface LocalAwsOptions {
  /** @default 0, a free one */
  readonly port?: number
  /** @default 'us-east-1' */
  readonly region?: string
  /** Twelve digits. @default '123456789012' */
  readonly accountId?: string
  /** The time of versions, faults and latencies. @default real time */
  readonly clock?: Clock
  /** Parameters and secrets by name. @default none */
  readonly seed?: Seed
}

const checks: Readonly<Record<keyof LocalAwsOptions, Check>> = {
  port: [(value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535, 'a port from 0 to 65535'],
  region: [
    (value) => typeof value === 'string' && /^[a-z]{2}(-[a-z]+)+-\d+$/.test(value),
    'a region such as us-east-1',
  ],
  accountId: [(value) => typeof value === 'string' && /^\d{12}$/.test(value), 'a text of twelve digits'],
  clock: [
    (value) => isObject(value) && typeof value.now === 'function' && typeof value.sleep === 'function',
    'a clock',
  ],
  seed: [isObject, 'an object such as { parameters, secrets }'],
}

/** @throws TypeError For an option that is unknown or cannot be. */
export function checkLocalOptions(options: unknown): void {
  const entries = Object.entries(checks).map(([key, check]) => [key, optional(check)] as const)
  checkGiven('startLocalAws()', options, Object.fromEntries(entries))
}
