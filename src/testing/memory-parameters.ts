import type { Clock, Outcome, ParameterType, StoredParameter, StoredPolicy } from '../ports.ts'
import { fullName, splitSelector } from '../schema/parameter-name.ts'

/** One version of a parameter. */
export interface MemoryParameter {
  /** The stored text. */
  readonly value: string
  /** @default that of the version before, or `String` */
  readonly type?: ParameterType
  /** @default one more than the version before */
  readonly version?: number
  /** Milliseconds since the Unix epoch. @default the time on the clock, if there is one */
  readonly modifiedAt?: number
  /** Such as `integer`; the value is not checked. @default that of the version before, or none */
  readonly dataType?: string
  /** @default none */
  readonly policies?: readonly Omit<StoredPolicy, 'parameter'>[]
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
    const latest = versions.at(-1)
    const parameter: MemoryParameter = typeof given === 'string' ? { value: given } : given
    const { value, type = latest?.type ?? 'String', version = (latest?.version ?? 0) + 1 } = parameter
    const modifiedAt = parameter.modifiedAt ?? this.#clock?.now()
    const dataType = parameter.dataType ?? latest?.dataType
    versions.push({
      name: full,
      type,
      version,
      value,
      labels: new Set(),
      policies: (parameter.policies ?? []).map((policy) => ({ ...policy, parameter: full })),
      ...(modifiedAt !== undefined && { modifiedAt }),
      ...(dataType !== undefined && { dataType }),
    })
    this.#versions.set(full, versions)
    return { version }
  }

  label(name: string, label: string, version?: number): void {
    const versions = this.#versions.get(fullName(name)) ?? []
    const target = version === undefined ? versions.at(-1) : versions.find((one) => one.version === version)
    if (target === undefined) throw new TypeError(`label(): there is no such version of ${name}`)
    for (const { labels } of versions) labels.delete(label)
    target.labels.add(label)
  }

  delete(name: string): void {
    this.#versions.delete(fullName(name))
  }

  read(asked: string): Outcome<StoredParameter> {
    const { name, selector } = splitSelector(asked)
    const found = this.find(nameIn(name), selector)
    return found === undefined ? { kind: 'missing' } : { kind: 'found', found }
  }

  find(name: string, selector: string | undefined): StoredParameter | undefined {
    const versions = this.#versions.get(name) ?? []
    const found =
      selector === undefined
        ? versions.at(-1)
        : versions.find(({ version, labels }) => String(version) === selector || labels.has(selector))
    if (found === undefined) return undefined
    const { labels, policies, ...parameter } = found
    return parameter
  }

  policiesOf(name: string): readonly StoredPolicy[] {
    return this.#versions.get(name)?.at(-1)?.policies ?? []
  }
}

interface ParameterVersion extends StoredParameter {
  readonly labels: Set<string>
  readonly policies: readonly StoredPolicy[]
}

// arn:aws:ssm:eu-west-1:123456789012:parameter/shop/port is /shop/port
function nameIn(name: string): string {
  return name.startsWith('arn:') ? name.slice(name.indexOf('/')) : fullName(name)
}
