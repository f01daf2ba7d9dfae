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
  type Held,
  type HintMatch,
  hasMoved,
  isAbsent,
  isCovered,
  isSameSecret,
  isUpToDate,
  matchHint,
} from './hints.ts'
import { isSameReading, patchReading, shareUnmoved } from './patch-reading.ts'
import { SecretCache } from './secret-cache.ts'
import { Sentinel } from './sentinel.ts'
import { type RefreshTask, readsEverything } from './task.ts'
import { VersionCache } from './version-cache.ts'

/** What a reader reads. */
export interface ReaderParts {
  readonly planned: PlannedRequest
  readonly source: ParameterSource
  readonly clock: Clock
  /** How long a secret is good for when no notification is about it. @default 300_000 */
  readonly secretsEveryMs?: number | undefined
  /** The parameter that writers move last. */
  readonly sentinel?: string | undefined
  warn(warning: string): void
}

/** A reading, complete and up to date as far as the work asked for it. */
export interface ReadResult {
  readonly reading: Reading
  /** What {@link Reader.keep} gave last, if every parameter and secret still has the same version. */
  readonly unchangedFrom: KeptReading | undefined
  /** The secrets that stored texts point to: read now, unless they are held and new enough. */
  readPointed(secrets: readonly SecretRequest[]): Promise<Reading['secrets']>
  /** The hints of the work whose parameters are still as they were before, and should be read again. */
  unconfirmed(): Hint[]
  /** Whether many hints of the work name parameters that are not stored. */
  hasUnknownNames(): boolean
  /** How many calls it took. */
  calls(): number
}

/** A complete reading, with the secrets that it was read with: a later attempt may know others without publishing them. */
export interface KeptReading extends Held {}

/** Reads as little as will do: what is held of one reading is the base of the next. */
export class Reader {
  readonly #parts: ReaderParts
  readonly #cache = new VersionCache()
  readonly #secrets: SecretCache
  readonly #secretMaxAgeMs: number
  readonly #sentinel: Sentinel | undefined
  /** The last complete reading, published or not. */
  #base: KeptReading | undefined
  /** The secrets that the texts of the base point to. */
  #pointed: readonly SecretRequest[] = []
  // Once a denial has shown that names cannot be read one by one.
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

  /** Whether a poll that finds nothing asks for one name alone. */
  get isGuarded(): boolean {
    return this.#sentinel?.isStored === true
  }

