import { compilePattern, type EventPattern, filterLanguage } from './event-pattern.ts'
import { isInput } from './input.ts'
import { jsonFault, parsed } from './json.ts'
import type { MessageAttribute, MessageAttributes } from './message-attributes.ts'
import { PatternError, placeOf } from './pattern-place.ts'

/** The part of a message that a filter policy applies to. */
export type FilterScope = 'MessageAttributes' | 'MessageBody'

const maxKeys = 5
const maxCombinations = 150

/**
 * Compiles a filter policy.
 * @throws PatternError In the wording of AWS.
 * @see https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
 */
export function compileFilter(policyText: string, scope: FilterScope): EventPattern {
  const policy = parsed(policyText)
  if (policy === undefined)
    throw new PatternError(`FilterPolicy: failed to parse JSON. ${jsonFault(policyText)}`.trimEnd())
  const keys = isInput(policy) ? Object.keys(policy) : []
  if (keys.length > maxKeys)
    throw new PatternError(`FilterPolicy: Filter policy can not have more than ${maxKeys} keys`)
  const filter = compiled(policy)
  const isNested = isInput(policy) && keys.some((key) => isInput(policy[key]))
  if (scope === 'MessageAttributes' && isNested) {
    throw new PatternError('Filter policy scope MessageAttributes does not support nested filter policy')
  }
  if (combinationsOf(policy, 1) > maxCombinations) throw new PatternError('FilterPolicy: Filter policy is too complex')
  return filter
}

function compiled(policy: unknown): EventPattern {
  if (!isInput(policy)) throw new PatternError('FilterPolicy: Filter is not an object')
  // Every message passes an empty policy.
  if (Object.keys(policy).length === 0) return { matches: () => true }
  try {
    return compilePattern(policy, filterLanguage)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    // SNS removes spaces from a policy before it parses it.
    throw new PatternError(`FilterPolicy: ${error.message}${placeOf(error, JSON.stringify(policy))}`)
  }
}

/** Whether a message passes a filter. A body that is not a JSON object passes no filter. */
export function passes(
  filter: EventPattern,
  scope: FilterScope,
  message: string,
  attributes: MessageAttributes,
): boolean {
  if (scope === 'MessageAttributes') return filter.matches(valuesOf(attributes))
  const body = parsed(message)
  return isInput(body) && filter.matches(body)
}

// AWS multiplies the number of values of each key, and the depth of the key.
function combinationsOf(policy: unknown, depth: number): number {
  if (!isInput(policy)) return 1
  return Object.entries(policy).reduce((product, [key, wanted]) => {
    if (!Array.isArray(wanted)) return product * combinationsOf(wanted, depth + 1)
    if (key !== '$or') return product * wanted.length * depth
    return product * wanted.reduce((sum: number, one: unknown) => sum + combinationsOf(one, depth), 0)
  }, 1)
}

function valuesOf(attributes: MessageAttributes): object {
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, valueOfAttribute(attribute)]))
}

function valueOfAttribute(attribute: MessageAttribute): unknown {
  if (!('StringValue' in attribute)) return []
  const { DataType: type, StringValue: text } = attribute
  if (type.startsWith('Number')) return Number(text)
  return type === 'String.Array' ? (parsed(text) ?? text) : text
}
