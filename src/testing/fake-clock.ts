import type { Clock } from '../ports.ts'

/** A clock that moves only when it is told to. */
export interface FakeClock extends Clock {
  /** Moves on by so many milliseconds, waking sleepers in their order and letting each do what follows at once. */
  advance(ms: number): Promise<void>
  /** Sets the time to another one, forward or back, without time passing: sleepers sleep on for as long as they had to. */
  jump(ms: number): void
  /** How many are asleep. */
  readonly sleepers: number
}

/** A clock that begins at so many milliseconds since the Unix epoch, 0 by default. */
export function createFakeClock(startMs = 0): FakeClock {
  let passed = 0
  let offset = startMs
  const sleeping = new Set<{ readonly wakeAt: number; wake(): void }>()
  return {
    now: () => passed + offset,
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
        const sleeper = { wakeAt: passed + ms, wake: () => end(resolve) }
        sleeping.add(sleeper)
        signal?.addEventListener('abort', abort, { once: true })
      })
    },
    jump(ms) {
      offset += ms
    },
    async advance(ms) {
      const until = passed + ms
      // The first rejected candidate loads it, and no time should pass meanwhile.
      await import('../diagnostics/diagnostics.ts')
      await settle()
      for (;;) {
        const [next] = [...sleeping].filter(({ wakeAt }) => wakeAt <= until).sort((a, b) => a.wakeAt - b.wakeAt)
        if (next === undefined) break
        passed = Math.max(passed, next.wakeAt)
        next.wake()
        await settle()
      }
      passed = until
    },
  }
}

/** Lets everything run that waits for nothing but the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
