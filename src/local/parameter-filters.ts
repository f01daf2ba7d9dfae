import { AwsError } from './aws-error.ts'
import { type Input, isInput, optionalText, text, texts } from './input.ts'
import { type ParameterLife, type ParameterVersion, versionsAt, withSlash } from './stored-parameters.ts'

/** A filter of GetParametersByPath. */
export interface Filter {
  readonly key: string
  readonly option: string
  readonly values: readonly string[]
}

export function filtersOf(input: Input): Filter[] {
  const filters = Array.isArray(input.ParameterFilters) ? input.ParameterFilters.filter(isInput) : []
  return filters.map((filter) => {
    const key = text(filter, 'Key')
    const option = optionalText(filter, 'Option') ?? 'Equals'
    if (!['Type', 'KeyId', 'Label'].includes(key)) {
      const message = `The following filter key is not valid: ${key}. Valid filter keys include: [Type, KeyId, Label].`
      throw new AwsError('InvalidFilterKey', message)
    }
    if (!['Equals', 'BeginsWith'].includes(option) || (key === 'Label' && option !== 'Equals')) {
      throw new AwsError('InvalidFilterOption', `The following filter option is not valid: ${option}.`)
    }
    const values = texts(filter, 'Values')
    if (values.length === 0) throw new AwsError('InvalidFilterValue', 'The filter value is not valid.')
    return { key, option, values }
  })
}

export function passes(
  life: ParameterLife,
  version: ParameterVersion,
  { key, option, values }: Filter,
  readAt: number,
): boolean {
  const own =
    key === 'Type'
      ? [version.type]
      : key === 'KeyId'
        ? [version.keyId ?? '']
        : life.labels.labelsOf(version.version, readAt)
  return own.some((item) => values.some((value) => (option === 'BeginsWith' ? item.startsWith(value) : item === value)))
}

/** What DescribeParameters lists. */
export function describable(lives: readonly ParameterLife[], input: Input, readAt: number): ParameterLife[] {
  const filters = Array.isArray(input.ParameterFilters) ? input.ParameterFilters.filter(isInput) : []
  return lives.filter((life) => filters.every((filter) => isDescribed(life, filter, readAt)))
}

function isDescribed(life: ParameterLife, filter: Input, readAt: number): boolean {
  const values = texts(filter, 'Values')
  const option = optionalText(filter, 'Option') ?? 'Equals'
  const key = text(filter, 'Key')
  if (key === 'Name') {
    return values.some((value) => (option === 'BeginsWith' ? life.name.startsWith(value) : life.name === value))
  }
  if (key === 'Path') return values.some((value) => isAtPath(life.name, value, option))
  const latest = versionsAt(life, readAt).at(-1)
  if (key === 'Type') return values.includes(latest?.type ?? '')
  if (key === 'Tier') return values.includes(latest?.tier ?? '')
  throw new AwsError('InvalidFilterKey', 'The specified key is not valid.')
}

function isAtPath(name: string, path: string, option: string): boolean {
  const base = `${path.replace(/\/$/, '')}/`
  const full = withSlash(name)
  if (!['Recursive', 'OneLevel', 'Equals'].includes(option)) {
    throw new AwsError('InvalidFilterOption', `The following filter option is not valid: ${option}.`)
  }
  return full.startsWith(base) && (option === 'Recursive' || !full.slice(base.length).includes('/'))
}
