import type { Clock } from '../ports.ts'
import { loadOnDemandModules } from './on-demand.ts'

/** A clock that moves only by `advance()` and `jump()`. */
export interface FakeClock extends Clock {
  /** Advances by this many milliseconds. Sleepers wake in order, and the code after each runs before the next wakes. */
  advance(ms: number): Promise<void>
  /** Changes the time of day by this many milliseconds, also negative ones. The remaining time of sleepers stays the same. */
  jump(ms: number): void
  /** The number of calls of `sleep()` that are pending. */
  readonly sleepers: number
}

/** Creates a fake clock. Its time starts at `startMs` milliseconds since the Unix epoch. */
export function createFakeClock(startMs = 0): FakeClock {
  let elapsed = 0
  let offset = startMs
  let loading: Promise<unknown> | undefined
  const sleeping = new Set<{ readonly wakeAt: number; wake(): void }>()
  return {
    now: () => elapsed + offset,
    get sleepers() {
      return sleeping.size
    },
    sleep(ms, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason)
          return
        }
        const end = (settle: () => void) => {
          sleeping.delete(sleeper)
          signal?.removeEventListener('abort', abort)
          settle()
        }
        const abort = () => end(() => reject(signal?.reason))
        const sleeper = { wakeAt: elapsed + ms, wake: () => end(resolve) }
        sleeping.add(sleeper)
        signal?.addEventListener('abort', abort, { once: true })
      })
    },
    jump(ms) {
      offset += ms
    },
    async advance(ms) {
      const until = elapsed + ms
      loading ??= loadOnDemandModules()
      await loading
      await settle()
      for (;;) {
        const [next] = [...sleeping].filter(({ wakeAt }) => wakeAt <= until).sort((a, b) => a.wakeAt - b.wakeAt)
        if (next === undefined) break
        elapsed = Math.max(elapsed, next.wakeAt)
        next.wake()
        await settle()
      }
      elapsed = until
    },
  }
}

// Runs the code that waits for nothing but the event loop.
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
