import { validation } from './aws-error.ts'
import { count, flag, type Input, optionalText, text, texts } from './input.ts'
import { pageOf } from './paging.ts'
import { invalidPath, notFound, versionNotFound } from './parameter-errors.ts'
import { describable, type Filter, passes, pathFilters } from './parameter-filters.ts'
import type { ParameterForm } from './parameter-form.ts'
import { type AskedName, checkReadable, isPublic, isShared, parseName } from './parameter-names.ts'
import { isReferenceName, type SecretReferences } from './references.ts'
import type { CallContext, Operations, ServiceContext } from './service-context.ts'
import {
  type ParameterLife,
  type ParameterVersion,
  type Shaped,
  type StoredParameters,
  select,
  versionsAt,
  withSlash,
} from './stored-parameters.ts'

/** The operations that read parameters. */
export class ParameterReads {
  readonly operations: Operations
  readonly #world: ServiceContext
  readonly #form: ParameterForm
  readonly #stored: StoredParameters
  readonly #references: SecretReferences

  constructor({ world, form, stored, references }: ReadsFrom) {
    this.#world = world
    this.#form = form
    this.#stored = stored
    this.#references = references
    this.operations = {
      GetParameter: (input, context) => this.#getOne(input, context),
      GetParameters: (input, context) => this.#getMany(input, context),
      GetParametersByPath: (input, context) => this.#getByPath(input, context),
      DescribeParameters: (input, context) => this.#describe(input, context),
      GetParameterHistory: (input, context) => this.#history(input, context),
    }
  }

  #getOne(input: Input, context: CallContext): object {
    const asked = text(input, 'Name')
    const isDecrypting = flag(input, 'WithDecryption')
    this.#check('GetParameter', asked)
    if (isReferenceName(asked)) return { Parameter: this.#references.readOne(asked, isDecrypting, context) }
    const { name, selector } = this.#parse(asked)
    checkReadable(name)
    const life = this.#stored.at(name, context.readAt)
    if (life === undefined) throw notFound()
    const version = select(life, selector, context.readAt)
    if (version === undefined) throw versionNotFound(name, selector ?? '')
    return { Parameter: this.#form.shape(life, version, { isDecrypting, name, selector }) }
  }

  #getMany(input: Input, context: CallContext): object {
    const names = texts(input, 'Names')
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
    checkReadable(name)
    const life = this.#stored.at(name, readAt)
    const version = life === undefined ? undefined : select(life, selector, readAt)
    if (life === undefined || version === undefined) return undefined
    return this.#form.shape(life, version, { isDecrypting, name, selector })
  }

  #getByPath(input: Input, { readAt, hasSparsePages }: CallContext): object {
    const path = text(input, 'Path')
    checkPath(path)
    this.#check('GetParametersByPath', path)
    const isRecursive = flag(input, 'Recursive')
    const isDecrypting = flag(input, 'WithDecryption')
    const filters = pathFilters(input)
    const depth = path === '/' ? 1 : path.replace(/\/$/, '').split('/').length
    const matching = this.#stored
      .below(path, readAt)
      .filter(({ name }) => isRecursive || withSlash(name).split('/').length === depth + 1)
      .flatMap((life) => this.#filter(life, filters, readAt))
    const { items, nextToken } = pageOf(matching, {
      size: count(input, 'MaxResults', 10, 10),
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
    const listed = flag(input, 'Shared') ? this.#stored.shared(readAt) : this.#stored.own(readAt)
    const { items, nextToken } = pageOf(describable(listed, input, readAt), {
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
    const asked = text(input, 'Name')
    this.#check('GetParameterHistory', asked)
    const { name, selector } = this.#parse(asked)
    checkReadable(name)
    if (selector !== undefined) throw validation('GetParameterHistory takes a name without a version or label.')
    const life = this.#stored.at(name, readAt)
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

  /** By an ARN, a root-level parameter is found under the name with which it was stored. */
  #parse(asked: string): AskedName {
    const { name, selector } = parseName(asked, this.#world.arn('ssm', 'parameter'))
    const stored = isShared(asked.trim()) ? this.#stored.at(name, this.#world.clock.now()) : undefined
    return { name: stored?.name ?? name, selector }
  }

  #check(action: string, asked: string): void {
    const name = isReferenceName(asked) ? asked : this.#parse(asked).name
    this.#world.policy.check(`ssm:${action}`, this.#form.namesOf(name))
  }
}

interface ReadsFrom {
  readonly world: ServiceContext
  readonly form: ParameterForm
  readonly stored: StoredParameters
  readonly references: SecretReferences
}

function checkPath(path: string): void {
  const isReserved = /^\/(aws|ssm)/i.test(path) && !isPublic(`${path.replace(/\/$/, '')}/`)
  if (isReserved || !/^(\/|(\/[\w.-]+)+\/?)$/.test(path)) throw invalidPath()
}
