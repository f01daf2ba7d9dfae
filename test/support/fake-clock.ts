import type { Clock } from '../../src/ports.ts'

/** A clock that moves only when it is told to. */
export interface FakeClock extends Clock {
  /** Moves on by so many milliseconds, waking sleepers in their order and letting each do what follows at once. */
  advance(ms: number): Promise<void>
  /** How many are asleep. */
  readonly sleepers: number
}

export function createFakeClock(startMs = 0): FakeClock {
  let now = startMs
  const sleeping = new Set<{ readonly wakeAt: number; wake(): void }>()
  return {
    now: () => now,
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
        const sleeper = { wakeAt: now + ms, wake: () => end(resolve) }
        sleeping.add(sleeper)
        signal?.addEventListener('abort', abort, { once: true })
      })
    },
    async advance(ms) {
      const until = now + ms
      await settle()
      for (;;) {
        const [next] = [...sleeping].filter(({ wakeAt }) => wakeAt <= until).sort((a, b) => a.wakeAt - b.wakeAt)
        if (next === undefined) break
        now = Math.max(now, next.wakeAt)
        next.wake()
        await settle()
      }
      now = until
    },
  }
}

/** Lets everything run that waits for nothing but the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
