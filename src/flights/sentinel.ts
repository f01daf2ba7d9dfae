import type { ReadFailure } from '../errors.ts'
import type { Clock, Outcome, Reading, StoredParameter } from '../ports.ts'
import type { Work } from '../refresh/work.ts'
import { exponential } from '../time/backoff.ts'

/** What a sentinel needs to know. */
export interface SentinelParts {
  readonly name: string
  readonly clock: Clock
  warn(warning: string): void
}

/** How a guarded reading is made. */
export interface GuardedReading {
  /** Asks for the sentinel alone. */
  look(name: string): Promise<Outcome<StoredParameter> | undefined>
  everything(): Promise<Reading>
  /** What is held. */
  readonly base: Reading
  readonly signal: AbortSignal
}

// However quiet it is, so often everything is looked at: somebody may have forgotten to move it.
const trustedForMs = 900_000
// A writer that moves it while everything is read is waited for so often, longer each time.
const maxReadings = 3
const backoff = exponential({ baseMs: 250, maxMs: 1_000, certainShare: 1 })

/** A parameter that writers move last: while a poll finds it where it was, nothing else is read. */
export class Sentinel {
  readonly #parts: SentinelParts
  /** Where it was when what is held was read, and when that was. */
  #kept: { readonly token: string; readonly readAt: number } | undefined
  /** The same of the last reading, which may yet turn out to be unreadable. */
  #seen: { readonly token: string; readonly readAt: number } | undefined
  #isStored = true

  constructor(parts: SentinelParts) {
    this.#parts = parts
  }

  /** As far as is known. */
  get isStored(): boolean {
    return this.#isStored
  }

  /** Reads everything, unless this is a poll and the sentinel has not moved. */
  async guard(work: Work, { look, everything, base, signal }: GuardedReading): Promise<Reading> {
    this.#seen = undefined
    // Whoever asks, or was told of something, is not held up.
    const isPoll = work.scope === 'poll' && (work.cause === 'poll' || work.cause === 'retry')
    if (!isPoll || work.hints.size > 0) return everything()
    const { name, clock } = this.#parts
    const readAt = clock.now()
    let before = this.#note(await look(name))
    if (before === undefined) return everything()
    const isTrusted = this.#kept !== undefined && readAt - this.#kept.readAt < trustedForMs
    if (isTrusted && before === this.#kept?.token) {
      this.#seen = this.#kept
      return base
    }
    for (let readings = 1; ; readings++) {
      const reading = await everything()
      const after = this.#note(await look(name))
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

  #note(outcome: Outcome<StoredParameter> | undefined): string | undefined {
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
