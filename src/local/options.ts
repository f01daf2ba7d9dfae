import type { Clock } from '../ports.ts'
import { type Check, checkGiven, isObject, optional } from './check-given.ts'
import type { Seed } from './seed.ts'

/** The options of `startLocalAws()`. */
export interface LocalAwsOptions {
  /** The port on 127.0.0.1. @default 0, a free port */
  readonly port?: number
  /** The region of every ARN. @default 'us-east-1' */
  readonly region?: string
  /** The account of every ARN: twelve digits. @default '123456789012' */
  readonly accountId?: string
  /** The time of versions, faults, latencies and deletions. @default real time */
  readonly clock?: Clock
  /** Parameters and secrets that exist from the start. @default none */
  readonly seed?: Seed
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
  seed: [isObject, 'an object such as { parameters, secrets }'],
}

/** @throws TypeError For an unknown or invalid option. */
export function checkLocalOptions(options: unknown): void {
  const entries = Object.entries(checks).map(([key, check]) => [key, optional(check)] as const)
  checkGiven('startLocalAws()', options, Object.fromEntries(entries))
}
