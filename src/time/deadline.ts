import type { Clock } from '../ports.ts'
import { sharedController } from './abort.ts'

/** The reason of a signal that aborted because its time was up. */
export class DeadlineReached extends Error {
  override readonly name = 'DeadlineReached'
  readonly timeoutMs: number

  constructor(timeoutMs: number) {
    super(`not finished within ${timeoutMs} ms`)
    this.timeoutMs = timeoutMs
  }
}

/** The reason of a wait that is no longer needed. Shared: an error for each would cost more than the wait. */
export const notNeeded: Error = new Error('no longer needed')

/** Fires once, after so many milliseconds. @returns Cancels the timer. */
export function setTimer(clock: Clock, ms: number, fire: () => void): () => void {
  if (clock.timer !== undefined) return clock.timer(ms, fire)
  const controller = new AbortController()
  clock.sleep(ms, controller.signal).then(fire, () => undefined)
  return () => controller.abort(notNeeded)
}

/**
 * Runs with a signal that aborts with {@link DeadlineReached} after `timeoutMs` on the clock, or with the parent's
 * reason. Settles with the run: race a run that may ignore its signal.
 */
export async function withDeadline<Result>(
  clock: Clock,
  timeoutMs: number,
  parent: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = sharedController()
  const follow = () => controller.abort(parent?.reason)
  if (parent?.aborted) follow()
  parent?.addEventListener('abort', follow, { once: true })
  const cancelTimer = setTimer(clock, timeoutMs, () => controller.abort(new DeadlineReached(timeoutMs)))
  try {
    return await run(controller.signal)
  } finally {
    cancelTimer()
    parent?.removeEventListener('abort', follow)
  }
}

/** The promise's outcome, or a rejection with the signal's reason when that aborts first. */
export function race<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

// Long enough for an aborted read to report its progress, and short enough not to delay the caller.
const soonMs = 250

/** The promise's outcome, or `undefined` when it has not settled soon after the signal aborted. */
export function settleSoon<Result>(
  promise: Promise<Result>,
  signal: AbortSignal,
  clock: Clock,
  graceMs: number = soonMs,
): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    let cancelTimer: (() => void) | undefined
    const limit = () => {
      cancelTimer = setTimer(clock, graceMs, () => resolve(undefined))
    }
    if (signal.aborted) limit()
    signal.addEventListener('abort', limit, { once: true })
    promise.then(resolve, reject).finally(() => {
      cancelTimer?.()
      signal.removeEventListener('abort', limit)
    })
  })
}

/** Waits for user code that may never settle, up to a time limit. Rejects if the code rejects in time. */
export async function settleWithin(promise: Promise<unknown>, timeoutMs: number, clock: Clock): Promise<void> {
  await settleSoon(promise, AbortSignal.abort(), clock, timeoutMs)
}
