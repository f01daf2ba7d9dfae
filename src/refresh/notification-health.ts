/** How reliable notifications have been. All times in milliseconds on the loop's clock. Immutable. */
export interface NotificationHealth {
  /** Whether every source reports that it can listen. */
  readonly isHealthy: boolean
  /** When the last message arrived, or listening began. */
  readonly lastMessageAt: number
  /** The longest time without a message; older silences count less. */
  readonly longestSilenceMs: number
  /** Changes that polling found while notifications seemed to work. */
  readonly missed: number
  readonly missedAt?: number
}

const distrustMs = 3_600_000
const silenceFloorMs = 600_000
const probationMs = 600_000
const silenceDecay = 0.9

export const initialHealth: NotificationHealth = Object.freeze({
  isHealthy: false,
  lastMessageAt: 0,
  longestSilenceMs: 0,
  missed: 0,
})

export function setHealth(health: NotificationHealth, isHealthy: boolean, at: number): NotificationHealth {
  return { ...health, isHealthy, ...(isHealthy && !health.isHealthy && { lastMessageAt: at }) }
}

export function recordMessage(health: NotificationHealth, at: number): NotificationHealth {
  const silenceMs = at - health.lastMessageAt
  return {
    ...health,
    lastMessageAt: at,
    longestSilenceMs: Math.max(silenceMs, health.longestSilenceMs * silenceDecay),
  }
}

export function recordMiss(health: NotificationHealth, at: number): NotificationHealth {
  return { ...health, missed: health.missed + 1, missedAt: at }
}

/**
 * Whether notifications are reliable enough for rare polls. They are not for an hour after a miss. They are on
 * probation for ten minutes each time the silence reaches 2, 4, 8 … times the longest one so far: silence alone is no
 * fault, because perhaps no parameter changed.
 */
export function isReliable(health: NotificationHealth, at: number): boolean {
  const { isHealthy, lastMessageAt, longestSilenceMs, missedAt } = health
  if (!isHealthy || (missedAt !== undefined && at - missedAt < distrustMs)) return false
  const usualMs = Math.max(silenceFloorMs, 2 * longestSilenceMs)
  const silenceMs = at - lastMessageAt
  if (silenceMs < usualMs) return true
  const probationAt = usualMs * 2 ** Math.floor(Math.log2(silenceMs / usualMs))
  return silenceMs - probationAt >= probationMs
}
