import { BlockList, isIP as ipVersion } from 'node:net'
import { type Input, isInput } from './input.ts'
import { PatternError, under } from './pattern-place.ts'
import { matchesParts } from './policy.ts'

/** Whether a value of an event (text, a number, a boolean or null) matches. */
export type ValueMatcher = (value: unknown) => boolean

/** A compiled element of a list: it matches a value, or the absence of the field. */
export type Matcher = { readonly isAbsent: true } | { readonly isAbsent: false; readonly matches: ValueMatcher }

/** The operators of patterns, and the operators inside `anything-but`. Every language has `exists` too. */
export interface Language {
  readonly operators: readonly string[]
  readonly exclusions: readonly string[]
}

/**
 * Compiles an element of a list: a value, or an object with one operator.
 * @throws PatternError
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function matcherOf(element: unknown, language: Language): Matcher {
  if (!isInput(element)) return present(literal(element))
  const [operator, operand] = only(element)
  return under(operator, () => {
    if (operator === 'exists') return existence(operand)
    const compile = language.operators.includes(operator) ? operators[operator] : undefined
    if (compile === undefined) throw new PatternError(`Unrecognized match type ${operator}`, 'start')
    return present(compile(operand, language))
  })
}

function existence(operand: unknown): Matcher {
  if (typeof operand === 'boolean') return operand ? present(() => true) : { isAbsent: true }
  throw new PatternError('exists match pattern must be either true or false.', 'start')
}

function present(matches: ValueMatcher): Matcher {
  return { isAbsent: false, matches }
}

const operators: Readonly<Record<string, (operand: unknown, language: Language) => ValueMatcher>> = {
  prefix: (operand) => affix('prefix', operand),
  suffix: (operand) => affix('suffix', operand),
  'equals-ignore-case': (operand) => equalsIgnoreCase(textOf(operand, 'equals-ignore-case')),
  wildcard: (operand) => wildcard(textOf(operand, 'wildcard')),
  'anything-but': (operand, language) => anythingBut(operand, language),
  numeric: (operand) => numeric(operand),
  cidr: (operand) => cidr(textOf(operand, 'prefix')),
}

function literal(wanted: unknown): ValueMatcher {
  if (typeof wanted === 'object' && wanted !== null) {
    throw new PatternError('Match value must be String, number, true, false, or null', 'start')
  }
  return (value) => value === wanted
}

type Affix = 'prefix' | 'suffix'

function affix(kind: Affix, operand: unknown): ValueMatcher {
  if (!isInput(operand)) return hasAffix(kind, textOf(operand, kind))
  const [operator, given] = only(operand)
  const text = under(operator, () => {
    if (operator !== 'equals-ignore-case') throw new PatternError(`Unsupported ${kind} pattern: ${operator}`, 'start')
    return textOf(given, 'equals-ignore-case')
  })
  const matches = hasAffix(kind, text.toLowerCase())
  return (value) => typeof value === 'string' && matches(value.toLowerCase())
}

function hasAffix(kind: Affix, text: string): ValueMatcher {
  return (value) => typeof value === 'string' && (kind === 'prefix' ? value.startsWith(text) : value.endsWith(text))
}

function equalsIgnoreCase(text: string): ValueMatcher {
  const wanted = text.toLowerCase()
  return (value) => typeof value === 'string' && value.toLowerCase() === wanted
}

/** `*` stands for any characters; a backslash takes the meaning from the `*` or backslash that follows it. */
function wildcard(text: string): ValueMatcher {
  const parts = ['']
  for (const { 0: token, index } of text.matchAll(/\\[*\\]|[\s\S]/g)) {
    if (token === '\\') throw new PatternError(`Invalid escape character at pos ${index}`, 'end')
    if (token !== '*') parts.push(`${parts.pop()}${token.slice(-1)}`)
    else if (index > 0 && text[index - 1] === '*' && parts.at(-1) === '') {
      throw new PatternError(`Consecutive wildcard characters at pos ${index}`, 'end')
    } else parts.push('')
  }
  if (isTooComplex(parts)) {
    throw new PatternError(
      'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
    )
  }
  return (value) => typeof value === 'string' && matchesParts(parts, value)
}

// The measure of AWS is unknown: this one counts how often the same text follows a wildcard.
function isTooComplex([, ...parts]: readonly string[]): boolean {
  return parts.some((part) => parts.filter((other) => other === part).length > 3)
}

function anythingBut(operand: unknown, language: Language): ValueMatcher {
  const excluded = isInput(operand) ? excludedBy(operand, language) : excludedValues(operand)
  return (value) => !excluded.some((matches) => matches(value))
}

function excludedValues(operand: unknown): readonly ValueMatcher[] {
  const isListed = Array.isArray(operand)
  const values: readonly unknown[] = isListed ? nonEmpty(operand) : [operand]
  const wrong = values.findIndex((value) => typeof value !== 'string' && typeof value !== 'number')
  if (wrong >= 0) {
    throw isListed
      ? new PatternError('Inside anything but list, start|null|boolean is not supported.', 'start', wrong)
      : new PatternError('Value of anything-but must be an array or single string/number value.', 'start')
  }
  if (new Set(values.map((value) => typeof value)).size > 1) {
    throw new PatternError(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
      'end',
    )
  }
  return values.map(literal)
}

