import { AwsError } from './aws-error.ts'
import { LabelBook } from './label-book.ts'
import { isPublic, isShared } from './parameter-names.ts'

/** One version of a parameter. */
export interface ParameterVersion {
  readonly version: number
  readonly type: string
  /** Encrypted, for a SecureString. */
  readonly value: string
  readonly keyId?: string
  readonly tier: string
  readonly dataType: string
  readonly policies?: string
  readonly description?: string
  readonly allowedPattern?: string
  readonly modifiedAt: number
}

/** One life of a parameter, from its creation to its deletion. */
export interface ParameterLife {
  readonly name: string
  readonly versions: ParameterVersion[]
  readonly labels: LabelBook<number>
  readonly tags: Map<string, string>
  deletedAt: number
}

/** A parameter as an answer carries it. */
export interface Shaped {
  readonly Name: string
  readonly Selector?: string
  readonly [member: string]: unknown
}

const keptVersions = 100

/** Every parameter that there is, and was: a read may see the past. */
export class StoredParameters {
  // By the name with its slash, under which a root-level parameter is known too.
  readonly #lives = new Map<string, ParameterLife[]>()

  at(name: string, time: number): ParameterLife | undefined {
    return this.#lives.get(withSlash(name))?.findLast((life) => isAlive(life, time))
  }

  /** In the order of their names. */
  below(path: string, time: number): ParameterLife[] {
    const prefix = path === '/' ? '/' : `${path.replace(/\/$/, '')}/`
    const listed = this.#all(time).filter(({ name }) => withSlash(name).startsWith(prefix) && !isShared(name))
    // AWS's own parameters are listed only by a path that is theirs.
    return isPublic(prefix) ? listed : listed.filter(({ name }) => !isPublic(name))
  }

  /** The parameters of this account and region. */
  own(time: number): ParameterLife[] {
    return this.below('/', time)
  }

  /** The parameters that other accounts and regions share. */
  shared(time: number): ParameterLife[] {
    return this.#all(time).filter(({ name }) => isShared(name))
  }

  #all(time: number): ParameterLife[] {
    return [...this.#lives.keys()].sort().flatMap((name) => this.at(name, time) ?? [])
  }

  add(name: string, version: Omit<ParameterVersion, 'version'>): ParameterVersion {
    const life = this.at(name, version.modifiedAt) ?? this.#create(name)
    const numbered = { ...version, version: (life.versions.at(-1)?.version ?? 0) + 1 }
    if (life.versions.length === keptVersions) dropOldest(life, version.modifiedAt)
    life.versions.push(numbered)
    return numbered
  }

  tag(name: string, tags: Readonly<Record<string, string>>, time: number): void {
    for (const [key, value] of Object.entries(tags)) this.at(name, time)?.tags.set(key, value)
  }

  #create(name: string): ParameterLife {
    const tags = new Map<string, string>()
    const life = { name, versions: [], labels: new LabelBook<number>(), tags, deletedAt: Number.POSITIVE_INFINITY }
    const key = withSlash(name)
    // Those before the last one have been gone for longer than any read looks back.
    this.#lives.set(key, [...(this.#lives.get(key) ?? []).slice(-1), life])
    return life
  }
}

export function versionsAt({ versions }: ParameterLife, time: number): ParameterVersion[] {
  return versions.filter(({ modifiedAt }) => modifiedAt <= time)
}

/** The version that a selector (`3`, or a label) means, the latest without one. */
export function select(life: ParameterLife, selector: string | undefined, time: number): ParameterVersion | undefined {
  const versions = versionsAt(life, time)
  if (selector === undefined) return versions.at(-1)
  const wanted = /^\d+$/.test(selector) ? Number(selector) : life.labels.versionOf(selector, time)
  return versions.find(({ version }) => version === wanted)
}

export function withSlash(name: string): string {
  return name.startsWith('/') ? name : `/${name}`
}

function isAlive({ versions, deletedAt }: ParameterLife, time: number): boolean {
  const [first] = versions
  return first !== undefined && first.modifiedAt <= time && time < deletedAt
}

function dropOldest({ name, versions, labels }: ParameterLife, now: number): void {
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
