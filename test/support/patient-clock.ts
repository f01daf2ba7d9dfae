import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../src/index.ts'

/** A clock that moves to its next timer once no request is running, so that a day with real requests takes seconds. */
export interface PatientClock extends Clock {
  pass(ms: number): Promise<void>
}

/** @param isBusy Whether other work is running, which the clock waits for. */
export function patientClock(isBusy: () => boolean): PatientClock {
  let now = Date.now()
  const sleeping = new Set<{ readonly wakeAt: number; wake(): void }>()
  const requests = countRequests()
  const settle = async () => {
    for (let turn = 0; turn < 8; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (requests() > 0 || isBusy()) turn = 0
    }
  }
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const end = (settled: () => void) => {
          sleeping.delete(sleeper)
          signal?.removeEventListener('abort', abort)
          settled()
        }
        const abort = () => end(() => reject(signal?.reason))
        const sleeper = { wakeAt: now + ms, wake: () => end(resolve) }
        sleeping.add(sleeper)
        signal?.addEventListener('abort', abort, { once: true })
      }),
    async pass(ms) {
      const until = now + ms
      for (;;) {
        await settle()
        const next = [...sleeping].reduce((first, each) => (each.wakeAt < first.wakeAt ? each : first), {
          wakeAt: Number.POSITIVE_INFINITY,
          wake: () => undefined,
        })
        if (next.wakeAt > until) break
        now = Math.max(now, next.wakeAt)
        next.wake()
      }
      now = until
    },
  }
}

/** The number of HTTP requests of this process that have no whole answer yet. */
function countRequests(): () => number {
  const running = new Set<unknown>()
  const start = (message: unknown) => {
    const { request } = message as { readonly request: NodeJS.EventEmitter }
    running.add(request)
    request.once('close', () => running.delete(request))
  }
  subscribe('http.client.request.start', start)
  onTestFinished(() => void unsubscribe('http.client.request.start', start))
  return () => running.size
}
