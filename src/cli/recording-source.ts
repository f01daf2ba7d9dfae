import type {
  HierarchyReading,
  Outcome,
  ParameterSource,
  Reading,
  ReadOptions,
  ReadRequest,
  SecretRequest,
  StoredSecret,
} from '../ports.ts'
import { secretKey } from '../tools/names.ts'

/**
 * Reads everything once. A start attempts again after missing or invalid data; for a report, its further attempts get
 * the first answer. Transient failures are read again.
 */
export class RecordingSource implements ParameterSource {
  readonly #source: ParameterSource
  /** The answers that later attempts get. */
  readonly #answers = new Map<string, Promise<Reading>>()
  readonly #last = new Map<string, Reading>()
  readonly #secrets = new Map<string, Outcome<StoredSecret>>()
  #isSettled = true
  #isRecording = true

  constructor(source: ParameterSource) {
    this.#source = source
  }

  /** Whether no failure of the last reading is transient. */
  get isSettled(): boolean {
    return this.#isRecording && this.#isSettled && [...this.#secrets.values()].every(isFinal)
  }

  /** Passes every further reading on. Afterwards, nothing that was read before is kept. */
  stop(): void {
    this.#isRecording = false
    for (const kept of [this.#answers, this.#last, this.#secrets]) kept.clear()
  }

  async read(request: ReadRequest, options: ReadOptions): Promise<Reading> {
    if (!this.#isRecording) return this.#source.read(request, options)
    const { hierarchies, names } = request
    const key = keyOf(request)
    const recorded = this.#answers.get(key)
    const secrets = request.secrets.filter((secret) => !isFinal(this.#secrets.get(secretKey(secret))))
    if (recorded === undefined) {
      const answer = this.#source.read({ hierarchies, names, secrets }, options)
      this.#answers.set(key, answer)
      return this.#withSecrets(request, this.#note(secrets, await this.#settled(key, answer)))
    }
    if (secrets.length > 0) {
      this.#note(secrets, await this.#source.read({ hierarchies: [], names: [], secrets }, options))
    }
    return this.#withSecrets(request, { ...(await recorded), calls: 0 })
  }

  /** The last answer to a request, if there was one. */
  recorded(request: ReadRequest): Reading | undefined {
    const reading = this.#last.get(keyOf(request))
    return reading && this.#withSecrets(request, reading)
  }

  readPolicies(
    ...given: Parameters<NonNullable<ParameterSource['readPolicies']>>
  ): ReturnType<NonNullable<ParameterSource['readPolicies']>> {
    return this.#source.readPolicies?.(...given) ?? Promise.resolve([])
  }

  explain(request: ReadRequest): ReturnType<NonNullable<ParameterSource['explain']>> {
    return this.#source.explain?.(request) ?? []
  }

  usage(): ReturnType<NonNullable<ParameterSource['usage']>> {
    return this.#source.usage?.() ?? { calls: {}, decryptions: 0 }
  }

  where(): ReturnType<NonNullable<ParameterSource['where']>> {
    return this.#source.where?.() ?? Promise.resolve({})
  }

  async #settled(key: string, answer: Promise<Reading>): Promise<Reading> {
    try {
      const reading = await answer
      this.#last.set(key, reading)
      this.#isSettled = !hasTransientFailure(reading)
      if (!this.#isSettled) this.#answers.delete(key)
      return reading
    } catch (error) {
      this.#isSettled = false
      this.#answers.delete(key)
      throw error
    }
  }

  #note(secrets: readonly SecretRequest[], reading: Reading): Reading {
    for (const [index, secret] of secrets.entries()) {
      const outcome = reading.secrets[index]
      if (outcome !== undefined) this.#secrets.set(secretKey(secret), outcome)
    }
    return reading
  }

  #withSecrets({ secrets }: ReadRequest, reading: Reading): Reading {
    return { ...reading, secrets: secrets.map((secret) => this.#secrets.get(secretKey(secret)) ?? notRead) }
  }
}

const notRead: Outcome<StoredSecret> = { kind: 'missing' }

function isFinal(outcome: Outcome<StoredSecret> | undefined): boolean {
  return outcome !== undefined && !(outcome.kind === 'failed' && outcome.failure.isTransient)
}

// A listing requests the same paths, and no names.
function keyOf({ hierarchies, names }: ReadRequest): string {
  return JSON.stringify([hierarchies.map(({ path, label, names: own }) => [path, label, own]), names])
}

function hasTransientFailure({ hierarchies, names }: Reading): boolean {
  const isTransient = ({ failure, failures }: HierarchyReading) =>
    failure?.isTransient === true || [...failures.values()].some((one) => one.isTransient)
  return (
    hierarchies.some(isTransient) ||
    [...names.values()].some((outcome) => outcome.kind === 'failed' && outcome.failure.isTransient)
  )
}
