import type { Clock } from '../ports.ts'

/** Reads a clock, which may be set back, as a time that never runs back, in milliseconds. */
export function steadyClock(): (clock: Pick<Clock, 'now'>) => number {
  let last = Number.NEGATIVE_INFINITY
  let offset = 0
  return (clock) => {
    const now = clock.now()
    if (now < last) offset += last - now
    last = now
    return now + offset
  }
}
