/** How notifications have fared. All times in milliseconds on the config's clock. Immutable. */
export interface NotificationHealth {
  /** Whether every source says that it can listen. */
  readonly isHealthy: boolean
  /** When something arrived, whatever it was, or listening began. */
  readonly heardAt: number
  /** How long it has been silent, and not for lack of working; what was long ago counts less. */
  readonly silenceMs: number
  /** Changes that were found by polling while it seemed to work. */
  readonly missed: number
  readonly missedAt?: number
}

const distrustMs = 3_600_000
const silenceFloorMs = 600_000
const probationMs = 600_000
const memory = 0.9

export const noHealth: NotificationHealth = Object.freeze({ isHealthy: false, heardAt: 0, silenceMs: 0, missed: 0 })

/** What is known after the sources have said how they are. */
export function setHealth(push: NotificationHealth, isHealthy: boolean, at: number): NotificationHealth {
  return { ...push, isHealthy, ...(isHealthy && !push.isHealthy && { heardAt: at }) }
}

/** What is known after something arrived. */
export function recordMessage(push: NotificationHealth, at: number): NotificationHealth {
  return { ...push, heardAt: at, silenceMs: Math.max(at - push.heardAt, push.silenceMs * memory) }
}

/** What is known after a poll has found what should have been told. */
export function recordMiss(push: NotificationHealth, at: number): NotificationHealth {
  return { ...push, missed: push.missed + 1, missedAt: at }
}

/**
 * Whether so much can be left to notifications that polls may be rare. Not for an hour after something was missed; and
 * not for ten minutes when they have been silent for twice as long as ever, then four times, eight times …: nothing may
 * have changed, so a silence without a miss is no fault.
 */
export function isReliable({ isHealthy, heardAt, silenceMs, missedAt }: NotificationHealth, at: number): boolean {
  if (!isHealthy || (missedAt !== undefined && at - missedAt < distrustMs)) return false
  const usualMs = Math.max(silenceFloorMs, 2 * silenceMs)
  const silence = at - heardAt
  if (silence < usualMs) return true
  const vigilAt = usualMs * 2 ** Math.floor(Math.log2(silence / usualMs))
  return silence - vigilAt >= probationMs
}
