import { AwsError, validation } from './aws-error.ts'
import { type Input, inputs, optionalText, text, texts } from './input.ts'
import { invalidPathFilter } from './parameter-errors.ts'
import { type ParameterVersion, type StoredParameter, versionsAt, withSlash } from './stored-parameters.ts'

/** A filter of GetParametersByPath or DescribeParameters. */
export interface Filter {
  readonly key: string
  readonly option: string
  readonly values: readonly string[]
}

const byPath = ['Type', 'KeyId', 'Label']
const described = ['Path', 'Name', 'Type', 'KeyId', 'Tier', 'DataType']

/** The filters of GetParametersByPath. */
export function pathFilters(input: Input): Filter[] {
  return checked(input, byPath)
}

/** The filters of DescribeParameters, in its two forms: `ParameterFilters` and the older `Filters`. */
export function describeFilters(input: Input): Filter[] {
  const old = inputs(input, 'Filters')
  if (old.length > 0 && inputs(input, 'ParameterFilters').length > 0) {
    throw validation('You can use either Filters or ParameterFilters in a single request.')
  }
  return [...checked(input, described), ...old.map(oldFilter)]
}

/** Whether a version passes a filter at a time. */
export function passes(parameter: StoredParameter, version: ParameterVersion, filter: Filter, readAt: number): boolean {
  const { key, option, values } = filter
  if (key === 'Path') return values.some((path) => isAtPath(parameter.name, path, option))
  if (key === 'Name') return values.some((value) => matchesName(parameter.name, value, option))
  const own = ownValues(parameter, version, key, readAt)
  // A filter without a value passes if the tag exists.
  if (values.length === 0) return own.length > 0
  return own.some((item) => values.some((value) => (option === 'BeginsWith' ? item.startsWith(value) : item === value)))
}

/** The parameters that DescribeParameters lists. */
export function describable(parameters: readonly StoredParameter[], input: Input, readAt: number): StoredParameter[] {
  const filters = describeFilters(input)
  return parameters.filter((parameter) => {
    const latest = versionsAt(parameter, readAt).at(-1)
    return latest !== undefined && filters.every((filter) => passes(parameter, latest, filter, readAt))
  })
}

function checked(input: Input, keys: readonly string[]): Filter[] {
  const filters = inputs(input, 'ParameterFilters').map((filter) => toFilter(filter, keys))
  const repeated = filters.find(({ key }, index) => filters.findIndex((other) => other.key === key) !== index)
  if (repeated === undefined) return filters
  const message = `The following filter is duplicated in the request: ${repeated.key}. A request can contain only one occurrence of a specific filter.`
  throw new AwsError('InvalidFilterKey', message)
}

function toFilter(input: Input, keys: readonly string[]): Filter {
  const key = text(input, 'Key')
  const isTag = key.startsWith('tag:') && keys === described
  if (!isTag && !keys.includes(key)) {
    const message = `The following filter key is not valid: ${key}. Valid filter keys include: [${keys.join(', ')}].`
    throw new AwsError('InvalidFilterKey', message)
  }
  const filter = {
    key,
    option: optionalText(input, 'Option') ?? (key === 'Path' ? 'OneLevel' : 'Equals'),
    values: texts(input, 'Values'),
  }
  if (!isTag && filter.values.length === 0) {
    const message = `The following filter values are missing : null for filter key ${key}.`
    throw new AwsError('InvalidFilterValue', message)
  }
  checkOption(filter, keys === described)
  checkValues(filter)
  return filter
}

function checkOption({ key, option }: Filter, isDescribe: boolean): void {
  const valid = key === 'Path' ? ['Recursive', 'OneLevel'] : key === 'Label' ? ['Equals'] : ['BeginsWith', 'Equals']
  if (valid.includes(option) || (isDescribe && key === 'Name' && option === 'Contains')) return
  const message = `The following filter option is not valid: ${option}. Valid options include: [${valid.join(', ')}].`
  throw new AwsError('InvalidFilterOption', message)
}

const valuesOf: Readonly<Record<string, readonly string[]>> = {
  Type: ['String', 'StringList', 'SecureString'],
  Tier: ['Standard', 'Advanced', 'Intelligent-Tiering'],
}

function checkValues({ key, option, values }: Filter): void {
  const valid = Object.hasOwn(valuesOf, key) ? valuesOf[key] : undefined
  const wrong = values.find((value) => valid !== undefined && option === 'Equals' && !valid.includes(value))
  if (wrong !== undefined) {
    const message = `The following filter value is not valid: ${wrong}. Valid values include: [${valid?.join(', ')}].`
    throw new AwsError('InvalidFilterOption', message)
  }
  if (key === 'Path') values.forEach(checkPath)
}

function checkPath(path: string): void {
  if (/^\/(aws|ssm)/i.test(path)) {
    const message =
      'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace.'
    throw validation(message)
  }
  if (/^(\/[\w.-]+)*\/?$/.test(path) && path !== '') return
  throw invalidPathFilter()
}

// In the older form, a filter by name compares the beginning.
function oldFilter(input: Input): Filter {
  const key = text(input, 'Key')
  return { key, option: key === 'Name' ? 'BeginsWith' : 'Equals', values: texts(input, 'Values') }
}

function ownValues(
  { labels, tags }: StoredParameter,
  version: ParameterVersion,
  key: string,
  readAt: number,
): string[] {
  if (key.startsWith('tag:')) {
    const value = tags.get(key.slice('tag:'.length))
    return value === undefined ? [] : [value]
  }
  if (key === 'Label') return labels.labelsOf(version.version, readAt)
  const { type, tier, dataType, keyId = '' } = version
  const own: Readonly<Record<string, string>> = { Type: type, Tier: tier, DataType: dataType, KeyId: keyId }
  return [own[key] ?? '']
}

function matchesName(name: string, value: string, option: string): boolean {
  if (option === 'Contains') return withSlash(name).includes(value)
  const [own, requested] = [withSlash(name), withSlash(value)]
  return option === 'BeginsWith' ? own.startsWith(requested) : own === requested
}

function isAtPath(name: string, path: string, option: string): boolean {
  const base = `${path.replace(/\/$/, '')}/`
  const full = withSlash(name)
  return full.startsWith(base) && (option === 'Recursive' || !full.slice(base.length).includes('/'))
}
