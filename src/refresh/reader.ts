import type { Clock, HierarchyReading, Hint, ParameterSource, Reading, ReadRequest, SecretRequest } from '../ports.ts'
import type { PlannedRequest } from '../schema/read-request.ts'
import { secretKey } from '../schema/secret-id.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { steadyClock } from '../time/steady-clock.ts'
import type { NameAccess } from './hinted-reading.ts'
import type { HintMatch, KeptReading } from './hints.ts'
import type { Sentinel } from './sentinel.ts'
import { type Findings, type RefreshTask, readsEverything } from './state.ts'
import { type ReadSecret, SourceCalls, VersionCache } from './tracked-source.ts'

/** Holds the snapshot in use, and emits warnings. */
export interface Publisher {
  readonly published: Published | undefined
  warn(warning: string): void
}

/** The source, and how often it is read. */
export interface ReaderOptions {
  readonly planned: PlannedRequest
  readonly source: ParameterSource
  readonly clock: Clock
  readonly publisher: Publisher
  /** The age in milliseconds at which a poll reads a secret again. @default 300_000 */
  readonly secretsEveryMs?: number | undefined
  /** The parameter that writers change last. */
  readonly sentinel?: string | undefined
}

/** A complete reading. The scope of the task decides which parts of it are new. */
export interface ReadResult extends Pick<Findings, 'unconfirmed' | 'hasUnknownNames'> {
  readonly reading: Reading
  /** Reads more secrets at the same versions. */
  readonly calls: SourceCalls
  /** The base, if everything was read again and is the same. */
  readonly repeated?: KeptReading | undefined
}

/** Reads with as few calls as possible. Each reading starts from the last one, the base. */
export class Reader {
  readonly planned: PlannedRequest
  readonly #options: ReaderOptions
  readonly #secretMaxAgeMs: number
  readonly #versions = new VersionCache()
  // With a clock that is set back, old secrets would count as new.
  readonly #time = steadyClock()
  /** The secrets of the last reading: the version of a reference cannot be read without its value. */
  #secrets: ReadonlyMap<string, ReadSecret> = new Map()
  /** The last complete reading, published or not. */
  #base: KeptReading | undefined
  /** The secrets that texts of the base refer to. */
  #referenced: readonly SecretRequest[] = []
  #sentinel: Sentinel | undefined
  readonly #access: NameAccess = { isDenied: false }

  constructor(options: ReaderOptions) {
    this.planned = options.planned
    this.#options = options
    this.#secretMaxAgeMs = options.secretsEveryMs ?? 300_000
  }

