import { binarySecret, textSecret } from '../aws/secret-failures.ts'
import type {
  Clock,
  Outcome,
  ParameterType,
  SecretRequest,
  StoredParameter,
  StoredPolicy,
  StoredSecret,
} from '../ports.ts'
import { fullName, splitSelector } from '../schema/names.ts'

/** One version of a parameter. */
export interface MemoryParameter {
  /** The stored text. */
  readonly value: string
  /** @default the type of the previous version, or `String` */
  readonly type?: ParameterType
  /** @default the previous version plus 1 */
  readonly version?: number
  /** In milliseconds since the Unix epoch. @default the time of the clock, if the source has one */
  readonly modifiedAt?: number
  /** Such as `integer`. The value is not checked. @default the data type of the previous version, or none */
  readonly dataType?: string
  /** @default none */
  readonly policies?: readonly Omit<StoredPolicy, 'parameter'>[]
}

/** One version of a secret. */
export interface MemorySecret {
  /** Text, or bytes for a binary secret. */
  readonly value: string | Uint8Array
  /** @default a UUID that counts up */
  readonly versionId?: string
  /** @default `AWSCURRENT`, and the previous version gets `AWSPREVIOUS` */
  readonly stage?: string
}

interface ParameterVersion {
  readonly parameter: StoredParameter
  readonly labels: Set<string>
  readonly policies: readonly StoredPolicy[]
}

/** Parameters with their versions and labels. */
export class MemoryParameters {
  readonly #clock: Clock | undefined
  readonly #versions = new Map<string, ParameterVersion[]>()

  constructor(clock: Clock | undefined) {
    this.#clock = clock
  }

  get names(): string[] {
    return [...this.#versions.keys()].sort()
  }

  put(name: string, given: string | MemoryParameter): { readonly version: number } {
    const full = fullName(name)
    const versions = this.#versions.get(full) ?? []
    const latest = versions.at(-1)?.parameter
    const { value, policies = [], ...more }: MemoryParameter = typeof given === 'string' ? { value: given } : given
    const { type = latest?.type ?? 'String', version = (latest?.version ?? 0) + 1 } = more
    const { modifiedAt = this.#clock?.now(), dataType = latest?.dataType } = more
    versions.push({
      parameter: {
        name: full,
        type,
        version,
        value,
        ...(modifiedAt !== undefined && { modifiedAt }),
        ...(dataType !== undefined && { dataType }),
      },
      labels: new Set(),
      policies: policies.map((policy) => ({ ...policy, parameter: full })),
    })
    this.#versions.set(full, versions)
    return { version }
  }

  label(name: string, label: string, version?: number): void {
    const versions = this.#versions.get(fullName(name)) ?? []
    const target =
      version === undefined ? versions.at(-1) : versions.find(({ parameter }) => parameter.version === version)
    if (target === undefined) throw new TypeError(`label(): this version of ${name} does not exist`)
    for (const { labels } of versions) labels.delete(label)
    target.labels.add(label)
  }

  delete(name: string): void {
    this.#versions.delete(fullName(name))
  }

  read(request: string): Outcome<StoredParameter> {
    const { name, selector } = splitSelector(request)
    // arn:aws:ssm:eu-west-1:123456789012:parameter/shop/port is /shop/port
    const found = this.find(name.startsWith('arn:') ? name.slice(name.indexOf('/')) : fullName(name), selector)
    return found === undefined ? { kind: 'missing' } : { kind: 'found', found }
  }

  find(name: string, selector: string | undefined): StoredParameter | undefined {
    const versions = this.#versions.get(name) ?? []
    if (selector === undefined) return versions.at(-1)?.parameter
    return versions.find(({ parameter, labels }) => String(parameter.version) === selector || labels.has(selector))
      ?.parameter
  }

  policiesOf(name: string): readonly StoredPolicy[] {
    return this.#versions.get(name)?.at(-1)?.policies ?? []
  }
}

interface SecretVersion {
  readonly secret: StoredSecret
  readonly stages: Set<string>
}

/** Secrets with their versions and stages. */
export class MemorySecrets {
  readonly #clock: Clock | undefined
  readonly #versions = new Map<string, SecretVersion[]>()

  constructor(clock: Clock | undefined) {
    this.#clock = clock
  }

  put(id: string, given: string | Uint8Array | MemorySecret): { readonly versionId: string } {
    const versions = this.#versions.get(id) ?? []
    const secret: MemorySecret = typeof given === 'string' || given instanceof Uint8Array ? { value: given } : given
    const { value, stage = 'AWSCURRENT' } = secret
    const versionId = secret.versionId ?? `00000000-0000-4000-8000-${String(versions.length + 1).padStart(12, '0')}`
    const modifiedAt = this.#clock?.now()
    const current = versions.find(({ stages }) => stages.has('AWSCURRENT'))
    if (stage === 'AWSCURRENT' && current !== undefined) {
      for (const { stages } of versions) stages.delete('AWSPREVIOUS')
      current.stages.add('AWSPREVIOUS')
    }
    for (const { stages } of versions) stages.delete(stage)
    versions.push({
      secret: { versionId, value, ...(modifiedAt !== undefined && { modifiedAt }) },
      stages: new Set([stage]),
    })
    this.#versions.set(id, versions)
    return { versionId }
  }

  delete(id: string): void {
    this.#versions.delete(id)
  }

  read({ id, selector = 'AWSCURRENT', binary }: SecretRequest): Outcome<StoredSecret> {
    const found = this.#versions
      .get(id)
      ?.find(({ secret, stages }) => secret.versionId === selector || stages.has(selector))?.secret
    if (found === undefined) return { kind: 'missing' }
    if (binary === (typeof found.value !== 'string')) return { kind: 'found', found }
    return { kind: 'failed', failure: binary ? textSecret : binarySecret }
  }
}