  /** Whether the plan has a use for what the hint names. */
  covers(hint: Hint): boolean {
    return isCovered(this.#match(hint))
  }

  /** Whether a reading has the change that the hint reports, or a later one. */
  isUpToDate(hint: Hint, kept: KeptReading): boolean {
    return isUpToDate(hint, this.#match(hint), kept)
  }

  /** Hints at whatever a login may be made with: secrets, and parameters that are stored encrypted. */
  credentials(): Hint[] {
    return credentialsOf(this.#request, this.#base?.reading)
  }

  async read(work: RefreshTask, signal: AbortSignal): Promise<ReadResult> {
    const hints = [...work.hints.values()].map(({ hint }) => ({ hint, match: this.#match(hint) }))
    const base = this.#base
    this.#secrets.expire(hints.flatMap(({ match }) => match.secrets))
    const secretsRead = this.#secrets.startReading(work.scope === 'full' ? 0 : this.#secretMaxAgeMs)
    let calls = 0
    const ask: Ask = async (request, { isLookingFirst = true } = {}) => {
      const missing = secretsRead.missing(request.secrets)
      if (request.hierarchies.length + request.names.length + missing.length === 0) return nothing
      const { known } = this.#cache
      const options: ReadOptions = { signal, ...(known !== undefined && isLookingFirst && { known }) }
      const answer = await this.#parts.source.read({ ...request, secrets: missing }, options)
      calls += answer.calls ?? 1
      this.#cache.remember(answer, { isComplete: false })
      secretsRead.put(missing, answer.secrets)
      return answer
    }
    const parameters = await this.#readParameters(work, hints, { ask, signal })
    const { secrets } = this.#parts.planned.request
    const complete = { ...parameters, secrets: secrets.map((secret) => this.#secrets.outcomeOf(secret) ?? unasked) }
    const reading = base === undefined ? complete : shareUnmoved(base.reading, complete)
    const after = { reading, outcomeOf: (secret: SecretRequest) => this.#secrets.outcomeOf(secret) }
    let found: readonly Hinted[] | undefined
    const strangers = () => {
      found ??= hints.filter(({ hint, match }) => hint.kind === 'parameter' && isAbsent(hint, match, after))
      return found
    }
    return {
      reading,
      unchangedFrom: base !== undefined && this.#isUnmoved(base, reading) ? base : undefined,
      readPointed: async (pointed) => {
        await ask({ hierarchies: [], names: [], secrets: pointed })
        return pointed.map((secret) => this.#secrets.outcomeOf(secret) ?? unasked)
      },
      unconfirmed: () => {
        const isUnmoved = ({ hint, match }: Hinted) =>
          base !== undefined && !isUpToDate(hint, match, after) && !hasMoved(hint, match, base, after)
        const unmoved = hints.filter(isUnmoved)
        // So many parameters are not about to be stored: what is, is found by polling.
        const progress =
          strangers().length > fewStrangers ? unmoved.filter((one) => !strangers().includes(one)) : unmoved
        return progress.map(({ hint }) => hint)
      },
      hasUnknownNames: () => strangers().length > fewStrangers,
      calls: () => calls,
    }
  }

  /** The names that are stored under the paths of which not all was read; nothing is decrypted for it. */
  async list(signal: AbortSignal): Promise<readonly Listing[]> {
    const { source, planned } = this.#parts
    const hierarchies = planned.request.hierarchies.map(({ names, open, levels, ...request }) => ({
      ...request,
      covers: () => false,
    }))
    const known = () => ''
    const reading = await source.read({ hierarchies, names: [], secrets: [] }, { signal, known })
    // An empty path may be a parameter itself. At the root that is hardly ever so, and not worth a call.
    const empty = hierarchies
      .filter(({ path }, index) => reading.hierarchies[index]?.listed?.length === 0 && path.lastIndexOf('/') > 0)
      .map(({ path }) => path)
    const asked = { hierarchies: [], names: empty, secrets: [] }
    const { names } = empty.length === 0 ? reading : await source.read(asked, { signal, known })
    return reading.hierarchies.map(({ listed, failure }, index) => {
      const isParameter = names.get(hierarchies[index]?.path ?? '')?.kind === 'found'
      return failure === undefined ? { listed, isParameter } : { failure, isParameter }
    })
  }

  /**
   * Makes a reading the base of the next ones. `pointed` are the secrets that its texts point to.
   *
   * @returns By what later readings tell that nothing has moved since.
   */
  keep({ reading, unchangedFrom }: ReadResult, work: RefreshTask, pointed: readonly SecretRequest[]): KeptReading {
    if (readsEverything(work)) this.#sentinel?.keep()
    if (unchangedFrom !== undefined) return unchangedFrom
    this.#pointed = pointed
    this.#cache.remember(reading, { isComplete: true })
    this.#secrets.retain([...this.#parts.planned.request.secrets, ...pointed])
    const hierarchies = reading.hierarchies.map(withoutListing)
    this.#base = { reading: { ...reading, hierarchies }, outcomeOf: this.#secrets.freeze() }
    return this.#base
  }

  /** What is planned, with the secrets that the texts of the base point to. */
  get #request(): ReadRequest {
    const { request } = this.#parts.planned
    return { ...request, secrets: [...request.secrets, ...this.#pointed] }
  }

  #readParameters(work: RefreshTask, hints: readonly Hinted[], asking: Asking): Promise<Reading> {
    const base = this.#base?.reading
    if (base !== undefined && !readsEverything(work)) return this.#readHinted({ work, hints, base, asking })
    return this.#readAll(work, base, asking)
  }

  #readAll(work: RefreshTask, base: Reading | undefined, { ask, signal }: Asking): Promise<Reading> {
    const request = this.#request
    const { sentinel } = this.#parts
    if (this.#sentinel === undefined || sentinel === undefined) return ask(request)
    const { secrets, names } = request
    const isKey = names.includes(sentinel)
    const asked = isKey ? request : { ...request, names: [...names, sentinel] }
    return this.#sentinel.guard(work, {
      base,
      signal,
      readSentinel: async () => (await ask({ hierarchies: [], names: [sentinel], secrets })).names.get(sentinel),
      readAll: () => ask(request),
      readAllAndSentinel: async () => {
        const answer = await ask(asked)
        const answered = new Map(answer.names)
        if (!isKey) answered.delete(sentinel)
        return { reading: { ...answer, names: answered }, sentinel: answer.names.get(sentinel) }
      },
    })
  }

  async #readHinted(reading: HintedReading): Promise<Reading> {
    const { work, hints, base, asking } = reading
    const request = this.#request
    const { secrets } = request
    const named = work.scope === 'hints' ? namesOf(hints, request) : []
    const whole = this.#isByPathOnly ? named.flatMap(({ hierarchy }) => hierarchy ?? []) : cheaperWhole(named, base)
    const single = named.filter(({ hierarchy }) => hierarchy === undefined || !whole.includes(hierarchy))
    const names = [...new Set(single.map(({ asked }) => asked))]
    const hierarchies = request.hierarchies.filter((_, index) => whole.includes(index))
    // What somebody says has moved is decrypted at once; what has not when it is looked at again may never do.
    const isLookingFirst = work.cause !== 'notification' || hierarchies.length > 0
    const answer = await asking.ask({ hierarchies, names, secrets }, { isLookingFirst })
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

  #isUnmoved({ reading: base, outcomeOf }: KeptReading, reading: Reading): boolean {
    const { secrets } = this.#request
    const isStill = (secret: SecretRequest) => isSameSecret(outcomeOf(secret), this.#secrets.outcomeOf(secret))
    return isSameReading(base, reading) && secrets.every(isStill)
  }

  #match(hint: Hint): HintMatch {
    const { planned } = this.#parts
    return matchHint(planned, [...planned.request.secrets, ...this.#secrets.requests], hint)
  }
}

/** `isLookingFirst`: what is known is not decrypted again. */
type Ask = (request: ReadRequest, options?: { readonly isLookingFirst?: boolean }) => Promise<Reading>

interface Asking {
  readonly ask: Ask
  readonly signal: AbortSignal
}

interface HintedReading {
  readonly work: RefreshTask
  readonly hints: readonly Hinted[]
  readonly base: Reading
  readonly asking: Asking
}

// Two calls: names of parameters that are about to be stored, and not a flood of invented ones.
const fewStrangers = 20

// Of more names than a path holds, most are not stored: to read all of the path takes fewer calls.
function cheaperWhole(named: readonly HintedName[], { hierarchies }: Reading): number[] {
  const counts = new Map<number, number>()
  for (const { hierarchy } of named) {
    if (hierarchy !== undefined) counts.set(hierarchy, (counts.get(hierarchy) ?? 0) + 1)
  }
  return [...counts].flatMap(([index, count]) => {
    const stored = hierarchies[index]?.parameters.length ?? 0
    return count > Math.max(stored, fewStrangers) ? [index] : []
  })
}

const unasked = { kind: 'missing' } as const
const nothing: Reading = { hierarchies: [], names: new Map(), secrets: [] }

// Names that the plan has no use for help whoever starts a service, and are not kept.
function withoutListing(hierarchy: HierarchyReading): HierarchyReading {
  if (hierarchy.listed === undefined) return hierarchy
  const { listed: _, ...kept } = hierarchy
  return kept
}
