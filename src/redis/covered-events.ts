import { createHash } from 'node:crypto'
import type { Hint } from '../ports.ts'
import type { PendingHint, RefreshTask } from '../refresh/state.ts'

/**
 * The events whose names a reading includes, by digest: how often the fleet has read them. A reading right after an event
 * can return the old value, so the names are read again until the value has changed, three times at most.
 */
export type CoveredEvents = ReadonlyMap<string, number>

/** A hint, and how often an instance has read its names before. */
export type CountedHint = Pick<PendingHint, 'hint' | 'attempts'>

export const noEvents: CoveredEvents = new Map()

// More events than most deployments cause. The oldest ones are dropped.
const maxEvents = 200
const digestLength = 8
// The value has changed, or the names were read three times.
const settled = 3

/** Whether other instances can tell which event a hint reports. */
export function isIdentified({ eventId }: Hint): boolean {
  return eventId !== undefined && eventId !== ''
}

/** Whether the fleet has read the names of each hint more often than the instance. */
export function covers(events: CoveredEvents, hints: readonly CountedHint[]): boolean {
  return hints.every(({ hint, attempts }) => {
    const readings = readingsOf(events, hint)
    return readings > attempts || readings === settled
  })
}

/** The events after one more reading of these hints. */
export function countReading(events: CoveredEvents, hints: Iterable<CountedHint>): CoveredEvents {
  return withReadings(events, hints, (readings) => Math.min(readings + 1, settled))
}

/** The events, and these hints, whose values have changed. */
export function settle(events: CoveredEvents, hints: Iterable<CountedHint>): CoveredEvents {
  return withReadings(events, hints, () => settled)
}

/** The hints to read again after an answer of the cache. `unconfirmed` are those whose values have not changed. */
export function openHints(
  events: CoveredEvents,
  { scope, hints }: Pick<RefreshTask, 'scope' | 'hints'>,
  unconfirmed: readonly Hint[],
): Hint[] {
  // A poll can be answered with a reading from before an event, which has another new value of the same parameter.
  const isMissing = (pending: CountedHint) =>
    scope === 'poll' && isIdentified(pending.hint) && !covers(events, [pending])
  return [...hints.values()]
    .filter((pending) => readingsOf(events, pending.hint) !== settled)
    .filter((pending) => unconfirmed.includes(pending.hint) || isMissing(pending))
    .map(({ hint }) => hint)
}

export function encodeEvents(events: CoveredEvents): string {
  return [...events].map(([digest, readings]) => `${digest}${readings}`).join('')
}

/** @param text What {@link encodeEvents} writes. */
export function decodeEvents(text: string): CoveredEvents {
  const entries = text.match(/.{9}/g) ?? []
  return new Map(entries.map((entry) => [entry.slice(0, digestLength), Number(entry.slice(digestLength))]))
}

function withReadings(
  events: CoveredEvents,
  hints: Iterable<CountedHint>,
  after: (readings: number) => number,
): CoveredEvents {
  const next = new Map(events)
  for (const { hint } of hints) {
    if (!isIdentified(hint)) continue
    const digest = digestOf(hint)
    // The order is that of the last readings.
    next.delete(digest)
    next.set(digest, after(readingsOf(events, hint)))
  }
  return new Map([...next].slice(-maxEvents))
}

function readingsOf(events: CoveredEvents, hint: Hint): number {
  return (isIdentified(hint) && events.get(digestOf(hint))) || 0
}

function digestOf({ eventId = '' }: Hint): string {
  return createHash('sha256').update(eventId).digest('base64url').slice(0, digestLength)
}
