import type { Clock } from '../ports.ts'
import { notNeeded } from './deadline.ts'

/** Rings once, after so many milliseconds. @returns Switches it off. */
export function setAlarm(clock: Clock, ms: number, ring: () => void): () => void {
  return clock.alarm?.(ms, ring) ?? setAlarmBySleep(clock, ms, ring)
}

function setAlarmBySleep(clock: Clock, ms: number, ring: () => void): () => void {
  const controller = new AbortController()
  clock.sleep(ms, controller.signal).then(ring, () => undefined)
  return () => controller.abort(notNeeded)
}
