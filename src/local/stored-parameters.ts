import { AwsError } from './aws-error.ts'
import { LabelBook } from './label-book.ts'
import { isPublic, isShared } from './parameter-names.ts'

/** One version of a parameter. */
export interface ParameterVersion {
  readonly version: number
  readonly type: string
  /** The text; for a SecureString, its ciphertext in base64. */
  readonly value: string
  readonly keyId?: string
  readonly tier: string
  readonly dataType: string
  readonly policies?: string
  readonly description?: string
  readonly allowedPattern?: string
  readonly modifiedAt: number
}

/** A parameter from its creation to its deletion. */
export interface StoredParameter {
  readonly name: string
  readonly versions: ParameterVersion[]
  readonly labels: LabelBook<number>
  readonly tags: Map<string, string>
  deletedAt: number
}

/** A parameter in the form of a response. */
export interface ParameterAnswer {
  readonly Name: string
  readonly Selector?: string | undefined
  readonly [member: string]: unknown
}

const keptVersions = 100

/** All parameters, including deleted ones, because reads can see the past. */
export class StoredParameters {
  // The keys are names with a leading slash, also for root-level parameters.
  readonly #parameters = new Map<string, StoredParameter[]>()

  at(name: string, time: number): StoredParameter | undefined {
    return this.#parameters.get(withSlash(name))?.findLast((parameter) => isAlive(parameter, time))
  }

  /** Lists the parameters below a path, in the order of their names. */
  below(path: string, time: number): StoredParameter[] {
    const prefix = path === '/' ? '/' : `${path.replace(/\/$/, '')}/`
    const listed = this.#all(time).filter(({ name }) => withSlash(name).startsWith(prefix) && !isShared(name))
    // Only a path below /aws/service/ lists the parameters that AWS publishes.
    return isPublic(prefix) ? listed : listed.filter(({ name }) => !isPublic(name))
  }

  /** The parameters of this account and region. */
  own(time: number): StoredParameter[] {
    return this.below('/', time)
  }

  /** The parameters that other accounts and regions share. */
  shared(time: number): StoredParameter[] {
    return this.#all(time).filter(({ name }) => isShared(name))
  }

  #all(time: number): StoredParameter[] {
    return [...this.#parameters.keys()].sort().flatMap((name) => this.at(name, time) ?? [])
  }

  add(name: string, version: Omit<ParameterVersion, 'version'>): ParameterVersion {
    const parameter = this.at(name, version.modifiedAt) ?? this.#create(name)
    const numbered = { ...version, version: (parameter.versions.at(-1)?.version ?? 0) + 1 }
    if (parameter.versions.length === keptVersions) dropOldest(parameter, version.modifiedAt)
    parameter.versions.push(numbered)
    return numbered
  }

  tag(name: string, tags: Readonly<Record<string, string>>, time: number): void {
    for (const [key, value] of Object.entries(tags)) this.at(name, time)?.tags.set(key, value)
  }

  #create(name: string): StoredParameter {
    const tags = new Map<string, string>()
    const parameter = { name, versions: [], labels: new LabelBook<number>(), tags, deletedAt: Number.POSITIVE_INFINITY }
    const key = withSlash(name)
    // No read sees further back than the previous parameter of this name.
    this.#parameters.set(key, [...(this.#parameters.get(key) ?? []).slice(-1), parameter])
    return parameter
  }
}

export function versionsAt({ versions }: StoredParameter, time: number): ParameterVersion[] {
  return versions.filter(({ modifiedAt }) => modifiedAt <= time)
}

/** Finds the version of a selector (a number or a label); without a selector, the latest version. */
export function select(
  parameter: StoredParameter,
  selector: string | undefined,
  time: number,
): ParameterVersion | undefined {
  const versions = versionsAt(parameter, time)
  if (selector === undefined) return versions.at(-1)
  const wanted = /^\d+$/.test(selector) ? Number(selector) : parameter.labels.versionOf(selector, time)
  return versions.find(({ version }) => version === wanted)
}

export function withSlash(name: string): string {
  return name.startsWith('/') ? name : `/${name}`
}

function isAlive({ versions, deletedAt }: StoredParameter, time: number): boolean {
  const [first] = versions
  return first !== undefined && first.modifiedAt <= time && time < deletedAt
}

function dropOldest({ name, versions, labels }: StoredParameter, now: number): void {
  const [oldest] = versions
  if (oldest !== undefined && labels.labelsOf(oldest.version, now).length > 0) {
    const message =
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. ` +
      `Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. ` +
      'Move the label to another version of the parameter, and try again.'
    throw new AwsError('ParameterMaxVersionLimitExceeded', message)
  }
  versions.shift()
}
