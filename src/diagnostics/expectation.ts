import type { $ZodIssue } from 'zod/v4/core'
import { oneOf } from '../schema/introspect.ts'

/**
 * What zod expected, told from an issue's code and limits alone: its message quotes the input.
 * `fallback` is what the schema says of the whole leaf.
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