  /** Hints for all values that a login may use: secrets and SecureStrings. */
  async credentials(): Promise<Hint[]> {
    const { credentialsOf } = await import('./hints.ts')
    return credentialsOf(this.#request, this.#base?.reading)
  }

  /** @param saved Read instead of the source. */
  async read(task: RefreshTask, signal: AbortSignal, saved?: ParameterSource): Promise<ReadResult> {
    const base = this.#base
    const repeats = base !== undefined && readsEverything(task) ? await import('./repeated-reading.ts') : undefined
    const hinted = task.hints.size === 0 ? undefined : await import('./hinted-reading.ts')
    const hints = hinted?.matchHints(task, this.planned, this.knownSecrets) ?? []
    const request = this.#request
    const calls = this.#startCalls(task, request, hints, signal, saved)
    let parameters: Reading
    if (base === undefined) parameters = await this.#readAll(task, request, calls)
    else if (repeats !== undefined)
      parameters = repeats.shareUnchanged(base.reading, await this.#readAll(task, request, calls))
    else if (hinted !== undefined)
      parameters = await hinted.readHinted(hints, base.reading, { task, request, calls }, this.#access)
    else {
      await calls.ask({ hierarchies: [], names: [], secrets: request.secrets })
      parameters = base.reading
    }
    // A late answer may be older than the answer of a later reading.
    if (!signal.aborted) this.#secrets = calls.secrets
    const { secrets } = this.planned.request
    const reading = { ...parameters, secrets: secrets.map((secret) => calls.outcomeOf(secret) ?? notRequested) }
    const kept = keptReading(reading, calls)
    const repeated = base && repeats?.isRepeated(base, kept, request.secrets) ? base : undefined
    return { reading, calls, repeated, ...(hinted?.checkHints(hints, base, kept) ?? noFindings) }
  }

  /** What the reading shows about the next ones. */
  findings({ calls, unconfirmed, hasUnknownNames }: ReadResult): Findings {
    // A poll reads only the sentinel while nothing changes.
    const pollCalls = this.#sentinel?.isStored === true ? 1 : calls.count
    let secretsDueInMs: number | undefined
    for (const secret of calls.secrets.values()) {
      if (secret.outcome.kind === 'failed') continue
      secretsDueInMs = Math.min(secretsDueInMs ?? Number.POSITIVE_INFINITY, this.#secretMaxAgeMs - this.#ageOf(secret))
    }
    return { pollCalls, unconfirmed, hasUnknownNames, secretsDueInMs, ageMs: calls.ageMs }
  }

  /**
   * Makes a reading the base of the next ones. `referenced` are the secrets that its texts refer to, by default the same
   * as those of the base before.
   *
   * @returns The base, to compare hints with.
   */
  keep(
    { reading, calls }: ReadResult,
    task: RefreshTask,
    referenced: readonly SecretRequest[] = this.#referenced,
  ): KeptReading {
    if (readsEverything(task)) this.#sentinel?.keep()
    this.#referenced = referenced
    this.#versions.replace(reading)
    const hierarchies = reading.hierarchies.map(withoutListing)
    this.#base = keptReading({ ...reading, hierarchies }, calls)
    return this.#base
  }

  /** The planned request, with the secrets that texts of the base refer to. */
  get #request(): ReadRequest {
    const { request } = this.planned
    return { ...request, secrets: [...request.secrets, ...this.#referenced] }
  }

  /** The secrets of the plan, and those that stored texts refer to. */
  get knownSecrets(): SecretRequest[] {
    return [...this.planned.request.secrets, ...[...this.#secrets.values()].map(({ request }) => request)]
  }

  #ageOf({ readAt }: ReadSecret): number {
    return this.#time(this.#options.clock.now()) - readAt
  }

  #startCalls(
    task: RefreshTask,
    { secrets }: ReadRequest,
    hints: readonly HintMatch[],
    signal: AbortSignal,
    saved: ParameterSource | undefined,
  ): SourceCalls {
    const reused = new Map<string, ReadSecret>()
    for (const key of task.scope === 'full' ? [] : secrets.map(secretKey)) {
      const known = this.#secrets.get(key)
      if (known === undefined || known.outcome.kind === 'failed') continue
      if (this.#ageOf(known) < this.#secretMaxAgeMs) reused.set(key, known)
    }
    for (const match of hints) for (const secret of match.secrets) reused.delete(secretKey(secret))
    const { source, clock } = this.#options
    const startedAt = this.#time(clock.now())
    const isSaved = saved !== undefined
    return new SourceCalls({ source: saved ?? source, isSaved, signal, startedAt, versions: this.#versions, reused })
  }

  async #readAll(task: RefreshTask, request: ReadRequest, calls: SourceCalls): Promise<Reading> {
    const { sentinel } = this.#options
    // A backup does not contain the sentinel.
    if (sentinel === undefined || calls.isSaved) return calls.ask(request)
    const { Sentinel } = await import('./sentinel.ts')
    this.#sentinel ??= new Sentinel(sentinel, this.#options)
    return this.#sentinel.read(this.#base?.reading, { task, request, calls })
  }
}

/** What a reading starts from, and the calls that it makes. */
export interface ReadingContext {
  readonly task: RefreshTask
  readonly request: ReadRequest
  readonly calls: SourceCalls
}

function keptReading(reading: Reading, { secrets }: SourceCalls): KeptReading {
  return { reading, secrets, outcomeOf: (secret) => secrets.get(secretKey(secret))?.outcome }
}

// Names that the plan does not cover help only to explain a failed start.
function withoutListing(hierarchy: HierarchyReading): HierarchyReading {
  if (hierarchy.listed === undefined) return hierarchy
  const { listed: _, ...kept } = hierarchy
  return kept
}

const notRequested = { kind: 'missing' } as const
const noFindings = { unconfirmed: [], hasUnknownNames: false } as const
