import type { Clock } from '../ports.ts'
import { notNeeded } from './deadline.ts'

/** Rings once, after so many milliseconds. @returns Switches it off. */
export function setTimer(clock: Clock, ms: number, ring: () => void): () => void {
  return clock.timer?.(ms, ring) ?? setTimerBySleep(clock, ms, ring)
}

function setTimerBySleep(clock: Clock, ms: number, ring: () => void): () => void {
  const controller = new AbortController()
  clock.sleep(ms, controller.signal).then(ring, () => undefined)
  return () => controller.abort(notNeeded)
}
