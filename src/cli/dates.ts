import { counted } from './counted.ts'

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** A time as people compare it: `2026-11-28 22:58 UTC`. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** The time of day, in UTC: `22:58:09`. */
export function formatClock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19)
}

export function formatDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** How long ago a time was, or in which time it comes: `3 days ago`, `in 1 hour`. */
export function formatAge(ms: number, now: number): string {
  const between = Math.abs(now - ms)
  const [unit, unitMs] = units.find(([, length]) => between >= length) ?? ['', Number.POSITIVE_INFINITY]
  const count = Math.floor(between / unitMs)
  const text = count === 0 ? 'less than a minute' : counted(count, unit)
  return ms > now ? `in ${text}` : `${text} ago`
}
