import type {
  Clock,
  HierarchyReading,
  Hint,
  ParameterSource,
  Reading,
  ReadOptions,
  ReadRequest,
  SecretRequest,
} from '../ports.ts'
import type { PlannedRequest } from '../schema/read-request.ts'
import type { Listing } from './candidate.ts'
import { credentialsOf } from './credentials.ts'
import { type Hinted, type HintedName, isDeniedByName, namesOf, toPatch } from './hinted-names.ts'
import {
  type HintMatch,
  hasChanged,
  isAbsent,
  isCovered,
  isSameSecret,
  isUpToDate,
  type KeptReading,
  matchHint,
} from './hints.ts'
import { isSameReading, patchReading, shareUnchanged } from './patch-reading.ts'
import { SecretCache } from './secret-cache.ts'
import { Sentinel } from './sentinel.ts'
import { type RefreshTask, readsEverything } from './task.ts'
import { VersionCache } from './version-cache.ts'

export interface ReaderParts {
  readonly planned: PlannedRequest
  readonly source: ParameterSource
  readonly clock: Clock
  /** The age in milliseconds at which a poll reads a secret again. @default 300_000 */
  readonly secretsEveryMs?: number | undefined
  /** The parameter that writers change last. */
  readonly sentinel?: string | undefined
  warn(warning: string): void
}

/** A complete reading. The scope of the task decides which parts of it are new. */
export interface ReadResult {
  readonly reading: Reading
  /** The base, if every parameter and secret still has the same version. */
  readonly unchangedFrom: KeptReading | undefined
  /** Reads the secrets that stored texts refer to, except those that are new enough. */
  readReferenced(secrets: readonly SecretRequest[]): Promise<Reading['secrets']>
  /** The hints of the task whose parameters have not changed yet, and should be read again. */
  unconfirmed(): Hint[]
  /** Whether many hints of the task name parameters that are not stored. */
  hasUnknownNames(): boolean
  /** How many calls the reading made. */
  calls(): number
}

/** Reads with as few calls as possible. Each reading starts from the last one, the base. */
export class Reader {
  readonly #parts: ReaderParts
  readonly #cache = new VersionCache()
  readonly #secrets: SecretCache
  readonly #secretMaxAgeMs: number
  readonly #sentinel: Sentinel | undefined
  /** The last complete reading, published or not. */
  #base: KeptReading | undefined
  /** The secrets that texts of the base refer to. */
  #referenced: readonly SecretRequest[] = []
  // Set after a denial of reading names one by one.
  #isByPathOnly = false

  constructor(parts: ReaderParts) {
    this.#parts = parts
    this.#secrets = new SecretCache(parts.clock)
    this.#secretMaxAgeMs = parts.secretsEveryMs ?? 300_000
    this.#sentinel = parts.sentinel === undefined ? undefined : new Sentinel({ ...parts, name: parts.sentinel })
  }

  /** In how many milliseconds the secrets have to be read again; `undefined` without secrets. */
  get secretsDueInMs(): number | undefined {
    const { oldestMs } = this.#secrets
    return oldestMs === undefined ? undefined : this.#secretMaxAgeMs - oldestMs
  }

  /** Whether a poll reads only the sentinel while nothing changes. */
  get isGuarded(): boolean {
    return this.#sentinel?.isStored === true
  }

