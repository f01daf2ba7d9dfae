import { AwsError, constraint, validation } from './aws-error.ts'
import { count, flag, type Input, optionalNumber, optionalText, text, texts } from './input.ts'
import type { Kms } from './kms.ts'
import { pageOf } from './paging.ts'
import {
  alreadyExists,
  cannotDowngrade,
  invalidName,
  notFound,
  typeMismatch,
  versionNotFound,
} from './parameter-errors.ts'
import { describable, type Filter, filtersOf, passes } from './parameter-filters.ts'
import { ParameterForm } from './parameter-form.ts'
import { checkName, checkType, checkValue, isWellFormed, type PutParameter, sortLabels } from './parameter-rules.ts'
import { isReferenceName, type SecretReferences } from './references.ts'
import {
  type ParameterLife,
  type ParameterVersion,
  type Shaped,
  StoredParameters,
  select,
  versionsAt,
  withSlash,
} from './stored-parameters.ts'
import type { CallContext, Operations, World } from './world.ts'

/** Parameters, for tests that seed or change them. No fault, denial or count applies. */
export interface Parameters {
  /** Creates a parameter, or adds a version to it unless `overwrite` is false. A new one is a String by default. */
  put(parameter: PutParameter): { readonly version: number }
  /** Attaches labels to a version, the latest by default. */
  label(target: { readonly name: string; readonly version?: number; readonly labels: readonly string[] }): void
  /** Deletes it with all its versions. */
  delete(name: string): void
}

export class ParameterStore implements Parameters {
  readonly operations: Operations
  readonly #world: World
  readonly #form: ParameterForm
  readonly #references: SecretReferences
  readonly #stored = new StoredParameters()

  constructor(world: World, kms: Kms, references: SecretReferences) {
    this.#world = world
    this.#form = new ParameterForm(world, kms)
    this.#references = references
    this.operations = {
      PutParameter: (input) => this.#putCall(input),
      GetParameter: (input, context) => this.#getOne(input, context),
      GetParameters: (input, context) => this.#getMany(input, context),
      GetParametersByPath: (input, context) => this.#getByPath(input, context),
      DescribeParameters: (input, context) => this.#describe(input, context),
      GetParameterHistory: (input, context) => this.#history(input, context),
      LabelParameterVersion: (input) => this.#labelCall(input),
      UnlabelParameterVersion: (input) => this.#unlabelCall(input),
      DeleteParameter: (input) => this.#deleteCall(input),
      DeleteParameters: (input) => this.#deleteMany(input),
    }
  }

