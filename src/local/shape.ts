import { nearest } from '../messages/nearest.ts'
import { type AwsError, mistyped, validation } from './aws-error.ts'
import { type Input, isInput, lowerFirst } from './input.ts'

/** The rules of the AWS service model for a member of a request. */
export interface Member {
  readonly isRequired?: boolean
  /** Lists the constraints that a value breaks, in the wording of AWS. */
  check(value: unknown, place: Place): readonly string[]
}

/** The place of a member in a request. */
export interface Place {
  /** For example `ssm:PutParameter`. */
  readonly action: string
  /** For example `tags.1.member.key`. */
  readonly path: string
}

/** The members of a request. */
export type Shape = Readonly<Record<string, Member>>

interface Bounds {
  readonly min?: number
  readonly max?: number
}

/**
 * Refuses members that the operation does not read (no member is accepted and then ignored), and values that the service
 * model does not allow.
 *
 * @param action For example `ssm:PutParameter`.
 */
export function checkInput(action: string, input: Input, shape: Shape): void {
  const broken = problemsOf(input, shape, { action, path: '' })
  if (broken.length === 0) return
  throw validation(`${broken.length} validation error${broken.length === 1 ? '' : 's'} detected: ${broken.join('; ')}`)
}

export function required(member: Member): Member {
  return { ...member, isRequired: true }
}

/** Text. A pattern must match the whole text. */
export function textMember({
  pattern,
  isSecret = false,
  ...bounds
}: Bounds & { readonly pattern?: RegExp; readonly isSecret?: boolean } = {}): Member {
  return {
    check: (value, place) => {
      if (typeof value !== 'string') throw mistyped(place.path)
      const rules = boundRules(value.length, bounds)
      if (pattern !== undefined && pattern.exec(value)?.[0] !== value) {
        rules.push(`Member must satisfy regular expression pattern: ${pattern.source}`)
      }
      return rules.map((rule) => sentence(isSecret && value !== '' ? undefined : value, place, rule))
    },
  }
}

/** @param values In the order in which AWS lists them. */
export function choice(...values: readonly string[]): Member {
  const rule = `Member must satisfy enum value set: [${values.join(', ')}]`
  return {
    check: (value, place) => {
      if (typeof value !== 'string') throw mistyped(place.path)
      return values.includes(value) ? [] : [sentence(value, place, rule)]
    },
  }
}

export const flagMember: Member = {
  check: (value, place) => {
    if (typeof value !== 'boolean') throw mistyped(place.path)
    return []
  },
}

export function numberMember(bounds: Bounds = {}): Member {
  return {
    check: (value, place) => {
      if (typeof value !== 'number' || !Number.isInteger(value)) throw mistyped(place.path)
      return boundRules(value, bounds, 'value').map((rule) => sentence(String(value), place, rule))
    },
  }
}

/** A member with only one supported value, its default. */
export function onlyMember(fallback: boolean | string): Member {
  return {
    check: (value, { action, path }) => {
      if (value === fallback) return []
      throw validation(`The local AWS supports only ${fallback} for the member ${path} of ${action}`)
    },
  }
}

/** Bytes, which JSON carries as base64. */
export function bytesMember({ max }: { readonly max: number }): Member {
  return {
    check: (value, place) => {
      if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw mistyped(place.path)
      return boundRules(Buffer.byteLength(value, 'base64'), { min: 1, max }).map((rule) =>
        sentence(undefined, place, rule),
      )
    },
  }
}

/** A time, in seconds since the Unix epoch. */
export const timeMember: Member = {
  check: (value, place) => {
    if (typeof value !== 'number') throw mistyped(place.path)
    return []
  },
}

/** A map of text to text. */
export function textMapMember(bounds: Bounds = {}): Member {
  return {
    check: (value, place) => {
      if (!isInput(value) || !Object.values(value).every((item) => typeof item === 'string')) throw mistyped(place.path)
      return boundRules(Object.keys(value).length, bounds).map((rule) => sentence('{...}', place, rule))
    },
  }
}

