import type { ReadFailure } from '../errors.ts'
import type { Clock, Outcome, Reading, StoredParameter } from '../ports.ts'
import { exponential } from '../time/backoff.ts'
import { steadyClock } from '../time/steady-clock.ts'
import type { RefreshTask } from './task.ts'

/** What a sentinel needs to know. */
export interface SentinelParts {
  readonly name: string
  readonly clock: Clock
  warn(warning: string): void
}

/** How a guarded reading is made. */
export interface GuardedReading {
  /** Reads the sentinel alone. */
  readSentinel(): Promise<SentinelOutcome>
  readAll(): Promise<Reading>
  /** Reads everything and, beside it, the sentinel. */
  readAllAndSentinel(): Promise<{ readonly reading: Reading; readonly sentinel: SentinelOutcome }>
  /** The last complete reading. */
  readonly base: Reading | undefined
  readonly signal: AbortSignal
}

type SentinelOutcome = Outcome<StoredParameter> | undefined

// However quiet it is, so often everything is looked at: somebody may have forgotten to move it.
const trustedForMs = 900_000
// A writer that moves it while everything is read is waited for so often, longer each time.
const maxReadings = 3
const backoff = exponential({ baseMs: 250, maxMs: 1_000, certainShare: 1 })
// AWS refuses requests that are signed by a clock that is further off than this.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
const maxClockSkewMs = 300_000

/** A parameter that writers move last: while a poll finds it where it was, nothing else is read. */
export class Sentinel {
  readonly #parts: SentinelParts
  // A clock that is set back would have the sentinel trusted for as much longer.
  readonly #time = steadyClock()
  /** Its version when the base was read, and when that was. */
  #kept: SeenSentinel | undefined
  /** The same of the last reading, which may yet turn out to be unreadable. */
  #seen: SeenSentinel | undefined
  #isStored = true

  constructor(parts: SentinelParts) {
    this.#parts = parts
  }

  /** As far as is known. */
  get isStored(): boolean {
    return this.#isStored
  }

  /** Reads everything, unless this is a poll and the sentinel has not moved. */
  guard(work: RefreshTask, guarded: GuardedReading): Promise<Reading> {
    this.#seen = undefined
    // Only polls wait for the sentinel; a refresh that a caller or a notification asks for does not.
    const isPoll = work.scope === 'poll' && (work.cause === 'poll' || work.cause === 'retry')
    const { base } = guarded
    return base !== undefined && isPoll && work.hints.size === 0
      ? this.#poll(base, guarded)
      : this.#readUnguarded(guarded)
  }

  // The first poll needs a version to compare with. One that was read beside everything else may be newer than what
  // was read, if the sentinel has moved just now: then everything is read once more, after the sentinel.
  async #readUnguarded({ readAll, readAllAndSentinel, readSentinel }: GuardedReading): Promise<Reading> {
    const { clock } = this.#parts
    const readAt = this.#time(clock)
    const startedAt = clock.now()
    const first = await readAllAndSentinel()
    const before = this.#note(first.sentinel)
    if (before === undefined) return first.reading
    const isOld = movedBefore(first.sentinel, startedAt - maxClockSkewMs)
    const reading = isOld ? first.reading : await readAll()
    if (isOld || this.#note(await readSentinel()) === before) this.#seen = { token: before, readAt }
    return reading
  }

  async #poll(base: Reading, { readAll, readSentinel, signal }: GuardedReading): Promise<Reading> {
    const { name, clock } = this.#parts
    const readAt = this.#time(clock)
    let before = this.#note(await readSentinel())
    if (before === undefined) return readAll()
    const isTrusted = this.#kept !== undefined && readAt - this.#kept.readAt < trustedForMs
    if (isTrusted && before === this.#kept?.token) {
      this.#seen = this.#kept
      return base
    }
    for (let readings = 1; ; readings++) {
      const reading = await readAll()
      const after = this.#note(await readSentinel())
      if (after === before) this.#seen = { token: before, readAt }
      if (after === before || after === undefined) return reading
      if (readings === maxReadings) return failAll(reading, restless(name))
      await clock.sleep(
        backoff.delay(readings, () => 1),
        signal,
      )
      before = after
    }
  }

  /** What was read last is held from now on. */
  keep(): void {
    this.#kept = this.#seen
  }

  #note(outcome: SentinelOutcome): string | undefined {
    if (outcome?.kind === 'failed') {
      const { code, remedy } = outcome.failure
      if (code !== 'ACCESS_DENIED') return undefined
      this.#parts.warn(`sentinel: ${this.#parts.name} may not be read, so every poll reads everything: ${remedy}`)
      return undefined
    }
    this.#isStored = outcome?.kind === 'found'
    if (outcome?.kind === 'found') return `${outcome.found.version} ${outcome.found.modifiedAt ?? ''}`
    this.#parts.warn(`sentinel: ${this.#parts.name} is not stored, so every poll reads everything`)
    return undefined
  }
}

interface SeenSentinel {
  readonly token: string
  readonly readAt: number
}

function movedBefore(outcome: SentinelOutcome, time: number): boolean {
  const modifiedAt = outcome?.kind === 'found' ? outcome.found.modifiedAt : undefined
  return modifiedAt !== undefined && modifiedAt < time
}

function restless(name: string): ReadFailure {
  return {
    code: 'TIMEOUT',
    isTransient: true,
    detail: `the sentinel ${name} moved each time that everything was read`,
    remedy: 'move it once, after everything else is written',
  }
}

function failAll({ hierarchies, names, ...reading }: Reading, failure: ReadFailure): Reading {
  const failed = { kind: 'failed', failure } as const
  return {
    ...reading,
    hierarchies: hierarchies.map((hierarchy) => ({ ...hierarchy, failure })),
    names: new Map([...names.keys()].map((name) => [name, failed])),
  }
}
