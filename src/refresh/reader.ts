import type {
  Clock,
  Hint,
  Outcome,
  ParameterSource,
  Reading,
  ReadRequest,
  SecretRequest,
  StoredParameter,
} from '../ports.ts'
import { fullName } from '../schema/parameter-name.ts'
import type { PlannedRequest } from '../schema/read-request.ts'
import { VersionCache } from '../snapshot/version-cache.ts'
import { type Held, type HintMatch, hasMoved, isCovered, isHeld, matchHint } from './hints.ts'
import { askedName, type Patch, patchReading } from './patch-reading.ts'
import { SecretShelf } from './secret-shelf.ts'
import type { Work } from './work.ts'

/** How long the value of a secret is good for when nothing is heard of it. */
export const secretMaxAgeMs = 300_000

/** What a reader reads. */
export interface ReaderParts {
  readonly planned: PlannedRequest
  readonly source: ParameterSource
  readonly clock: Clock
}

/** A reading, complete and up to date as far as the work asked for it. */
export interface Readout {
  readonly reading: Reading
  /** The secrets that stored texts point to: read now, unless they are held and new enough. */
  readPointed(secrets: readonly SecretRequest[]): Promise<Reading['secrets']>
  /** The hints of the work whose parameters are still as they were before. */
  unmoved(): Hint[]
  /** How many calls it took. */
  calls(): number
}

/** Reads as little as will do: what is held of one reading is the base of the next. */
export class Reader {
  readonly #parts: ReaderParts
  readonly #cache = new VersionCache()
  readonly #secrets = new SecretShelf()
  #base: Reading | undefined
  // Once a denial has shown that names cannot be read one by one.
  #isByPathOnly = false

  constructor(parts: ReaderParts) {
    this.#parts = parts
  }

  /** When the secrets are to be read again; `undefined` when there are none. */
  get secretsDueAt(): number | undefined {
    const { oldestAt } = this.#secrets
    return oldestAt === undefined ? undefined : oldestAt + secretMaxAgeMs
  }