/** A map of text to members of one kind. */
export function mapMember(entry: Member): Member {
  return {
    check: (value, place) => {
      if (!isInput(value)) throw mistyped(place.path)
      return Object.entries(value).flatMap(([key, item]) => entry.check(item, within(place, `.${key}.member`)))
    },
  }
}

export function textList(item: Bounds & { readonly pattern?: RegExp }, bounds: Bounds = {}): Member {
  const member = textMember(item)
  return {
    check: (value, place) => {
      if (!Array.isArray(value) || !value.every((text) => typeof text === 'string')) throw mistyped(place.path)
      const shown = `[${value.join(', ')}]`
      const rules = boundRules(value.length, bounds)
      const isBroken = value.some((text) => member.check(text, place).length > 0)
      if (isBroken) rules.push(`Member must satisfy constraint: [${itemRules(item).join(', ')}]`)
      return rules.map((rule) => sentence(shown, place, rule))
    },
  }
}

/** @param textOf Writes an item as AWS does in errors. */
export function list(item: Shape, bounds: Bounds = {}, textOf: (item: Input) => string = () => '...'): Member {
  return {
    check: (value, place) => {
      if (!Array.isArray(value) || !value.every(isInput)) throw mistyped(place.path)
      const rules = boundRules(value.length, bounds)
      const own = rules.map((rule) => sentence(`[${value.map(textOf).join(', ')}]`, place, rule))
      return [
        ...own,
        ...value.flatMap((entry, index) => problemsOf(entry, item, within(place, `.${index + 1}.member.`))),
      ]
    },
  }
}

export function record(members: Shape): Member {
  return {
    check: (value, place) => {
      if (!isInput(value)) throw mistyped(place.path)
      return problemsOf(value, members, within(place, '.'))
    },
  }
}

function problemsOf(input: Input, shape: Shape, parent: Place): string[] {
  const unknown = Object.keys(input).find((member) => !Object.hasOwn(shape, member) && input[member] !== null)
  if (unknown !== undefined) throw unsupported(unknown, shape, parent)
  return Object.entries(shape).flatMap(([name, member]) => {
    const place = within(parent, lowerFirst(name))
    const value = input[name] ?? undefined
    if (value !== undefined) return member.check(value, place)
    return member.isRequired === true ? [sentence('null', place, 'Member must not be null', '')] : []
  })
}

function within({ action, path }: Place, more: string): Place {
  return { action, path: `${path}${more}` }
}

function itemRules({ min, max, pattern }: Bounds & { readonly pattern?: RegExp }): string[] {
  return [
    ...(max === undefined ? [] : [`Member must have length less than or equal to ${max}`]),
    ...(min === undefined ? [] : [`Member must have length greater than or equal to ${min}`]),
    ...(pattern === undefined ? [] : [`Member must satisfy regular expression pattern: ${pattern.source}`]),
  ]
}

function boundRules(
  size: number,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Bounds,
  what = 'length',
): string[] {
  return [
    ...(size > max ? [`Member must have ${what} less than or equal to ${max}`] : []),
    ...(size < min ? [`Member must have ${what} greater than or equal to ${min}`] : []),
  ]
}

// The error for a sensitive member omits the value, as on AWS.
function sentence(value: string | undefined, { path }: Place, rule: string, quote = "'"): string {
  const shown = value === undefined ? 'Value' : `Value ${quote}${value}${quote}`
  return `${shown} at '${path}' failed to satisfy constraint: ${rule}`
}

function unsupported(member: string, shape: Shape, { action, path }: Place): AwsError {
  const close = nearest(member, Object.keys(shape))
  const advice = close === undefined ? 'remove it, or test this against AWS' : `did you mean ${close}?`
  return validation(`The local AWS does not support the member ${path}${member} of ${action}: ${advice}`)
}
