import type { Clock } from '../ports.ts'
import { setTimer } from '../time/deadline.ts'

const parts = 10

/**
 * The same clock, with timers that also take at least ten turns of the event loop: a busy process that does not listen
 * has not waited.
 *
 * @param nextTurn Resolves in the next turn of the event loop.
 */
export function turnClock(clock: Clock, nextTurn: () => Promise<void>): Clock {
  return {
    now: () => clock.now(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    timer(ms, fire) {
      let left = parts
      let isCancelled = false
      const wait = () => setTimer(clock, ms / parts, () => void pass())
      const pass = async () => {
        await nextTurn()
        left--
        if (isCancelled) return
        if (left === 0) fire()
        else stop = wait()
      }
      let stop = wait()
      return () => {
        isCancelled = true
        stop()
      }
    },
  }
}
