import { isInput } from './input.ts'
import { type Language, type Matcher, matcherOf } from './pattern-matchers.ts'
import { PatternError, under } from './pattern-place.ts'

/** A compiled pattern. */
export interface EventPattern {
  matches(event: unknown): boolean
}

/** The operators of SNS filter policies: https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html */
export const filterLanguage: Language = {
  operators: ['prefix', 'suffix', 'equals-ignore-case', 'anything-but', 'numeric', 'cidr'],
  exclusions: ['prefix'],
}

const eventLanguage: Language = {
  operators: [...filterLanguage.operators, 'wildcard'],
  exclusions: ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'],
}

/**
 * Compiles a pattern.
 *
 * @throws PatternError For a malformed pattern.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export function compilePattern(pattern: unknown, language: Language = eventLanguage): EventPattern {
  if (!isInput(pattern)) throw new PatternError('Filter is not an object', 'start')
  const terms = termsOf(pattern, '', language)
  return { matches: (event) => satisfies(terms, fieldsOf(event), new Map()) }
}

/** A condition of a pattern: on the field at a path, or a list of alternatives. */
type Term =
  | { readonly path: string; readonly matchers: readonly Matcher[] }
  | { readonly alternatives: readonly (readonly Term[])[] }

function termsOf(pattern: object, parent: string, language: Language): readonly Term[] {
  const entries: [string, unknown][] = Object.entries(pattern)
  if (entries.length === 0) throw new PatternError('Empty objects are not allowed', 'end')
  return entries.flatMap(([name, wanted]) => {
    const path = parent === '' ? name : `${parent}.${name}`
    return under(name, () => {
      const each = <T, R>(list: readonly T[], compile: (one: T) => R) =>
        list.map((one, index) => under(index, () => compile(one)))
      if (isAlternative(name, wanted)) return [{ alternatives: each(wanted, (one) => termsOf(one, parent, language)) }]
      if (isInput(wanted)) return termsOf(wanted, path, language)
      if (!Array.isArray(wanted)) throw new PatternError(`"${name}" must be an object or an array`, 'start')
      if (wanted.length === 0) throw new PatternError('Empty arrays are not allowed', 'end')
      return [{ path, matchers: each(wanted, (element) => matcherOf(element, language)) }]
    })
  })
}

// With fewer than two patterns, `$or` is the name of a field.
function isAlternative(name: string, wanted: unknown): wanted is readonly object[] {
  return name === '$or' && Array.isArray(wanted) && wanted.length > 1 && wanted.every(isInput)
}

/** The element of each array that a match uses, by the path of the array. */
type Elements = ReadonlyMap<string, number>

/** A value of an event, and the path of names that leads to it. A dot in a name counts as a level. */
interface Field {
  readonly path: string
  readonly value: unknown
  readonly elements: Elements
}

function fieldsOf(value: unknown, path = '', elements: Elements = new Map()): readonly Field[] {
  if (Array.isArray(value)) {
    return value.flatMap((element: unknown, index) => {
      return fieldsOf(
        element,
        path,
        isInput(element) ? new Map(elements).set(arrayId(path, elements), index) : elements,
      )
    })
  }
  if (!isInput(value)) return [{ path, value, elements }]
  return Object.entries(value).flatMap(([name, inner]) => {
    return fieldsOf(inner, path === '' ? name : `${path}.${name}`, elements)
  })
}

// If an array contains arrays, one path leads to several arrays.
function arrayId(path: string, elements: Elements): string {
  return [path, ...elements].join('/')
}

// Fields below one array must match in the same element of the array.
function satisfies([term, ...rest]: readonly Term[], fields: readonly Field[], chosen: Elements): boolean {
  if (term === undefined) return true
  if ('alternatives' in term) return term.alternatives.some((terms) => satisfies([...terms, ...rest], fields, chosen))
  const found = fields.filter(({ path }) => path === term.path)
  return term.matchers.some((matcher) => {
    if (matcher.isAbsent) return found.length === 0 && satisfies(rest, fields, chosen)
    return found.some(({ value, elements }) => {
      return (
        matcher.matches(value) && agree(elements, chosen) && satisfies(rest, fields, new Map([...chosen, ...elements]))
      )
    })
  })
}

function agree(elements: Elements, chosen: Elements): boolean {
  return [...elements].every(([array, index]) => (chosen.get(array) ?? index) === index)
}
