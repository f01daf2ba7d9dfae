/** `12 s`, `5 min`, `3 h`, `8 days` */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

/** `12 s ago` */
export function formatAgo(at: number, now: number): string {
  return now - at < 1_500 ? 'just now' : `${formatDuration(now - at)} ago`
}

/** `2026-11-25 18:03:11 UTC` */
export function formatTime(at: number): string {
  return `${toIso(at).slice(0, 19).replace('T', ' ')} UTC`
}

/** For the `datetime` of a `time` element. */
export function toIso(at: number): string {
  const isDate = Math.abs(at) <= maxDateMs
  return new Date(isDate ? at : 0).toISOString()
}

const maxDateMs = 8_640_000_000_000_000

/** `1 key`, `2 keys` */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString('en')} ${amount === 1 ? one : many}`
}

/** A version to be seen at a glance: those of secrets are long. */
export function shortVersion(version: string): string {
  return version.length > 12 ? `${version.slice(0, 8)}…` : version
}
