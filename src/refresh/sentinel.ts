import type { ReadFailure } from '../errors.ts'
import type { Outcome, Reading, ReadRequest, StoredParameter } from '../ports.ts'
import { exponential } from '../time/backoff.ts'
import { steadyClock } from '../time/steady-clock.ts'
import type { ReaderOptions, ReadingContext } from './reader.ts'
import type { SourceCalls } from './tracked-source.ts'

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
  readonly #name: string
  readonly #options: Pick<ReaderOptions, 'clock' | 'publisher'>
  // With a clock that is set back, the sentinel would be trusted for longer.
  readonly #time = steadyClock()
  /** As of the last reading. */
  isStored = true
  /** Its version at the time of the base, and that time. */
  #kept: SeenSentinel | undefined
  /** The same for the last reading, which may still be refused. */
  #seen: SeenSentinel | undefined

  constructor(name: string, options: Pick<ReaderOptions, 'clock' | 'publisher'>) {
    this.#name = name
    this.#options = options
  }

  /** Reads everything, unless this is a poll and the sentinel is unchanged. */
  read(base: Reading | undefined, { task, request, calls }: ReadingContext): Promise<Reading> {
    this.#seen = undefined
    // refresh(), notifications and rechecks bypass the sentinel.
    const isPoll = task.scope === 'poll' && (task.cause === 'poll' || task.cause === 'retry')
    return base !== undefined && isPoll && task.hints.size === 0
      ? this.#poll(base, request, calls)
      : this.#readUnguarded(request, calls)
  }

  // The first poll needs a version to compare with. If the sentinel changed a moment ago, its version may be newer than
  // the parameters that were read at the same time, so everything is read again, after the sentinel.
  async #readUnguarded(request: ReadRequest, calls: SourceCalls): Promise<Reading> {
    const readAt = this.#time(this.#options.clock.now())
    const startedAt = this.#options.clock.now()
    const isKey = request.names.includes(this.#name)
    const answer = await calls.ask(isKey ? request : { ...request, names: [...request.names, this.#name] })
    const sentinel = answer.names.get(this.#name)
    const names = new Map(answer.names)
    if (!isKey) names.delete(this.#name)
    const before = this.#note(sentinel)
    if (before === undefined) return { ...answer, names }
    const { modifiedAt = startedAt } = sentinel?.kind === 'found' ? sentinel.found : {}
    const isOld = modifiedAt < startedAt - maxClockSkewMs
    const reading = isOld ? { ...answer, names } : await calls.ask(request)
    if (isOld || (await this.#readAlone(request, calls)) === before) this.#seen = { token: before, readAt }
    return reading
  }

  async #poll(base: Reading, request: ReadRequest, calls: SourceCalls): Promise<Reading> {
    const readAt = this.#time(this.#options.clock.now())
    let before = await this.#readAlone(request, calls)
    if (before === undefined) return calls.ask(request)
    const isTrusted = this.#kept !== undefined && readAt - this.#kept.readAt < trustedForMs
    if (isTrusted && before === this.#kept?.token) {
      this.#seen = this.#kept
      return base
    }
    for (let readings = 1; ; readings++) {
      const reading = await calls.ask(request)
      const after = await this.#readAlone(request, calls)
      if (after === before) this.#seen = { token: before, readAt }
      if (after === before || after === undefined) return reading
      if (readings === maxReadings) return changedTooOften(reading, this.#name)
      await this.#options.clock.sleep(
        backoff.delay(readings, () => 1),
        calls.signal,
      )
      before = after
    }
  }

  /** Accepts the last reading as the base. */
  keep(): void {
    this.#kept = this.#seen
  }

  /** Reads the sentinel, and the secrets that are due. @returns Its version. */
  async #readAlone({ secrets }: ReadRequest, calls: SourceCalls): Promise<string | undefined> {
    const { names } = await calls.ask({ hierarchies: [], names: [this.#name], secrets })
    return this.#note(names.get(this.#name))
  }

  #note(outcome: SentinelOutcome): string | undefined {
    if (outcome?.kind === 'failed') {
      const { code, remedy } = outcome.failure
      if (code !== 'ACCESS_DENIED') return undefined
      this.#options.publisher.warn(
        `sentinel: ${this.#name} cannot be read, so every poll reads all parameters: ${remedy}`,
      )
      return undefined
    }
    this.isStored = outcome?.kind === 'found'
    if (outcome?.kind === 'found') return `${outcome.found.version} ${outcome.found.modifiedAt ?? ''}`
    this.#options.publisher.warn(`sentinel: ${this.#name} is not stored, so every poll reads all parameters`)
    return undefined
  }
}

interface SeenSentinel {
  readonly token: string
  readonly readAt: number
}

function changedTooOften({ hierarchies, names, ...reading }: Reading, sentinel: string): Reading {
  const failure: ReadFailure = {
    code: 'TIMEOUT',
    isTransient: true,
    detail: `the sentinel ${sentinel} changed during each of ${maxReadings} readings`,
    remedy: 'change it once, after all other parameters are written',
  }
  return {
    ...reading,
    hierarchies: hierarchies.map((hierarchy) => ({ ...hierarchy, failure })),
    names: new Map([...names.keys()].map((name) => [name, { kind: 'failed', failure }])),
  }
}
