import type { $ZodType } from 'zod/v4/core'
import type { ParameterType } from '../ports.ts'
import { meaningfulOptions, peel, type SchemaDef } from '../schema/introspect.ts'

export { describeSchema } from '../diagnostics/expectation.ts'

/** Why a data type of Parameter Store and the schema of a leaf disagree; `undefined` if they agree. */
export function disagreement(
  schema: $ZodType,
  { type, dataType }: { readonly type: ParameterType; readonly dataType: string },
): string | undefined {
  const expected = expectationOf(schema, type)
  if (expected === undefined || dataType === 'text' || expected.fits.includes(dataType)) return undefined
  return `the data type ${dataType} does not fit the schema, which expects ${expected.what}`
}

/** What the schema expects, and the data types whose values always have its form. */
interface Expectation {
  readonly what: string
  readonly fits: readonly string[]
}

const json: Expectation = { what: 'JSON', fits: ['json', 'aws:ssm:integration'] }

// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-data-types.html
const byType: Readonly<Record<string, Expectation>> = {
  number: { what: 'a number', fits: ['integer', 'float'] },
  int: { what: 'an integer', fits: ['integer'] },
  bigint: { what: 'an integer', fits: ['integer', 'aws:account:id'] },
  boolean: { what: 'a boolean', fits: ['boolean'] },
  date: { what: 'a date', fits: [] },
}

// A text without a format may have every data type.
const byFormat: Readonly<Record<string, Expectation>> = {
  url: { what: 'a URL', fits: ['url'] },
  email: { what: 'an email address', fits: ['email'] },
  ipv4: { what: 'an IPv4 address', fits: ['ipv4-address'] },
  ipv6: { what: 'an IPv6 address', fits: ['ipv6-address'] },
  hostname: { what: 'a host name', fits: ['hostname', 'ipv4-address'] },
  base64: { what: 'base64', fits: ['binary'] },
  json_string: { what: 'JSON', fits: json.fits },
  datetime: { what: 'a date and time', fits: [] },
  date: { what: 'a date', fits: [] },
  uuid: { what: 'a UUID', fits: [] },
}

function expectationOf(schema: $ZodType, type: ParameterType): Expectation | undefined {
  const { schema: peeled, def, annotations } = peel(schema)
  if (annotations.json === true) return json
  if (def.type === 'string') {
    const format = formatOf(peeled, def)
    return format === undefined ? undefined : byFormat[format]
  }
  if (def.type === 'number') return formatOf(peeled, def)?.includes('int') === true ? byType.int : byType.number
  if (def.type === 'array') return type === 'StringList' ? expectationOf(def.element, 'String') : json
  if (def.type === 'tuple' || def.type === 'set' || def.type === 'map') return type === 'StringList' ? undefined : json
  if (def.type === 'literal' || def.type === 'enum')
    return ofValues(def.type === 'enum' ? Object.values(def.entries) : def.values)
  if (def.type === 'union') return ofMembers(meaningfulOptions(def).map((option) => expectationOf(option, type)))
  return byType[def.type]
}

/** The format of `z.url()`, or of a check such as `z.number().int()`. */
function formatOf(schema: $ZodType, def: SchemaDef): string | undefined {
  if ('format' in def && typeof def.format === 'string') return def.format
  const formats = def.checks?.flatMap((check) => {
    const own = check._zod.def
    return 'format' in own && typeof own.format === 'string' ? own.format : []
  })
  return formats?.[0] ?? (schema._zod.bag.format as string | undefined)
}

function ofValues(values: readonly unknown[]): Expectation | undefined {
  if (values.every((value) => typeof value === 'number')) return byType.number
  return values.every((value) => typeof value === 'boolean') ? byType.boolean : undefined
}

// A union takes every data type that one of its members takes.
function ofMembers(members: readonly (Expectation | undefined)[]): Expectation | undefined {
  const known = members.flatMap((member) => member ?? [])
  if (known.length === 0 || known.length < members.length) return undefined
  return { what: [...new Set(known.map(({ what }) => what))].join(' or '), fits: known.flatMap(({ fits }) => fits) }
}

/** What stands for a text that is not shown. */
export const placeholder = 'change-me'

/** A value that has the form of a schema. */
export function placeholderFor(schema: $ZodType): unknown {
  const { def } = peel(schema)
  switch (def.type) {
    case 'object':
      return Object.fromEntries(Object.entries(def.shape).map(([name, own]) => [name, placeholderFor(own)]))
    case 'record':
      return {}
    case 'number':
      return 0
    case 'boolean':
      return false
    case 'array':
      return []
    case 'enum':
      return Object.values(def.entries)[0]
    case 'literal':
      return def.values[0]
    case 'union':
      return def.options[0] === undefined ? placeholder : placeholderFor(def.options[0])
    default:
      return placeholder
  }
}
