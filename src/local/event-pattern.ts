import { isInput } from './input.ts'

/**
 * Whether an event matches a pattern: lists of values, `prefix`, `suffix`, `anything-but`, `exists`, `$or`, at every
 * depth.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
 */
export function matchesPattern(pattern: object, event: unknown): boolean {
  return Object.entries(pattern).every(([name, wanted]: [string, unknown]) => {
    if (name === '$or' && Array.isArray(wanted)) return wanted.some((one) => isInput(one) && matchesPattern(one, event))
    const value: unknown = isInput(event) && Object.hasOwn(event, name) ? event[name] : undefined
    if (Array.isArray(wanted)) return matchesAny(wanted, value)
    return isInput(wanted) && matchesPattern(wanted, value)
  })
}

function matchesAny(wanted: readonly unknown[], value: unknown): boolean {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return wanted.some((matcher) => values.some((one) => matches(matcher, one)))
}

function matches(matcher: unknown, value: unknown): boolean {
  if (!isInput(matcher)) return matcher === value
  const [[kind, operand] = ['', undefined]] = Object.entries(matcher)
  const text = typeof value === 'string' ? value : undefined
  if (kind === 'exists') return (value !== undefined) === operand
  if (kind === 'prefix') return text?.startsWith(String(operand)) ?? false
  if (kind === 'suffix') return text?.endsWith(String(operand)) ?? false
  if (kind !== 'anything-but') return false
  return value !== undefined && !(Array.isArray(operand) ? operand : [operand]).includes(value)
}
