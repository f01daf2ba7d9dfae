import { isArn, parseArn } from './arn.ts'

/** The rule that spells a key of the schema as a segment of a parameter name. */
export type Naming = 'exact' | 'kebab-case' | 'snake_case' | 'PascalCase' | ((key: string) => string)

export type NamingRule = Exclude<Naming, (key: string) => string>

const rules: Record<NamingRule, (key: string) => string> = {
  exact: (key) => key,
  'kebab-case': (key) => wordsOf(key).join('-').toLowerCase(),
  snake_case: (key) => wordsOf(key).join('_').toLowerCase(),
  PascalCase: (key) =>
    wordsOf(key)
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(''),
}

export const namingRules: readonly NamingRule[] = Object.keys(rules) as NamingRule[]

/** The segment for a key. */
export function spell(key: string, naming: Naming): string {
  return typeof naming === 'function' ? naming(key) : rules[naming](key)
}

/**
 * Whether Parameter Store accepts this segment in a name.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
export function isSegment(segment: unknown): segment is string {
  return typeof segment === 'string' && /^[\w.-]+$/.test(segment)
}

/** Segments that would reach into a prototype when they become keys. */
export function isForbiddenSegment(segment: string): boolean {
  return segment === '__proto__' || segment === 'constructor' || segment === 'prototype'
}

/** The segments of a full or relative name. */
export function segmentsOf(name: string): string[] {
  return name.split('/').filter((segment) => segment !== '')
}

/** The full name for segments below a path; without segments, the path. */
export function joinName(path: string, segments: readonly string[]): string {
  return segments.length === 0 ? path : `${path === '/' ? '' : path}/${segments.join('/')}`
}

/** Whether a full name, or a path, lies below a path. */
export function isBelow(name: string, path: string): boolean {
  return path === '/' ? name !== '/' : name.startsWith(`${path}/`)
}

/** Splits `/app/port:3` into the name or ARN `/app/port` and the selector `3`, which is a version or a label. */
export function splitSelector(text: string): { readonly name: string; readonly selector?: string } {
  const [, name = text, selector] = /^((?:arn:[^/]*)?[^:]*)(?::(.*))?$/s.exec(text) ?? []
  return selector === undefined ? { name } : { name, selector }
}

/** The name to request: with the label of its hierarchy, if that has one. */
export function askedName({ label }: { readonly label?: string }, name: string): string {
  return label === undefined ? name : `${name}:${label}`
}

/** A name with its leading slash, which AWS omits for some names at the root. */
export function fullName(name: string): string {
  return name.startsWith('/') || isArn(name) ? name : `/${name}`
}

/** The full name of a parameter that is named by its name or ARN. */
export function fullNameIn(nameOrArn: string): string {
  // arn:aws:ssm:eu-west-1:123456789012:parameter/shop/port is /shop/port
  const [, path = nameOrArn] = /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter(\/.*)$/.exec(nameOrArn) ?? []
  return fullName(path)
}

/** The full name of a parameter that is requested by name or ARN, with or without a version or label. */
export function parameterIn(requested: string): string {
  return fullNameIn(splitSelector(requested).name)
}

/** Whether a parameter can have this name, without a selector. */
export function isParameterName(name: string): boolean {
  return !name.includes(':') && whyNeverStored(name) === undefined
}

const maxNameLength = 1_011
const referencePrefix = '/aws/reference/'

/** The reason why no parameter can be stored with a full name. */
export function whyNeverStored(name: string): string | undefined {
  if (name.length > maxNameLength)
    return `its name would have ${name.length} characters, and the limit is ${maxNameLength}`
  // One test that is enough for nearly all names: a configuration may have ten thousand.
  const isOrdinary = /^(?:\/[\w.-]+){1,15}$/.test(name) && !name.startsWith(referencePrefix)
  return isOrdinary ? undefined : whyNotAName(name, 'leaf')
}

/**
 * The reason why Parameter Store accepts no parameter, or for a `branch` no path, with this name.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
export function whyNotAName(text: string, kind: 'leaf' | 'branch'): string | undefined {
  const { name, selector } = splitSelector(text)
  if (selector !== undefined && !/^([1-9]\d*|[A-Za-z_.-][\w.-]{0,99})$/.test(selector)) {
    return `${JSON.stringify(selector)} is neither a version nor a label`
  }
  if (kind === 'branch' && (selector !== undefined || isArn(name))) {
    return 'around an object it must be a path, without a version, a label or an ARN'
  }
  if (isArn(name)) return whyNotAnArn(name)
  const segments = (kind === 'branch' ? name.replace(/\/$/, '') : name).replace(/^\//, '').split('/')
  if (!segments.every(isSegment)) {
    return 'its segments may hold letters, digits, dots, dashes and underscores only, with single slashes between them'
  }
  if (name.startsWith(referencePrefix)) return 'it is a reference to a secret: declare it with secret(id, schema)'
  return segments.length > 15 ? 'it has more than 15 levels, the limit of Parameter Store' : undefined
}

function whyNotAnArn(name: string): string | undefined {
  const { service, resource = '', isComplete } = parseArn(name) ?? {}
  if (service === 'secretsmanager') return 'it is the ARN of a secret: declare it with secret(id, schema)'
  const isParameter = service === 'ssm' && isComplete === true && /^parameter\/[\w./-]+$/.test(resource)
  return isParameter ? undefined : 'it is not the ARN of a parameter (arn:aws:ssm:<region>:<account>:parameter/<name>)'
}

function wordsOf(key: string): string[] {
  return key.split(/[_-]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/).filter((word) => word !== '')
}
