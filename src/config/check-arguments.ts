import {
  type Check,
  checkArguments,
  checkFunction,
  checkName,
  having,
  isFunction,
} from '../messages/check-arguments.ts'
import type { Clock, Random } from '../ports.ts'
import { plainResult } from '../schema/plain-result.ts'
import type { ConfigEvents } from './events.ts'
import type { WatchOptions } from './live-config.ts'

/** @throws TypeError when there is no such event, or nobody to tell of it. */
export function checkListener(event: unknown, listener: unknown): void {
  checkName('on()', 'event', String(event), Object.keys(events))
  checkFunction('on()', 'listener', listener)
}

/** @throws TypeError when that cannot be watched. */
export function checkWatch(select: unknown, tell: unknown, options: unknown): void {
  checkFunction('watch()', 'select', select)
  checkFunction('watch()', 'tell', tell)
  checkArguments('watch()', options, watchOptions)
}

/** @throws TypeError if the clock does not tell the time. */
export function checkClock(clock: Clock): void {
  const now: unknown = plainResult('clock.now()', clock.now())
  if (!Number.isFinite(now)) throw new TypeError('clock.now() must return milliseconds since the Unix epoch')
}

/** The same function, which throws a TypeError for what is not a number: the start is the first to call it. */
export function checkedRandom(random: Random): Random {
  return () => {
    const chance = plainResult('random()', random())
    if (typeof chance === 'number' && !Number.isNaN(chance)) return chance
    throw new TypeError('random() must return a number in [0, 1)')
  }
}

const events: Readonly<Record<keyof ConfigEvents<unknown>, true>> = {
  ready: true,
  change: true,
  unchanged: true,
  stale: true,
  recovered: true,
  rejected: true,
  error: true,
  listenerError: true,
  warning: true,
  expiring: true,
  closed: true,
}

const watchOptions: Readonly<Record<keyof WatchOptions<unknown>, Check>> = {
  immediate: [(value) => typeof value === 'boolean', 'true or false'],
  equals: isFunction,
  signal: having('addEventListener', 'an AbortSignal'),
}
