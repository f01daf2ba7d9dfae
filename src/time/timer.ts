import type { Clock } from '../ports.ts'
import { notNeeded } from './deadline.ts'

/** Fires once, after so many milliseconds. @returns Cancels the timer. */
export function setTimer(clock: Clock, ms: number, fire: () => void): () => void {
  return clock.timer?.(ms, fire) ?? setTimerBySleep(clock, ms, fire)
}

function setTimerBySleep(clock: Clock, ms: number, fire: () => void): () => void {
  const controller = new AbortController()
  clock.sleep(ms, controller.signal).then(fire, () => undefined)
  return () => controller.abort(notNeeded)
}
