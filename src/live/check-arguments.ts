import type { ConfigEvents } from '../events.ts'
import type { WatchOptions } from '../live-config.ts'
import { aFunction, type Check, checkFunction, checkGiven, checkName, having } from '../schema/check-given.ts'

/** @throws TypeError when there is no such event, or nobody to tell of it. */
export function checkListener(event: unknown, listener: unknown): void {
  checkName('on()', 'event', String(event), Object.keys(events))
  checkFunction('on()', 'listener', listener)
}

/** @throws TypeError when that cannot be watched. */
export function checkWatch(select: unknown, tell: unknown, options: unknown): void {
  checkFunction('watch()', 'select', select)
  checkFunction('watch()', 'tell', tell)
  checkGiven('watch()', options, watchOptions)
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
  equals: aFunction,
  signal: having('addEventListener', 'an AbortSignal'),
}
