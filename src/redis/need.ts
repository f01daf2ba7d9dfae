import type { RefreshTask } from '../refresh/state.ts'
import { type CountedHint, covers, isIdentified } from './covered-events.ts'
import type { Place } from './head.ts'
import { maxHints, type Wanted } from './store.ts'

/** What a refresh needs of a shared reading. */
export interface Need extends Wanted {
  /** Whether the reading has to include the events of the hints. Otherwise, `after` and `isNow` decide. */
  readonly isByEvents: boolean
  /** When the instance asks the holder of the lease for a reading. */
  readonly askAt: number
  /** When the instance reads AWS itself. */
  readonly until: number
}

/** What the need of a refresh depends on. Times are in milliseconds on the steady clock of the instance. */
export interface NeedContext {
  readonly now: number
  /** The time on the clock, which the times of readings are compared with. */
  readonly clockTime: number
  /** Random, in [0, 1). */
  readonly chance: number
  readonly isInvoked: boolean
  /** How old a reading may be at a start. */
  readonly freshMs: number
  /** The age at which a snapshot is too old; `undefined` without a limit. */
  readonly maxStaleMs: number | undefined
  readonly startupTimeoutMs: number
  readonly startedAt: number
  /** When the instance has last refreshed everything. */
  readonly lastPollAt: number | undefined
  /** The number of the reading that the config was last answered with; 0 before. */
  readonly served: number
  /** Whether the instance knows a reading, however old. */
  readonly hasReading: boolean
}

// The holder of the lease polls at the same pace. Half a period more, and the delay of its reading.
const followedPeriods = 1.5
const leastFollowedMs = 90_000
// Time for the holder of the lease to read, and to announce what it has read.
const answerMs = 3_000
// It has received the same notification, so most instances need not ask.
const noticeMs = 1_000
const anyTime = 0
// The snapshot has to last until the next poll.
const usablePart = 0.5

export function needOf({ cause, scope, hints: hinted }: RefreshTask, context: NeedContext): Need {
  const { now, clockTime, chance, isInvoked, freshMs, served } = context
  const usableMs = (context.maxStaleMs ?? Number.POSITIVE_INFINITY) * usablePart
  const oldestAt = (ageMs: number) => clockTime - Math.min(ageMs, usableMs)
  const hints = [...hinted.values()]
  const common = { hints, isByEvents: false, since: anyTime, after: 0, isNow: false, askAt: now, until: now + answerMs }
  if (cause === 'start') {
    const until = context.startedAt + context.startupTimeoutMs / 2
    // A reading that was refused has to be followed by another one.
    if (served > 0) return { ...common, after: served, isNow: true, until }
    // The first instance of a fleet is reading, unless there is an older reading.
    const askAt = context.hasReading || isInvoked ? now : now + noticeMs * (1 + chance)
    return { ...common, since: oldestAt(freshMs), askAt, until }
  }
  if (cause === 'refresh' || cause === 'credentials' || scope === 'full') return { ...common, isNow: true }
  if (scope === 'hints') {
    const isByEvents = areEvents(hints)
    const isNow = cause === 'recheck' && !isByEvents
    const askAt = now + noticeMs * (isNow ? 0.5 * chance : 0.5 + chance)
    return { ...common, isByEvents, after: served, isNow, askAt, until: askAt + answerMs }
  }
  const periodMs = now - (context.lastPollAt ?? now)
  const ageMs = isInvoked ? freshMs : Math.max(leastFollowedMs, periodMs * followedPeriods)
  // After a failure, the reading in use says nothing about AWS.
  return { ...common, since: oldestAt(ageMs), after: cause === 'retry' ? served : 0 }
}

/** Whether a reading is enough. `asked` is the number of the request that the instance has made for it. */
export function isEnough(need: Need, reading: Place, asked: number | undefined): boolean {
  const { hints, isByEvents, isNow, after, since } = need
  if (reading.verifiedAt < since) return false
  // The request was made after all events.
  if (asked !== undefined && reading.full > asked) return reading.number > after
  if (isByEvents) return covers(reading.events, hints)
  if (reading.number <= after) return false
  return !isNow || (asked !== undefined && hints.length > 0 && reading.asked >= asked)
}

/** Whether every hint has an identity, and one request can name all of them. */
export function areEvents(hints: readonly CountedHint[]): boolean {
  return hints.length > 0 && hints.length <= maxHints && hints.every(({ hint }) => isIdentified(hint))
}
