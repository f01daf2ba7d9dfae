import type {
  Clock,
  HierarchyReading,
  Hint,
  KnownParameters,
  Outcome,
  ParameterSource,
  Reading,
  ReadRequest,
  SecretRequest,
  StoredParameter,
  StoredSecret,
} from '../ports.ts'
import { fullName, splitSelector } from '../schema/names.ts'
import type { PlannedRequest } from '../schema/read-request.ts'
import { secretKey } from '../schema/secret-id.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { steadyClock } from '../time/steady-clock.ts'
import { credentialsOf } from './credentials.ts'
import type { HintedReader } from './hinted-reader.ts'
import { type HintMatch, isUpToDate, type KeptReading, matchHint } from './hints.ts'
import type { Sentinel } from './sentinel.ts'
import type { Findings } from './state.ts'
import { type RefreshTask, readsEverything } from './task.ts'

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
}

/** Reads with as few calls as possible. Each reading starts from the last one, the base. */
export class Reader {
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
  #hinted: HintedReader | undefined

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#secretMaxAgeMs = options.secretsEveryMs ?? 300_000
  }

  /** Whether the plan covers the hinted name. */
  covers(hint: Hint): boolean {
    return this.#match(hint) !== undefined
  }

  /** Whether a reading has the change that the hint reports, or a later one. */
  isUpToDate(hint: Hint, kept: KeptReading): boolean {
    const match = this.#match(hint)
    return match !== undefined && isUpToDate(match, kept)
  }

  /** Hints for all values that a login may use: secrets and SecureStrings. */
  credentials(): Hint[] {
    return credentialsOf(this.#request, this.#base?.reading)
  }

  async read(task: RefreshTask, signal: AbortSignal): Promise<ReadResult> {
    const base = this.#base
    const hinted = task.hints.size === 0 ? undefined : await this.#loadHinted()
    const hints = [...task.hints.values()].flatMap(({ hint }) => this.#match(hint) ?? [])
    const request = this.#request
    const calls = this.#startCalls(task, request, hints, signal)
    const parameters =
      base === undefined || readsEverything(task)
        ? await this.#readAll(task, request, calls)
        : hinted === undefined
          ? await readSecrets(request, base.reading, calls)
          : await hinted.read(hints, base.reading, { task, request, calls })
    // A late answer may be older than the answer of a later reading.
    if (!signal.aborted) this.#secrets = calls.secrets
    const { secrets } = this.#options.planned.request
    const reading = { ...parameters, secrets: secrets.map((secret) => calls.outcomeOf(secret) ?? notRequested) }
    return { reading, calls, ...(hinted?.check(hints, base, keptReading(reading, calls)) ?? noFindings) }
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
    return { pollCalls, unconfirmed, hasUnknownNames, secretsDueInMs }
  }

  /**
   * Makes a reading the base of the next ones. `referenced` are the secrets that its texts refer to.
   *
   * @returns The base, to compare hints with.
   */
  keep({ reading, calls }: ReadResult, task: RefreshTask, referenced: readonly SecretRequest[]): KeptReading {
    if (readsEverything(task)) this.#sentinel?.keep()
    this.#referenced = referenced
    this.#versions.replace(reading)
    const hierarchies = reading.hierarchies.map(withoutListing)
    this.#base = keptReading({ ...reading, hierarchies }, calls)
    return this.#base
  }

  /** The planned request, with the secrets that texts of the base refer to. */
  get #request(): ReadRequest {
    const { request } = this.#options.planned
    return { ...request, secrets: [...request.secrets, ...this.#referenced] }
  }

  #match(hint: Hint): HintMatch | undefined {
    const { planned } = this.#options
    const read = [...this.#secrets.values()].map(({ request }) => request)
    return matchHint(planned, [...planned.request.secrets, ...read], hint)
  }

  #ageOf({ readAt }: ReadSecret): number {
    return this.#time(this.#options.clock.now()) - readAt
  }

  #startCalls(
    task: RefreshTask,
    { secrets }: ReadRequest,
    hints: readonly HintMatch[],
    signal: AbortSignal,
  ): SourceCalls {
    const hinted = new Set(hints.flatMap(({ secrets: named }) => named.map(secretKey)))
    const reused = new Map<string, ReadSecret>()
    for (const key of task.scope === 'full' ? [] : secrets.map(secretKey)) {
      const known = this.#secrets.get(key)
      if (known === undefined || known.outcome.kind === 'failed' || hinted.has(key)) continue
      if (this.#ageOf(known) < this.#secretMaxAgeMs) reused.set(key, known)
    }
    const { source, clock } = this.#options
    return new SourceCalls({ source, signal, startedAt: this.#time(clock.now()), versions: this.#versions, reused })
  }

  async #readAll(task: RefreshTask, request: ReadRequest, calls: SourceCalls): Promise<Reading> {
    const { sentinel, clock, publisher } = this.#options
    if (sentinel === undefined) return calls.ask(request)
    const { Sentinel } = await import('./sentinel.ts')
    this.#sentinel ??= new Sentinel(sentinel, clock, publisher)
    return this.#sentinel.read(this.#base?.reading, { task, request, calls })
  }

  async #loadHinted(): Promise<HintedReader> {
    const { HintedReader } = await import('./hinted-reader.ts')
    this.#hinted ??= new HintedReader()
    return this.#hinted
  }
}

/** What a reading starts from, and the calls that it makes. */
export interface ReadingContext {
  readonly task: RefreshTask
  readonly request: ReadRequest
  readonly calls: SourceCalls
}

/** The calls of one reading. They read each secret once, so that a user name and its password have the same version. */
export class SourceCalls {
  readonly signal: AbortSignal
  /** The secrets of the reading, by `secretKey`: the ones that are new enough, and later the others. */
  readonly secrets: Map<string, ReadSecret>
  /** The number of calls so far. */
  count = 0
  readonly #start: CallsStart

  constructor(start: CallsStart) {
    this.signal = start.signal
    this.secrets = start.reused
    this.#start = start
  }

  /** Reads parameters, and secrets that were not read yet. Without `decryptsAll`, no version is decrypted again. */
  async ask(request: ReadRequest, { decryptsAll = false }: AskOptions = {}): Promise<Reading> {
    const { source, signal, startedAt, versions } = this.#start
    const secrets = request.secrets.filter((secret) => !this.secrets.has(secretKey(secret)))
    if (request.hierarchies.length + request.names.length + secrets.length === 0) return nothing
    const known = decryptsAll ? undefined : versions.known
    const answer = await source.read({ ...request, secrets }, { signal, ...(known !== undefined && { known }) })
    this.count += answer.calls ?? 1
    versions.add(answer)
    for (const [index, secret] of secrets.entries()) {
      const outcome = answer.secrets[index]
      if (outcome !== undefined) this.secrets.set(secretKey(secret), { request: secret, outcome, readAt: startedAt })
    }
    return answer
  }

  outcomeOf(secret: SecretRequest): Outcome<StoredSecret> | undefined {
    return this.secrets.get(secretKey(secret))?.outcome
  }
}

interface AskOptions {
  readonly decryptsAll?: boolean
}

interface CallsStart {
  readonly source: ParameterSource
  readonly signal: AbortSignal
  /** On the steady clock of the reader. */
  readonly startedAt: number
  readonly versions: VersionCache
  readonly reused: Map<string, ReadSecret>
}

interface ReadSecret {
  readonly request: SecretRequest
  readonly outcome: Outcome<StoredSecret>
  readonly readAt: number
}

/** The decrypted SecureStrings, so that no version is decrypted twice. */
class VersionCache {
  #texts = new Map<string, string>()

  /** `undefined` when the cache is empty: a first call without decryption would be wasted. */
  get known(): KnownParameters | undefined {
    return this.#texts.size === 0 ? undefined : (name, token) => this.#texts.get(versionKey(name, token))
  }

  add({ hierarchies, names }: Reading): void {
    for (const { parameters } of hierarchies) {
      for (const parameter of parameters) this.#addVersion(parameter.name, parameter)
    }
    for (const [requested, outcome] of names) {
      if (outcome.kind === 'found') this.#addVersion(fullName(splitSelector(requested).name), outcome.found)
    }
  }

  /** Keeps only the versions of a complete reading. */
  replace(reading: Reading): void {
    this.#texts = new Map()
    this.add(reading)
  }

  /** @param name The full name or ARN. It has several versions if the plan requests versions or labels. */
  #addVersion(name: string, parameter: StoredParameter): void {
    if (parameter.type === 'SecureString') this.#texts.set(versionKey(name, parameter), parameter.value)
  }
}

// With the date, because a parameter that was deleted and created again restarts at version 1.
function versionKey(name: string, { version, modifiedAt }: Pick<StoredParameter, 'version' | 'modifiedAt'>): string {
  return `${name} ${version} ${modifiedAt}`
}

async function readSecrets({ secrets }: ReadRequest, base: Reading, calls: SourceCalls): Promise<Reading> {
  await calls.ask({ hierarchies: [], names: [], secrets })
  return base
}

function keptReading(reading: Reading, calls: SourceCalls): KeptReading {
  return { reading, outcomeOf: (secret) => calls.outcomeOf(secret) }
}

// Names that the plan does not cover help only to explain a failed start.
function withoutListing(hierarchy: HierarchyReading): HierarchyReading {
  if (hierarchy.listed === undefined) return hierarchy
  const { listed: _, ...kept } = hierarchy
  return kept
}

const notRequested = { kind: 'missing' } as const
const nothing: Reading = { hierarchies: [], names: new Map(), secrets: [] }
const noFindings = { unconfirmed: [], hasUnknownNames: false } as const
