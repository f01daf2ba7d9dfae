/** Turns the times of a clock, which may be set back, into times that never run back, in milliseconds. */
export function steadyClock(): (now: number) => number {
  let last = Number.NEGATIVE_INFINITY
  let offset = 0
  return (now) => {
    if (now < last) offset += last - now
    last = now
    return now + offset
  }
}