  put(put: PutParameter): { readonly version: number; readonly tier: string } {
    for (const key of ['name', 'value'] as const) {
      if (typeof put?.[key] !== 'string') throw new TypeError(`put(): ${key} must be a string`)
    }
    const now = this.#world.clock.now()
    const name = checkName(put.name, this.#world.arn('ssm', 'parameter/').length)
    const current = this.#current(name)
    if (current !== undefined && put.overwrite === false) throw alreadyExists()
    const type = put.type ?? current?.type ?? 'String'
    checkType(type)
    if (current !== undefined && current.type !== type && name.startsWith('/')) throw typeMismatch()
    const tier = put.tier === 'Intelligent-Tiering' ? tierFor(put) : (put.tier ?? current?.tier ?? 'Standard')
    if (current?.tier === 'Advanced' && tier === 'Standard') throw cannotDowngrade()
    checkValue(put, type, tier)
    const { version } = this.#stored.add(name, {
      ...optional(put),
      type,
      tier,
      dataType: put.dataType ?? 'text',
      modifiedAt: now,
      ...this.#form.seal(name, put, type),
    })
    this.#emit(name, type, { operation: current === undefined ? 'Create' : 'Update', ...described(put) })
    return { version, tier }
  }

  label({
    name,
    version,
    labels,
  }: {
    readonly name: string
    readonly version?: number
    readonly labels: readonly string[]
  }): { readonly InvalidLabels: readonly string[]; readonly ParameterVersion: number } {
    const life = this.#existing(name)
    const now = this.#world.clock.now()
    const target = select(life, version === undefined ? undefined : String(version), now)
    if (target === undefined) throw versionNotFound(name, String(version))
    const { valid, invalid } = sortLabels(labels)
    const all = new Set([...life.labels.labelsOf(target.version, now), ...valid])
    if (all.size > 10) {
      const message = 'A parameter version can have at most 10 labels. Move a label to another version, or delete one.'
      throw new AwsError('ParameterVersionLabelLimitExceeded', message)
    }
    for (const label of valid) {
      const fromVersion = life.labels.versionOf(label, now)
      life.labels.move(label, target.version, now)
      const versions = {
        ...(fromVersion !== undefined && { fromVersion: String(fromVersion) }),
        toVersion: String(target.version),
      }
      this.#emit(life.name, target.type, { operation: 'LabelParameterVersion', label, ...versions })
    }
    return { InvalidLabels: invalid, ParameterVersion: target.version }
  }

  delete(name: string): void {
    const life = this.#existing(name)
    life.deletedAt = this.#world.clock.now()
    this.#emit(life.name, life.versions.at(-1)?.type ?? 'String', { operation: 'Delete' })
  }

  // https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
  #emit(name: string, type: string, what: object): void {
    const resources = [this.#form.arnOf(name)]
    this.#world.emit({
      source: 'aws.ssm',
      detailType: 'Parameter Store Change',
      resources,
      detail: { name, type, ...what },
    })
  }

  #putCall(input: Input): object {
    const name = text(input, 'Name')
    this.#check('PutParameter', name)
    const type = optionalText(input, 'Type')
    const isNew = this.#current(name.trim()) === undefined
    if (isNew) checkType(type)
    const given = {
      type,
      keyId: optionalText(input, 'KeyId'),
      tier: optionalText(input, 'Tier'),
      policies: optionalText(input, 'Policies'),
      description: optionalText(input, 'Description'),
      dataType: optionalText(input, 'DataType'),
      allowedPattern: optionalText(input, 'AllowedPattern'),
    }
    const put = { name, value: text(input, 'Value'), overwrite: flag(input, 'Overwrite'), ...defined(given) }
    const { version, tier } = this.put(put)
    return { Version: version, Tier: tier }
  }

  #getOne(input: Input, context: CallContext): object {
    const asked = text(input, 'Name')
    const isDecrypting = flag(input, 'WithDecryption')
    this.#check('GetParameter', asked)
    if (isReferenceName(asked)) return { Parameter: this.#references.readOne(asked, isDecrypting, context) }
    const { name, selector } = this.#parse(asked)
    if (!asked.startsWith('arn:') && !isWellFormed(name)) throw invalidName()
    const life = this.#stored.at(name, context.readAt)
    if (life === undefined) throw notFound()
    const version = select(life, selector, context.readAt)
    if (version === undefined) throw versionNotFound(name, selector ?? '')
    return { Parameter: this.#form.shape(life, version, { isDecrypting, name, selector }) }
  }

  #getMany(input: Input, context: CallContext): object {
    const names = texts(input, 'Names')
    if (names.length > 10)
      throw constraint('names', `[${names.join(', ')}]`, 'Member must have length less than or equal to 10')
    if (names.length === 0) throw constraint('names', '[]', 'Member must have length greater than or equal to 1')
    const isDecrypting = flag(input, 'WithDecryption')
    for (const name of names) this.#check('GetParameters', name)
    const invalid: string[] = []
    const found = [...new Set(names)].flatMap((asked) => {
      const parameter = isReferenceName(asked)
        ? this.#references.readAmong(asked, isDecrypting, context)
        : this.#find(asked, isDecrypting, context)
      if (parameter === undefined) invalid.push(asked)
      return parameter ?? []
    })
    const rank = ({ Name, Selector = '' }: Shaped) => `${withSlash(Name)} ${Selector}`
    return { Parameters: found.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)), InvalidParameters: invalid }
  }

  #find(asked: string, isDecrypting: boolean, { readAt }: CallContext): Shaped | undefined {
    const { name, selector } = this.#parse(asked)
    if (!asked.startsWith('arn:') && !isWellFormed(name)) throw invalidName()
    const life = this.#stored.at(name, readAt)
    const version = life === undefined ? undefined : select(life, selector, readAt)
    if (life === undefined || version === undefined) return undefined
    return this.#form.shape(life, version, { isDecrypting, name, selector })
  }

  #getByPath(input: Input, { readAt, hasSparsePages }: CallContext): object {
    const path = text(input, 'Path')
    if (!path.startsWith('/') || path.includes('//')) {
      const message = `The parameter path: must be a parameter name hierarchy, must begin with slash, and is not ${path}`
      throw validation(message)
    }
    this.#check('GetParametersByPath', path)
    const size = count(input, 'MaxResults', 10, 10)
    const isRecursive = flag(input, 'Recursive')
    const isDecrypting = flag(input, 'WithDecryption')
    const filters = filtersOf(input)
    const depth = path === '/' ? 1 : path.replace(/\/$/, '').split('/').length
    const matching = this.#stored
      .below(path, readAt)
      .filter(({ name }) => isRecursive || withSlash(name).split('/').length === depth + 1)
      .flatMap((life) => this.#filter(life, filters, readAt))
    const { items, nextToken } = pageOf(matching, {
      size,
      token: optionalText(input, 'NextToken'),
      keyOf: ({ life }) => withSlash(life.name),
      isSparse: hasSparsePages,
    })
    const parameters = items.map(({ life, version }) =>
      this.#form.shape(life, version, { isDecrypting, name: life.name, selector: undefined }),
    )
    return { Parameters: parameters, ...(nextToken !== undefined && { NextToken: nextToken }) }
  }

  #filter(
    life: ParameterLife,
    filters: readonly Filter[],
    readAt: number,
  ): { life: ParameterLife; version: ParameterVersion }[] {
    const label = filters.find(({ key }) => key === 'Label')
    const versions = versionsAt(life, readAt)
    const candidates = label === undefined ? versions.slice(-1) : versions
    const version = candidates.findLast((candidate) =>
      filters.every((filter) => passes(life, candidate, filter, readAt)),
    )
    return version === undefined ? [] : [{ life, version }]
  }

  #describe(input: Input, { readAt, hasSparsePages }: CallContext): object {
    this.#world.policy.check('ssm:DescribeParameters', [this.#world.arn('ssm', '*')])
    const { items, nextToken } = pageOf(describable(this.#stored.all(readAt), input, readAt), {
      size: count(input, 'MaxResults', 50, 10),
      token: optionalText(input, 'NextToken'),
      keyOf: ({ name }) => withSlash(name),
      isSparse: hasSparsePages,
    })
    const described = items.flatMap((life) => {
      const version = versionsAt(life, readAt).at(-1)
      return version === undefined ? [] : [{ ...this.#form.metadata(life, version), ARN: this.#form.arnOf(life.name) }]
    })
    return { Parameters: described, ...(nextToken !== undefined && { NextToken: nextToken }) }
  }

  #history(input: Input, { readAt }: CallContext): object {
    const name = text(input, 'Name')
    this.#check('GetParameterHistory', name)
    const life = this.#stored.at(this.#parse(name).name, readAt)
    if (life === undefined) throw notFound()
    const isDecrypting = flag(input, 'WithDecryption')
    const { items, nextToken } = pageOf(versionsAt(life, readAt), {
      size: count(input, 'MaxResults', 50, 50),
      token: optionalText(input, 'NextToken'),
      keyOf: ({ version }) => String(version).padStart(9, '0'),
      isSparse: false,
    })
    const versions = items.map((version) => ({
      ...this.#form.metadata(life, version),
      Value: this.#form.valueOf(life, version, isDecrypting),
      Labels: life.labels.labelsOf(version.version, readAt),
    }))
    return { Parameters: versions, ...(nextToken !== undefined && { NextToken: nextToken }) }
  }

  #labelCall(input: Input): object {
    const name = text(input, 'Name')
    this.#check('LabelParameterVersion', name)
    const version = typeof input.ParameterVersion === 'number' ? { version: input.ParameterVersion } : {}
    return this.label({ name, labels: texts(input, 'Labels'), ...version })
  }

  #unlabelCall(input: Input): object {
    const name = text(input, 'Name')
    this.#check('UnlabelParameterVersion', name)
    const life = this.#existing(name)
    const now = this.#world.clock.now()
    const version = optionalNumber(input, 'ParameterVersion') ?? 0
    if (select(life, String(version), now) === undefined) throw versionNotFound(name, String(version))
    const attached = life.labels.labelsOf(version, now)
    const labels = texts(input, 'Labels')
    const removed = labels.filter((label) => attached.includes(label))
    for (const label of removed) life.labels.move(label, undefined, now)
    return { RemovedLabels: removed, InvalidLabels: labels.filter((label) => !attached.includes(label)) }
  }

  #deleteCall(input: Input): object {
    const name = text(input, 'Name')
    this.#check('DeleteParameter', name)
    this.delete(name)
    return {}
  }

  #deleteMany(input: Input): object {
    const names = texts(input, 'Names')
    for (const name of names) this.#check('DeleteParameters', name)
    const existing = names.filter((name) => this.#stored.at(name, this.#world.clock.now()) !== undefined)
    for (const name of existing) this.delete(name)
    return { DeletedParameters: existing, InvalidParameters: names.filter((name) => !existing.includes(name)) }
  }

  #parse(asked: string): { name: string; selector: string | undefined } {
    const prefix = this.#world.arn('ssm', 'parameter')
    const isArn = asked.startsWith('arn:')
    const local = isArn && asked.startsWith(`${prefix}/`) ? asked.slice(prefix.length) : asked
    if (isArn && local === asked) return { name: asked, selector: undefined }
    const [name = '', selector] = local.trim().split(':')
    const stored = this.#stored.at(name, this.#world.clock.now())
    return { name: isArn ? (stored?.name ?? name) : name, selector }
  }

  #check(action: string, asked: string): void {
    const { name } = asked.startsWith('arn:') || isReferenceName(asked) ? { name: asked } : this.#parse(asked)
    const arn = asked.startsWith('arn:') ? asked : this.#form.arnOf(name)
    const plain = asked.startsWith('arn:') ? `/${asked.split('/').slice(1).join('/')}` : withSlash(name)
    this.#world.policy.check(`ssm:${action}`, [arn, name, plain])
  }

  #existing(name: string): ParameterLife {
    const life = this.#stored.at(name, this.#world.clock.now())
    if (life === undefined) throw notFound()
    return life
  }

  #current(name: string): ParameterVersion | undefined {
    return this.#stored.at(name, this.#world.clock.now())?.versions.at(-1)
  }
}

function tierFor({ value, policies }: PutParameter): string {
  return Buffer.byteLength(value) > 4_096 || policies !== undefined ? 'Advanced' : 'Standard'
}

function optional({
  policies,
  description,
  allowedPattern,
}: PutParameter): Pick<PutParameter, 'policies' | 'description' | 'allowedPattern'> {
  return defined({ policies, description, allowedPattern })
}

function defined<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof Value]: Exclude<Value[Key], undefined> }
}

function described({ description }: PutParameter): { readonly description?: string } {
  return description === undefined ? {} : { description }
}
