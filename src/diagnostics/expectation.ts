import type { $ZodIssue, $ZodType } from 'zod/v4/core'
import { meaningfulOptions, peel, type SchemaDef } from '../schema/introspect.ts'

/**
 * The expectation of an issue, from its code and limits alone, because zod's message may quote the input. `fallback` is
 * the expectation of the whole leaf.
 */
export function expectationOf(issue: $ZodIssue, fallback: string | undefined): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'integer' : (fallback ?? issue.expected)
    case 'too_small':
      return limit(
        issue.origin,
        issue.exact === true ? 'exactly' : issue.inclusive === false ? 'more than' : 'at least',
        issue.minimum,
      )
    case 'too_big':
      return limit(
        issue.origin,
        issue.exact === true ? 'exactly' : issue.inclusive === false ? 'less than' : 'at most',
        issue.maximum,
      )
    case 'invalid_format':
      return formatOf(issue)
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'invalid_value':
      return oneOf(issue.values)
    default:
      return fallback
  }
}

function limit(origin: string, comparison: string, value: number | bigint): string {
  if (origin === 'string') return `${comparison} ${value} characters`
  if (origin === 'array' || origin === 'set') return `${comparison} ${value} items`
  if (origin === 'date') return `a date ${comparison} ${dateOf(value)}`
  return `a number ${comparison} ${value}`
}

function dateOf(value: number | bigint): string {
  const date = new Date(Number(value))
  return Number.isNaN(date.getTime()) ? 'the limit' : date.toISOString()
}

function formatOf(issue: Extract<$ZodIssue, { code: 'invalid_format' }>): string {
  if (issue.format === 'regex' && issue.pattern !== undefined) return `text that matches ${issue.pattern}`
  if (issue.format === 'starts_with' && 'prefix' in issue)
    return `text that starts with ${JSON.stringify(issue.prefix)}`
  if (issue.format === 'ends_with' && 'suffix' in issue) return `text that ends with ${JSON.stringify(issue.suffix)}`
  if (issue.format === 'includes' && 'includes' in issue) return `text that includes ${JSON.stringify(issue.includes)}`
  return `text in the format ${issue.format}`
}

/** The expectation of a schema for a whole leaf, such as `integer`. */
export function describeSchema(schema: $ZodType): string {
  const { def, annotations } = peel(schema)
  if (annotations.json) return 'JSON'
  switch (def.type) {
    case 'boolean':
      return 'boolean ("true" or "false")'
    case 'number':
      return isInteger(def) ? 'integer' : 'number'
    case 'date':
      return 'date (ISO 8601)'
    case 'array':
    case 'tuple':
      return `${def.type} (a StringList or JSON)`
    case 'enum':
      return oneOf(Object.values(def.entries))
    case 'literal':
      return oneOf(def.values)
    case 'union':
      return [...new Set(meaningfulOptions(def).map(describeSchema))].join(' or ')
    case 'string':
      return describeString(def)
    case 'template_literal':
      return 'string'
    case 'custom':
    case 'any':
    case 'unknown':
    case 'transform':
      return 'text'
    case 'never':
    case 'undefined':
    case 'void':
      return 'nothing'
    default:
      return def.type
  }
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map((value) => (typeof value === 'string' ? JSON.stringify(value) : String(value)))
  return texts.length === 1 ? (texts[0] ?? '') : `one of ${texts.join(', ')}`
}

function describeString(def: SchemaDef): string {
  const format = 'format' in def && typeof def.format === 'string' ? def.format : undefined
  return format === undefined ? 'string' : `string (${format})`
}

function isInteger(def: SchemaDef): boolean {
  const isIntegerFormat = (part: object) => 'format' in part && /int/.test(String(part.format))
  return isIntegerFormat(def) || (def.checks?.some((check) => isIntegerFormat(check._zod.def)) ?? false)
}