  /** Whether the plan covers the hinted name. */
  covers(hint: Hint): boolean {
    return isCovered(this.#match(hint))
  }

  /** Whether a reading has the change that the hint reports, or a later one. */
  isUpToDate(hint: Hint, kept: KeptReading): boolean {
    return isUpToDate(hint, this.#match(hint), kept)
  }

  /** Hints for all values that a login may use: secrets and SecureStrings. */
  credentials(): Hint[] {
    return credentialsOf(this.#request, this.#base?.reading)
  }

  async read(task: RefreshTask, signal: AbortSignal): Promise<ReadResult> {
    const hints = [...task.hints.values()].map(({ hint }) => ({ hint, match: this.#match(hint) }))
    const base = this.#base
    this.#secrets.expire(hints.flatMap(({ match }) => match.secrets))
    const secretsRead = this.#secrets.startReading(task.scope === 'full' ? 0 : this.#secretMaxAgeMs)
    let calls = 0
    const ask: Ask = async (request, { decryptsAll = false } = {}) => {
      const missing = secretsRead.missing(request.secrets)
      if (request.hierarchies.length + request.names.length + missing.length === 0) return nothing
      const { known } = this.#cache
      const options: ReadOptions = { signal, ...(known !== undefined && !decryptsAll && { known }) }
      const answer = await this.#parts.source.read({ ...request, secrets: missing }, options)
      calls += answer.calls ?? 1
      this.#cache.remember(answer, { isComplete: false })
      secretsRead.put(missing, answer.secrets)
      return answer
    }
    const parameters = await this.#readParameters(task, hints, { ask, signal })
    const { secrets } = this.#parts.planned.request
    const complete = {
      ...parameters,
      secrets: secrets.map((secret) => this.#secrets.outcomeOf(secret) ?? notRequested),
    }
    const reading = base === undefined ? complete : shareUnchanged(base.reading, complete)
    const after = { reading, outcomeOf: (secret: SecretRequest) => this.#secrets.outcomeOf(secret) }
    let found: readonly Hinted[] | undefined
    const unknownNames = () => {
      found ??= hints.filter(({ hint, match }) => hint.kind === 'parameter' && isAbsent(hint, match, after))
      return found
    }
    return {
      reading,
      unchangedFrom: base !== undefined && this.#isUnchanged(base, reading) ? base : undefined,
      readReferenced: async (referenced) => {
        await ask({ hierarchies: [], names: [], secrets: referenced })
        return referenced.map((secret) => this.#secrets.outcomeOf(secret) ?? notRequested)
      },
      unconfirmed: () => {
        const isUnchanged = ({ hint, match }: Hinted) =>
          base !== undefined && !isUpToDate(hint, match, after) && !hasChanged(hint, match, base, after)
        // So many missing parameters are not about to be stored, so they are left to polling.
        const skipped = unknownNames().length > fewUnknownNames ? unknownNames() : []
        return hints.filter((one) => isUnchanged(one) && !skipped.includes(one)).map(({ hint }) => hint)
      },
      hasUnknownNames: () => unknownNames().length > fewUnknownNames,
      calls: () => calls,
    }
  }

  /** Lists the names under the paths, without decryption. */
  async list(signal: AbortSignal): Promise<readonly Listing[]> {
    const { source, planned } = this.#parts
    const hierarchies = planned.request.hierarchies.map(({ names, open, levels, ...request }) => ({
      ...request,
      covers: () => false,
    }))
    const known = () => ''
    const reading = await source.read({ hierarchies, names: [], secrets: [] }, { signal, known })
    // An empty path may be the name of a parameter. At the root this is too unlikely to be worth a call.
    const empty = hierarchies
      .filter(({ path }, index) => reading.hierarchies[index]?.listed?.length === 0 && path.lastIndexOf('/') > 0)
      .map(({ path }) => path)
    const requested = { hierarchies: [], names: empty, secrets: [] }
    const { names } = empty.length === 0 ? reading : await source.read(requested, { signal, known })
    return reading.hierarchies.map(({ listed, failure }, index) => {
      const isParameter = names.get(hierarchies[index]?.path ?? '')?.kind === 'found'
      return failure === undefined ? { listed, isParameter } : { failure, isParameter }
    })
  }

  /**
   * Makes a reading the base of the next ones. `referenced` are the secrets that its texts refer to.
   *
   * @returns The base, to compare later readings with.
   */
  keep({ reading, unchangedFrom }: ReadResult, task: RefreshTask, referenced: readonly SecretRequest[]): KeptReading {
    if (readsEverything(task)) this.#sentinel?.keep()
    if (unchangedFrom !== undefined) return unchangedFrom
    this.#referenced = referenced
    this.#cache.remember(reading, { isComplete: true })
    this.#secrets.retain([...this.#parts.planned.request.secrets, ...referenced])
    const hierarchies = reading.hierarchies.map(withoutListing)
    this.#base = { reading: { ...reading, hierarchies }, outcomeOf: this.#secrets.freeze() }
    return this.#base
  }

  /** The planned request, with the secrets that texts of the base refer to. */
  get #request(): ReadRequest {
    const { request } = this.#parts.planned
    return { ...request, secrets: [...request.secrets, ...this.#referenced] }
  }

  #readParameters(task: RefreshTask, hints: readonly Hinted[], asking: Asking): Promise<Reading> {
    const base = this.#base?.reading
    if (base !== undefined && !readsEverything(task)) return this.#readHinted({ task, hints, base, asking })
    return this.#readAll(task, base, asking)
  }

  #readAll(task: RefreshTask, base: Reading | undefined, { ask, signal }: Asking): Promise<Reading> {
    const request = this.#request
    const { sentinel } = this.#parts
    if (this.#sentinel === undefined || sentinel === undefined) return ask(request)
    const { secrets, names } = request
    const isKey = names.includes(sentinel)
    const requested = isKey ? request : { ...request, names: [...names, sentinel] }
    return this.#sentinel.guard(task, {
      base,
      signal,
      readSentinel: async () => (await ask({ hierarchies: [], names: [sentinel], secrets })).names.get(sentinel),
      readAll: () => ask(request),
      readAllAndSentinel: async () => {
        const answer = await ask(requested)
        const answered = new Map(answer.names)
        if (!isKey) answered.delete(sentinel)
        return { reading: { ...answer, names: answered }, sentinel: answer.names.get(sentinel) }
      },
    })
  }

  async #readHinted(reading: HintedReading): Promise<Reading> {
    const { task, hints, base, asking } = reading
    const request = this.#request
    const { secrets } = request
    const named = task.scope === 'hints' ? namesOf(hints, request) : []
    const whole = this.#isByPathOnly ? named.flatMap(({ hierarchy }) => hierarchy ?? []) : cheaperWhole(named, base)
    const single = named.filter(({ hierarchy }) => hierarchy === undefined || !whole.includes(hierarchy))
    const names = [...new Set(single.map(({ requested }) => requested))]
    const hierarchies = request.hierarchies.filter((_, index) => whole.includes(index))
    // A notified parameter has probably changed, so its version is not checked first.
    const decryptsAll = task.cause === 'notification' && hierarchies.length === 0
    const answer = await asking.ask({ hierarchies, names, secrets }, { decryptsAll })
    if (!this.#isByPathOnly && isDeniedByName(single, answer)) {
      this.#isByPathOnly = true
      return this.#readHinted(reading)
    }
    const replacing = answer.hierarchies.values()
    const replaced = base.hierarchies.map((hierarchy, index) => {
      return whole.includes(index) ? (replacing.next().value ?? hierarchy) : hierarchy
    })
    return patchReading({ ...base, hierarchies: replaced }, toPatch(single, answer))
  }

  #isUnchanged({ reading: base, outcomeOf }: KeptReading, reading: Reading): boolean {
    const { secrets } = this.#request
    const isSame = (secret: SecretRequest) => isSameSecret(outcomeOf(secret), this.#secrets.outcomeOf(secret))
    return isSameReading(base, reading) && secrets.every(isSame)
  }

  #match(hint: Hint): HintMatch {
    const { planned } = this.#parts
    return matchHint(planned, [...planned.request.secrets, ...this.#secrets.requests], hint)
  }
}

/** Calls the source. Without `decryptsAll`, versions in the cache are not decrypted again. */
type Ask = (request: ReadRequest, options?: { readonly decryptsAll?: boolean }) => Promise<Reading>

interface Asking {
  readonly ask: Ask
  readonly signal: AbortSignal
}

interface HintedReading {
  readonly task: RefreshTask
  readonly hints: readonly Hinted[]
  readonly base: Reading
  readonly asking: Asking
}

// Two calls. More names are a flood of invented ones, and not parameters that are about to be stored.
const fewUnknownNames = 20

// If the hints name more parameters than a path holds, reading the whole path takes fewer calls.
function cheaperWhole(named: readonly HintedName[], { hierarchies }: Reading): number[] {
  const counts = new Map<number, number>()
  for (const { hierarchy } of named) {
    if (hierarchy !== undefined) counts.set(hierarchy, (counts.get(hierarchy) ?? 0) + 1)
  }
  return [...counts].flatMap(([index, count]) => {
    const stored = hierarchies[index]?.parameters.length ?? 0
    return count > Math.max(stored, fewUnknownNames) ? [index] : []
  })
}

const notRequested = { kind: 'missing' } as const
const nothing: Reading = { hierarchies: [], names: new Map(), secrets: [] }

// Names that the plan does not cover help only to explain a failed start.
function withoutListing(hierarchy: HierarchyReading): HierarchyReading {
  if (hierarchy.listed === undefined) return hierarchy
  const { listed: _, ...kept } = hierarchy
  return kept
}
