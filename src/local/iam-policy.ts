import { parsedObject } from './json.ts'

/** A call, as a policy sees it. */
export interface PolicyCall {
  readonly action: string
  /** The ARN of the resource; `*` for an action without one. */
  readonly resource: string
  /** The values of condition keys, such as `kms:ViaService`. */
  readonly conditions: Readonly<Record<string, string>>
}

/** A policy document that was checked. */
export interface AttachedPolicy {
  /** @returns `undefined` if no statement applies to the call. */
  decide(call: PolicyCall): 'Allow' | 'Deny' | undefined
}

interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly conditions: readonly Condition[]
}

interface Condition {
  readonly key: string
  readonly values: readonly string[]
  readonly isMet: (pattern: string, value: string) => boolean
}

const operators: Readonly<Record<string, Condition['isMet']>> = {
  StringEquals: (wanted, value) => wanted === value,
  StringLike: isLike,
  ArnEquals: isLike,
  ArnLike: isLike,
}

/**
 * Checks a policy document of IAM.
 *
 * @param document The document, or its JSON text.
 * @param caller The function that is named in errors.
 * @throws TypeError For an element that the local AWS does not support: it would decide otherwise than IAM.
 */
export function readPolicy(document: unknown, caller: string): AttachedPolicy {
  const { Version, Id: _, Statement, ...others } = objectIn(document, `${caller}: the policy`)
  if (Version !== '2012-10-17') throw new TypeError(`${caller}: Version must be 2012-10-17`)
  refuseOthers(others, `${caller}: the policy`)
  const statements = [Statement].flat().map((statement, index) => readStatement(statement, index, caller))
  return {
    decide(call) {
      const applying = statements.filter((statement) => applies(statement, call))
      return applying.find(({ effect }) => effect === 'Deny')?.effect ?? applying[0]?.effect
    },
  }
}

function readStatement(given: unknown, index: number, caller: string): Statement {
  const { Sid, Effect, Action, Resource, Condition = {}, ...others } = objectIn(given, `${caller}: Statement[${index}]`)
  const place = `${caller}: statement ${typeof Sid === 'string' ? Sid : index}`
  refuseOthers(others, place)
  if (Effect !== 'Allow' && Effect !== 'Deny') throw new TypeError(`${place}: Effect must be Allow or Deny`)
  const actions = textsIn(Action, `${place}: Action`).map((action) => action.toLowerCase())
  const resources = textsIn(Resource, `${place}: Resource`)
  const conditions = Object.entries(objectIn(Condition, `${place}: Condition`)).flatMap(([operator, keys]) => {
    const isMet = operators[operator]
    if (isMet === undefined) {
      const known = Object.keys(operators).join(', ')
      throw new TypeError(`${place}: the local AWS does not support the condition ${operator}: use ${known}`)
    }
    return Object.entries(objectIn(keys, `${place}: ${operator}`)).map(([key, values]) => {
      return { key: key.toLowerCase(), values: textsIn(values, `${place}: ${key}`), isMet }
    })
  })
  return { effect: Effect, actions, resources, conditions }
}

function applies({ actions, resources, conditions }: Statement, call: PolicyCall): boolean {
  // The keys of conditions and the actions ignore case.
  const given = new Map(Object.entries(call.conditions).map(([key, value]) => [key.toLowerCase(), value]))
  return (
    actions.some((pattern) => isLike(pattern, call.action.toLowerCase())) &&
    resources.some((pattern) => isLike(pattern, call.resource)) &&
    conditions.every(({ key, values, isMet }) => {
      const value = given.get(key)
      return value !== undefined && values.some((pattern) => isMet(pattern, value))
    })
  )
}

/** Whether a text matches a pattern of IAM: `*` is any text, `?` any one character. */
export function isLike(pattern: string, text: string): boolean {
  let [at, from] = [0, 0]
  let [star, mark] = [-1, 0]
  while (from < text.length) {
    if (pattern[at] === '*') {
      star = at++
      mark = from
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[from])) {
      at++
      from++
    } else if (star !== -1) {
      at = star + 1
      from = ++mark
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}

function objectIn(given: unknown, place: string): Readonly<Record<string, unknown>> {
  const value = typeof given === 'string' ? parsedObject(given) : given
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new TypeError(`${place} must be an object`)
}

function textsIn(given: unknown, place: string): string[] {
  const texts = [given].flat()
  if (texts.length > 0 && texts.every((text) => typeof text === 'string')) return texts
  throw new TypeError(`${place} must be a string or a list of strings`)
}

function refuseOthers(others: object, place: string): void {
  const [name] = Object.keys(others)
  if (name !== undefined) throw new TypeError(`${place}: the local AWS does not support ${name} in a policy`)
}