function excludedBy(operand: Input, language: Language): readonly ValueMatcher[] {
  const [operator, given] = only(operand)
  return under(operator, () => {
    const compile = language.exclusions.includes(operator) ? exclusions[operator] : undefined
    if (compile === undefined) throw new PatternError(`Unsupported anything-but pattern: ${operator}`, 'start')
    if (isInput(given)) {
      throw new PatternError('Value of anything-but must be an array or single string/number value.', 'start')
    }
    if (!Array.isArray(given)) return [compile(given, language)]
    return nonEmpty(given).map((item, index) => under(index, () => compile(item, language)))
  })
}

const exclusions: Readonly<Record<string, (text: unknown, language: Language) => ValueMatcher>> = {
  prefix: (text, language) => hasAffix('prefix', affixText(text, language)),
  suffix: (text, language) => hasAffix('suffix', affixText(text, language)),
  'equals-ignore-case': (text) => {
    if (typeof text === 'string') return equalsIgnoreCase(text)
    throw new PatternError(
      'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
      'start',
    )
  },
  wildcard: (text) => wildcard(textOf(text, 'wildcard')),
}

function affixText(text: unknown, { exclusions: known }: Language): string {
  const affixes = ['prefix', 'suffix'].filter((affix) => known.includes(affix)).join('/')
  if (typeof text !== 'string') throw new PatternError(`${affixes} match pattern must be a string`, 'start')
  if (text === '') throw new PatternError(`Null ${affixes} not allowed`, 'end')
  return text
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}

/** One comparison, or a lower bound followed by an upper one. */
function numeric(operand: unknown): ValueMatcher {
  if (!Array.isArray(operand)) throw new PatternError('Value of numeric must be an array.', 'start')
  const [first, bottom, second, top, ...rest]: readonly unknown[] = operand
  if (operand.length === 0) throw new PatternError('Invalid member in numeric match: ]', 'end')
  const low = under(0, () => comparison(first, bottom))
  if (operand.length <= 2) return (value) => typeof value === 'number' && low(value)
  if (first !== '>' && first !== '>=') throw new PatternError('Too many elements in numeric expression', 'start', 2)
  if (typeof second !== 'string') throw new PatternError(`Bad value in numeric range: ${String(second)}`, 'start', 2)
  if (second !== '<' && second !== '<=') throw new PatternError(`Bad numeric range operator: ${second}`, 'end', 2)
  const high = under(2, () => comparison(second, top))
  if (rest.length > 0) throw new PatternError('Too many terms in numeric range expression', 'next', 3)
  if (Number(bottom) >= Number(top)) throw new PatternError('Bottom must be less than top', 'next', 3)
  return (value) => typeof value === 'number' && low(value) && high(value)
}

function comparison(operator: unknown, bound: unknown): (value: number) => boolean {
  if (typeof operator !== 'string') {
    throw new PatternError(`Invalid member in numeric match: ${String(operator)}`, 'start')
  }
  const compare = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined
  if (compare === undefined) throw new PatternError(`Unrecognized numeric range operator: ${operator}`, 'next')
  if (typeof bound !== 'number') {
    throw new PatternError(`Value of ${operator === '=' ? 'equals' : operator} must be numeric`, 'next')
  }
  return (value) => compare(value, bound)
}

function cidr(text: string): ValueMatcher {
  const [address = '', bits = '', ...more] = text.split('/')
  if (!text.includes('/') || more.length > 0) throw new PatternError("Malformed CIDR, one '/' required")
  if (!/^\d+$/.test(bits)) throw new PatternError('Malformed CIDR, mask bits must be an integer')
  const version = ipVersion(address)
  if (version === 0) throw new PatternError(`Nonstandard IP address: ${address}`)
  const maxBits = version === 4 ? 32 : 128
  if (Number(bits) > maxBits) throw new PatternError(`IPv${version} mask bits must be < ${maxBits + 1}`)
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const block = new BlockList()
  block.addSubnet(address, Number(bits), family)
  return (value) => typeof value === 'string' && ipVersion(value) === version && block.check(value, family)
}

function textOf(operand: unknown, operator: string): string {
  if (typeof operand !== 'string') throw new PatternError(`${operator} match pattern must be a string`, 'start')
  return operand
}

function nonEmpty(list: readonly unknown[]): readonly unknown[] {
  if (list.length === 0) throw new PatternError('Empty arrays are not allowed', 'end')
  return list
}

/** The one entry of an object. */
function only(object: Input): readonly [string, unknown] {
  const [entry, second] = Object.entries(object)
  if (entry === undefined) throw new PatternError('Match expression name not found', 'end')
  if (second !== undefined) throw new PatternError('Only one key allowed in match expression', 'start', second[0])
  return entry
}
