import type { ReadFailure } from '../errors.ts'
import type { Clock, Outcome, Reading, StoredParameter } from '../ports.ts'
import { exponential } from '../time/backoff.ts'
import { steadyClock } from '../time/steady-clock.ts'
import type { RefreshTask } from './task.ts'

export interface SentinelParts {
  readonly name: string
  readonly clock: Clock
  warn(warning: string): void
}

/** The readings that a sentinel guards. */
export interface GuardedReading {
  /** Reads the sentinel alone. */
  readSentinel(): Promise<SentinelOutcome>
  readAll(): Promise<Reading>
  /** Reads everything and the sentinel at the same time. */
  readAllAndSentinel(): Promise<{ readonly reading: Reading; readonly sentinel: SentinelOutcome }>
  /** The last complete reading. */
  readonly base: Reading | undefined
  readonly signal: AbortSignal
}

type SentinelOutcome = Outcome<StoredParameter> | undefined

// A full reading this often, in case a writer forgot to change the sentinel.
const trustedForMs = 900_000
// If the sentinel changes during a reading, the reading is repeated.
const maxReadings = 3
const backoff = exponential({ baseMs: 250, maxMs: 1_000, certainShare: 1 })
// AWS refuses requests signed by a clock with a larger error.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
const maxClockSkewMs = 300_000

/** A parameter that writers change last. While it is unchanged, a poll reads only this one. */
export class Sentinel {
  readonly #parts: SentinelParts
  // With a clock that is set back, the sentinel would be trusted for longer.
  readonly #time = steadyClock()
  /** Its version at the time of the base, and that time. */
  #kept: SeenSentinel | undefined
  /** The same for the last reading, which may still be refused. */
  #seen: SeenSentinel | undefined
  #isStored = true

  constructor(parts: SentinelParts) {
    this.#parts = parts
  }

  /** As of the last reading. */
  get isStored(): boolean {
    return this.#isStored
  }

  /** Reads everything, unless this is a poll and the sentinel is unchanged. */
  guard(task: RefreshTask, guarded: GuardedReading): Promise<Reading> {
    this.#seen = undefined
    // refresh(), notifications and rechecks bypass the sentinel.
    const isPoll = task.scope === 'poll' && (task.cause === 'poll' || task.cause === 'retry')
    const { base } = guarded
    return base !== undefined && isPoll && task.hints.size === 0
      ? this.#poll(base, guarded)
      : this.#readUnguarded(guarded)
  }

  // The first poll needs a version to compare with. If the sentinel changed a moment ago, its version may be newer than
  // the parameters that were read at the same time, so everything is read again, after the sentinel.
  async #readUnguarded({ readAll, readAllAndSentinel, readSentinel }: GuardedReading): Promise<Reading> {
    const { clock } = this.#parts
    const readAt = this.#time(clock.now())
    const startedAt = clock.now()
    const first = await readAllAndSentinel()
    const before = this.#note(first.sentinel)
    if (before === undefined) return first.reading
    const isOld = changedBefore(first.sentinel, startedAt - maxClockSkewMs)
    const reading = isOld ? first.reading : await readAll()
    if (isOld || this.#note(await readSentinel()) === before) this.#seen = { token: before, readAt }
    return reading
  }

  async #poll(base: Reading, { readAll, readSentinel, signal }: GuardedReading): Promise<Reading> {
    const { name, clock } = this.#parts
    const readAt = this.#time(clock.now())
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
      if (readings === maxReadings) return failAll(reading, changesTooOften(name))
      await clock.sleep(
        backoff.delay(readings, () => 1),
        signal,
      )
      before = after
    }
  }

  /** Accepts the last reading as the base. */
  keep(): void {
    this.#kept = this.#seen
  }

  #note(outcome: SentinelOutcome): string | undefined {
    if (outcome?.kind === 'failed') {
      const { code, remedy } = outcome.failure
      if (code !== 'ACCESS_DENIED') return undefined
      this.#parts.warn(`sentinel: ${this.#parts.name} cannot be read, so every poll reads all parameters: ${remedy}`)
      return undefined
    }
    this.#isStored = outcome?.kind === 'found'
    if (outcome?.kind === 'found') return `${outcome.found.version} ${outcome.found.modifiedAt ?? ''}`
    this.#parts.warn(`sentinel: ${this.#parts.name} is not stored, so every poll reads all parameters`)
    return undefined
  }
}

interface SeenSentinel {
  readonly token: string
  readonly readAt: number
}

function changedBefore(outcome: SentinelOutcome, time: number): boolean {
  const modifiedAt = outcome?.kind === 'found' ? outcome.found.modifiedAt : undefined
  return modifiedAt !== undefined && modifiedAt < time
}

function changesTooOften(name: string): ReadFailure {
  return {
    code: 'TIMEOUT',
    isTransient: true,
    detail: `the sentinel ${name} changed during each of ${maxReadings} readings`,
    remedy: 'change it once, after all other parameters are written',
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