  /** Whether the plan has a use for what the hint names. */
  covers(hint: Hint): boolean {
    return isCovered(this.#match(hint))
  }

  /** Whether what the hint tells of is here already. */
  holds(hint: Hint): boolean {
    return this.#base !== undefined && isHeld(hint, this.#match(hint), this.#held(this.#base))
  }

  async read(work: Work, signal: AbortSignal): Promise<Readout> {
    const startedAt = this.#parts.clock.now()
    const hints = [...work.hints.values()].map((hint) => ({ hint, match: this.#match(hint) }))
    const before = this.#base && { reading: this.#base, outcomeOf: this.#secrets.freeze() }
    this.#secrets.expire(hints.flatMap(({ match }) => match.secrets))
    const readBefore = startedAt + 1 - (work.scope === 'full' ? 0 : secretMaxAgeMs)
    let calls = 0
    const ask: Ask = async (request) => {
      const missing = this.#secrets.missing(request.secrets, readBefore)
      if (request.hierarchies.length + request.names.length + missing.length === 0) return nothing
      const { known } = this.#cache
      const options = { signal, ...(known !== undefined && { known }) }
      const answer = await this.#parts.source.read({ ...request, secrets: missing }, options)
      calls += answer.calls ?? 1
      this.#cache.remember(answer, { isComplete: false })
      this.#secrets.put(missing, answer.secrets, startedAt)
      return answer
    }
    const { secrets } = this.#parts.planned.request
    const parameters = await this.#readParameters(work.scope, hints, ask)
    const reading = { ...parameters, secrets: secrets.map((secret) => this.#secrets.outcomeOf(secret) ?? unasked) }
    return {
      reading,
      readPointed: async (pointed) => {
        await ask({ hierarchies: [], names: [], secrets: pointed })
        return pointed.map((secret) => this.#secrets.outcomeOf(secret) ?? unasked)
      },
      unmoved: () => {
        const after = this.#held(reading)
        const isUnmoved = ({ hint, match }: Hinted) =>
          before !== undefined && !isHeld(hint, match, after) && !hasMoved(hint, match, before, after)
        return hints.filter(isUnmoved).map(({ hint }) => hint)
      },
      calls: () => calls,
    }
  }

  /** The names that are stored under the paths of which not all was read; nothing is decrypted for it. */
  async list(signal: AbortSignal): Promise<Reading['hierarchies']> {
    const { source, planned } = this.#parts
    const hierarchies = planned.request.hierarchies.map(({ names, open, ...request }) => ({
      ...request,
      covers: () => false,
    }))
    const reading = await source.read({ hierarchies, names: [], secrets: [] }, { signal, known: () => undefined })
    return reading.hierarchies.map(({ listed }) => ({
      parameters: [],
      failures: new Map(),
      ...(listed !== undefined && { listed }),
    }))
  }

  /** Makes a reading the base of the next ones. `pointed` are the secrets that its texts point to. */
  keep({ reading }: Readout, pointed: readonly SecretRequest[]): void {
    this.#base = reading
    this.#cache.remember(reading, { isComplete: true })
    this.#secrets.retain([...this.#parts.planned.request.secrets, ...pointed])
  }

  async #readParameters(scope: Work['scope'], hints: readonly Hinted[], ask: Ask): Promise<Reading> {
    const { request } = this.#parts.planned
    const base = this.#base
    if (base === undefined || scope === 'full' || scope === 'poll') return ask(request)
    const wanted = scope === 'hints' ? this.#wanted(hints) : []
    const whole = this.#isByPathOnly ? wanted.flatMap(({ hierarchy }) => hierarchy ?? []) : []
    const single = wanted.filter(({ hierarchy }) => hierarchy === undefined || !whole.includes(hierarchy))
    const answer = await ask({
      hierarchies: request.hierarchies.filter((_, index) => whole.includes(index)),
      names: [...new Set(single.map(({ asked }) => asked))],
      secrets: request.secrets,
    })
    if (!this.#isByPathOnly && isDeniedByName(single, answer)) {
      this.#isByPathOnly = true
      return this.#readParameters(scope, hints, ask)
    }
    const replacing = answer.hierarchies.values()
    const hierarchies = base.hierarchies.map((hierarchy, index) => {
      return whole.includes(index) ? (replacing.next().value ?? hierarchy) : hierarchy
    })
    return patchReading({ ...base, hierarchies }, toPatch(single, answer))
  }

  #wanted(hints: readonly Hinted[]): Wanted[] {
    const { request } = this.#parts.planned
    return hints.flatMap(({ hint, match }) => {
      const name = fullName(hint.name)
      const inHierarchies = match.hierarchies.flatMap((index) => {
        const hierarchy = request.hierarchies[index]
        return hierarchy === undefined ? [] : [{ asked: askedName(hierarchy, name), name, hierarchy: index }]
      })
      const explicit = match.names.map((asked) => ({ asked, name: asked, hierarchy: undefined }))
      return hint.kind === 'parameter' ? [...inHierarchies, ...explicit] : []
    })
  }

  #match(hint: Hint): HintMatch {
    const { planned } = this.#parts
    return matchHint(planned, [...planned.request.secrets, ...this.#secrets.requests], hint)
  }

  #held(reading: Reading): Held {
    return { reading, outcomeOf: (secret) => this.#secrets.outcomeOf(secret) }
  }
}

type Ask = (request: ReadRequest) => Promise<Reading>

interface Hinted {
  readonly hint: Hint
  readonly match: HintMatch
}

interface Wanted {
  readonly asked: string
  /** The full name; as asked for, where it is not part of a hierarchy. */
  readonly name: string
  readonly hierarchy: number | undefined
}

const unasked = { kind: 'missing' } as const
const nothing: Reading = { hierarchies: [], names: new Map(), secrets: [] }

function isDeniedByName(wanted: readonly Wanted[], { names }: Reading): boolean {
  return wanted.some(({ asked, hierarchy }) => {
    const outcome = names.get(asked)
    return hierarchy !== undefined && outcome?.kind === 'failed' && outcome.failure.code === 'ACCESS_DENIED'
  })
}

function toPatch(wanted: readonly Wanted[], { names }: Reading): Patch {
  const hierarchies = new Map<number, Map<string, Outcome<StoredParameter>>>()
  const explicit = new Map<string, Outcome<StoredParameter>>()
  for (const { asked, name, hierarchy } of wanted) {
    const outcome = names.get(asked)
    if (outcome === undefined) continue
    if (hierarchy === undefined) explicit.set(asked, outcome)
    else hierarchies.set(hierarchy, (hierarchies.get(hierarchy) ?? new Map()).set(name, outcome))
  }
  return { hierarchies, names: explicit }
}
