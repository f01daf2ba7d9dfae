import type {
  Clock,
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
import { ignoreRejection, isThenable, plainResult } from '../schema/plain-result.ts'
import { secretKey } from '../schema/secret-id.ts'
import { settleSoon, settleWithin } from '../time/deadline.ts'

const closeTimeoutMs = 10_000

/** A source with all optional methods, and with a wait for its readings. */
export interface TrackedSource extends Required<Omit<ParameterSource, 'readPolicies'>> {
  /** Resolves when no reading is running, abandoned ones included. */
  idle(): Promise<void>
}

/** Adds defaults for the optional methods. */
export function trackedSource(source: ParameterSource, clock: Clock): TrackedSource {
  const reads = new Set<Promise<unknown>>()
  return {
    read(request, options) {
      const read = source.read(request, options)
      // A source that ignores its signal would block close().
      const ended = settleSoon(read, options.signal, clock).catch(() => undefined)
      reads.add(ended)
      ended.finally(() => reads.delete(ended))
      return read
    },
    explain: (request) => plainResult('source.explain()', source.explain?.(request)) ?? [],
    usage: () => plainResult('source.usage()', source.usage?.()) ?? { calls: {}, decryptions: 0 },
    place: () => plainResult('source.place()', source.place?.()),
    where: async () => (await source.where?.()) ?? {},
    resumed() {
      const result: unknown = source.resumed?.()
      if (isThenable(result)) ignoreRejection(result)
    },
    close: async () => settleWithin(Promise.resolve(source.close?.()), closeTimeoutMs, clock),
    async idle() {
      await Promise.allSettled(reads)
    },
  }
}

/** The calls of one reading. They read each secret once, so that a user name and its password have the same version. */
export class SourceCalls {
  readonly signal: AbortSignal
  /** The secrets of the reading, by `secretKey`: the ones that are new enough, and later the others. */
  readonly secrets: Map<string, ReadSecret>
  readonly isSaved: boolean
  /** The number of calls so far. */
  count = 0
  /** The age in milliseconds of the oldest answer. */
  ageMs = 0
  readonly #start: CallsStart

  constructor(start: CallsStart) {
    this.signal = start.signal
    this.isSaved = start.isSaved
    this.secrets = start.reused
    this.#start = start
  }

  /** Reads parameters, and secrets that were not read yet. Without `decryptsAll`, no version is decrypted again. */
  async ask(request: ReadRequest, { decryptsAll = false }: { readonly decryptsAll?: boolean } = {}): Promise<Reading> {
    const { source, signal, startedAt, versions } = this.#start
    const secrets = request.secrets.filter((secret) => !this.secrets.has(secretKey(secret)))
    if (request.hierarchies.length + request.names.length + secrets.length === 0) return nothing
    // A module may have been loading meanwhile. A source that only listens to its signal would never end.
    signal.throwIfAborted()
    const known = decryptsAll ? undefined : versions.known
    const answer = await source.read({ ...request, secrets }, { signal, ...(known !== undefined && { known }) })
    this.count += answer.calls ?? 1
    this.ageMs = Math.max(this.ageMs, answer.ageMs ?? 0)
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

interface CallsStart {
  readonly source: ParameterSource
  /** Whether the source is a saved reading. */
  readonly isSaved: boolean
  readonly signal: AbortSignal
  /** On the steady clock of the reader. */
  readonly startedAt: number
  readonly versions: VersionCache
  readonly reused: Map<string, ReadSecret>
}

export interface ReadSecret {
  readonly request: SecretRequest
  readonly outcome: Outcome<StoredSecret>
  readonly readAt: number
}

/** The decrypted SecureStrings, so that no version is decrypted twice. */
export class VersionCache {
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

const nothing: Reading = { hierarchies: [], names: new Map(), secrets: [] }
