import type { Clock } from '../ports.ts'
import { sharedController } from './abort-listeners.ts'

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
  const done = new AbortController()
  clock.sleep(timeoutMs, done.signal).then(
    () => controller.abort(new DeadlineReached(timeoutMs)),
    () => undefined,
  )
  try {
    return await run(controller.signal)
  } finally {
    done.abort(notNeeded)
    parent?.removeEventListener('abort', follow)
  }
}

/** The promise's outcome, or a rejection with the signal's reason when that aborts first. */
export function race<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    const end =
      <Value>(settle: (value: Value) => void) =>
      (value: Value) => {
        signal.removeEventListener('abort', abort)
        settle(value)
      }
    promise.then(end(resolve), end(reject))
  })
}

// Long enough for an aborted read to report its progress, and short enough not to delay the caller.
const soonMs = 250

/** The promise's outcome, or `undefined` when it has not settled soon after the signal aborted. */
export async function settleSoon<Result>(
  promise: Promise<Result>,
  signal: AbortSignal,
  clock: Clock,
  graceMs: number = soonMs,
): Promise<Result | undefined> {
  const done = new AbortController()
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true, signal: done.signal })
  })
  const tooLate = aborted.then(() => pass(clock, graceMs, done.signal))
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    done.abort(notNeeded)
  }
}

/** Waits for user code that may never settle, up to a time limit. Rejects if the code rejects in time. */
export async function settleWithin(promise: Promise<unknown>, timeoutMs: number, clock: Clock): Promise<void> {
  const done = new AbortController()
  try {
    await Promise.race([promise, pass(clock, timeoutMs, done.signal)])
  } finally {
    done.abort(notNeeded)
  }
}

async function pass(clock: Clock, ms: number, signal: AbortSignal): Promise<undefined> {
  await clock.sleep(ms, signal).catch(() => undefined)
}
