import { validation } from './aws-error.ts'
import { flag, type Input, text, texts } from './input.ts'
import { pageOf } from './paging.ts'
import { invalidPath, notFound, versionNotFound } from './parameter-errors.ts'
import { describable, type Filter, passes, pathFilters } from './parameter-filters.ts'
import type { ParameterForm } from './parameter-form.ts'
import { checkReadable, isPublic, isShared, parseName, type RequestedName } from './parameter-names.ts'
import { isReferenceName, type SecretReferences } from './references.ts'
import type { CallContext, Operations, ServiceContext } from './service-context.ts'
import {
  type ParameterAnswer,
  type ParameterVersion,
  type StoredParameter,
  type StoredParameters,
  select,
  versionsAt,
  withSlash,
} from './stored-parameters.ts'

/** The operations that read parameters. */
export class ParameterReads {
  readonly operations: Operations
  readonly #context: ServiceContext
  readonly #form: ParameterForm
  readonly #stored: StoredParameters
  readonly #references: SecretReferences

  constructor(context: ServiceContext, form: ParameterForm, stored: StoredParameters, references: SecretReferences) {
    this.#context = context
    this.#form = form
    this.#stored = stored
    this.#references = references
    this.operations = {
      GetParameter: (input, call) => this.#getOne(input, call),
      GetParameters: (input, call) => this.#getMany(input, call),
      GetParametersByPath: (input, call) => this.#getByPath(input, call),
      DescribeParameters: (input, call) => this.#describe(input, call),
      GetParameterHistory: (input, call) => this.#history(input, call),
    }
  }

  #getOne(input: Input, call: CallContext): object {
    const requested = text(input, 'Name')
    const isDecrypting = flag(input, 'WithDecryption')
    this.#check('GetParameter', requested)
    if (isReferenceName(requested)) return { Parameter: this.#references.readOne(requested, isDecrypting, call) }
    const { name, selector } = this.#parse(requested)
    checkReadable(name)
    const parameter = this.#stored.at(name, call.readAt)
    if (parameter === undefined) throw notFound()
    const version = select(parameter, selector, call.readAt)
    if (version === undefined) throw versionNotFound(name, selector ?? '')
    return { Parameter: this.#form.shape(parameter, version, { isDecrypting, name, selector }) }
  }

  #getMany(input: Input, call: CallContext): object {
    const names = texts(input, 'Names')
    const isDecrypting = flag(input, 'WithDecryption')
    for (const name of names) this.#check('GetParameters', name)
    const invalid: string[] = []
    const found = [...new Set(names)].flatMap((requested) => {
      const parameter = isReferenceName(requested)
        ? this.#references.readAmong(requested, isDecrypting, call)
        : this.#find(requested, isDecrypting, call)
      if (parameter === undefined) invalid.push(requested)
      return parameter ?? []
    })
    const rank = ({ Name, Selector = '' }: ParameterAnswer) => `${withSlash(Name)} ${Selector}`
    return { Parameters: found.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)), InvalidParameters: invalid }
  }

  #find(requested: string, isDecrypting: boolean, { readAt }: CallContext): ParameterAnswer | undefined {
    const { name, selector } = this.#parse(requested)
    checkReadable(name)
    const parameter = this.#stored.at(name, readAt)
    const version = parameter === undefined ? undefined : select(parameter, selector, readAt)
    if (parameter === undefined || version === undefined) return undefined
    return this.#form.shape(parameter, version, { isDecrypting, name, selector })
  }

  #getByPath(input: Input, call: CallContext): object {
    const { readAt } = call
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
      .flatMap((parameter) => this.#filter(parameter, filters, readAt))
    const { items, nextToken } = pageOf(matching, input, call, {
      keyOf: ({ parameter }) => withSlash(parameter.name),
      size: 10,
    })
    const parameters = items.map(({ parameter, version }) =>
      this.#form.shape(parameter, version, { isDecrypting, name: parameter.name, selector: undefined }),
    )
    return { Parameters: parameters, NextToken: nextToken }
  }

  #filter(
    parameter: StoredParameter,
    filters: readonly Filter[],
    readAt: number,
  ): { parameter: StoredParameter; version: ParameterVersion }[] {
    const label = filters.find(({ key }) => key === 'Label')
    const versions = versionsAt(parameter, readAt)
    const candidates = label === undefined ? versions.slice(-1) : versions
    const version = candidates.findLast((candidate) =>
      filters.every((filter) => passes(parameter, candidate, filter, readAt)),
    )
    return version === undefined ? [] : [{ parameter, version }]
  }

  #describe(input: Input, call: CallContext): object {
    const { readAt } = call
    this.#context.policy.check('ssm:DescribeParameters', [this.#context.arn('ssm', '*')])
    const listed = flag(input, 'Shared') ? this.#stored.shared(readAt) : this.#stored.own(readAt)
    const { items, nextToken } = pageOf(describable(listed, input, readAt), input, call, {
      keyOf: ({ name }) => withSlash(name),
      size: 10,
    })
    const described = items.flatMap((parameter) => {
      const version = versionsAt(parameter, readAt).at(-1)
      return version === undefined
        ? []
        : [{ ...this.#form.metadata(parameter, version), ARN: this.#form.arnOf(parameter.name) }]
    })
    return { Parameters: described, NextToken: nextToken }
  }

  #history(input: Input, { readAt }: CallContext): object {
    const requested = text(input, 'Name')
    this.#check('GetParameterHistory', requested)
    const { name, selector } = this.#parse(requested)
    checkReadable(name)
    if (selector !== undefined) throw validation('GetParameterHistory takes a name without a version or label.')
    const parameter = this.#stored.at(name, readAt)
    if (parameter === undefined) throw notFound()
    const isDecrypting = flag(input, 'WithDecryption')
    const { items, nextToken } = pageOf(
      versionsAt(parameter, readAt),
      input,
      { hasSparsePages: false },
      { keyOf: ({ version }) => String(version).padStart(9, '0'), size: 50 },
    )
    const versions = items.map((version) => ({
      ...this.#form.metadata(parameter, version),
      Value: this.#form.valueOf(parameter, version, isDecrypting),
      Labels: parameter.labels.labelsOf(version.version, readAt),
    }))
    return { Parameters: versions, NextToken: nextToken }
  }

  /** The ARN of a root-level parameter has a slash that the stored name may lack. */
  #parse(requested: string): RequestedName {
    const { name, selector } = parseName(requested, this.#context.arn('ssm', 'parameter'))
    const stored = isShared(requested.trim()) ? this.#stored.at(name, this.#context.clock.now()) : undefined
    return { name: stored?.name ?? name, selector }
  }

  #check(action: string, requested: string): void {
    const name = isReferenceName(requested) ? requested : this.#parse(requested).name
    this.#context.policy.check(`ssm:${action}`, this.#form.namesOf(name))
  }
}

function checkPath(path: string): void {
  const isReserved = /^\/(aws|ssm)/i.test(path) && !isPublic(`${path.replace(/\/$/, '')}/`)
  if (isReserved || !/^(\/|(\/[\w.-]+)+\/?)$/.test(path)) throw invalidPath()
}
