import type { $ZodIssue, $ZodType } from 'zod/v4/core'
import { meaningfulOptions, peel, type SchemaDef } from '../schema/introspect.ts'

/**
 * The expectation of an issue, from its code and limits alone, because zod's message may quote the input. `fallback` is
 * the expectation of the whole leaf.
 */
export function expectationOf(issue: $ZodIssue, fallback: string | undefined): string | undefined {
  const { code } = issue
  if (code === 'invalid_type') return issue.expected === 'int' ? 'integer' : (fallback ?? issue.expected)
  if (code === 'too_small') return limit(issue, issue.minimum, issue.inclusive === false ? 'more than' : 'at least')
  if (code === 'too_big') return limit(issue, issue.maximum, issue.inclusive === false ? 'less than' : 'at most')
  if (code === 'invalid_format') return formatOf(issue)
  if (code === 'not_multiple_of') return `a multiple of ${issue.divisor}`
  return code === 'invalid_value' ? oneOf(issue.values) : fallback
}

type LimitIssue = Extract<$ZodIssue, { code: 'too_small' | 'too_big' }>

function limit({ origin, exact }: LimitIssue, value: number | bigint, usual: string): string {
  const comparison = exact === true ? 'exactly' : usual
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
  if (def.type === 'number') return isInteger(def) ? 'integer' : 'number'
  if (def.type === 'array' || def.type === 'tuple') return `${def.type} (a StringList or JSON)`
  if (def.type === 'enum') return oneOf(Object.values(def.entries))
  if (def.type === 'literal') return oneOf(def.values)
  if (def.type === 'union') return [...new Set(meaningfulOptions(def).map(describeSchema))].join(' or ')
  const isFormat = def.type === 'string' && 'format' in def && typeof def.format === 'string'
  return isFormat ? `string (${def.format})` : (expectations[def.type] ?? def.type)
}

const expectations: Partial<Record<SchemaDef['type'], string>> = {
  boolean: 'boolean ("true" or "false")',
  date: 'date (ISO 8601)',
  template_literal: 'string',
  custom: 'text',
  any: 'text',
  unknown: 'text',
  transform: 'text',
  never: 'nothing',
  undefined: 'nothing',
  void: 'nothing',
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map((value) => (typeof value === 'string' ? JSON.stringify(value) : String(value)))
  return texts.length === 1 ? (texts[0] ?? '') : `one of ${texts.join(', ')}`
}

function isInteger(def: SchemaDef): boolean {
  const isIntegerFormat = (part: object) => 'format' in part && /int/.test(String(part.format))
  return isIntegerFormat(def) || (def.checks?.some((check) => isIntegerFormat(check._zod.def)) ?? false)
}
