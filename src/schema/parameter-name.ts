import { isArn, parseArn } from './arn.ts'
import { isSegment } from './naming.ts'

/** A name or ARN without its selector, and the selector. */
export interface SelectedName {
  readonly name: string
  /** A version (`3`) or a label (`live`). */
  readonly selector?: string
}

/** Splits `/app/port:3` into `/app/port` and `3`. */
export function splitSelector(text: string): SelectedName {
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

/** Whether a parameter can have this name, without a selector. */
export function isParameterName(name: string): boolean {
  return !name.includes(':') && whyNeverStored(name) === undefined
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
  return whyNotSegments(kind === 'branch' ? name.replace(/\/$/, '') : name)
}

/** The reason why no parameter can be stored with a full name. */
export function whyNeverStored(name: string): string | undefined {
  if (isOrdinaryName(name)) return undefined
  if (name.length > maxNameLength)
    return `its name would have ${name.length} characters, and the limit is ${maxNameLength}`
  return whyNotAName(name, 'leaf')
}

const maxNameLength = 1_011
const referencePrefix = '/aws/reference/'

// One test that is enough for nearly all names: a configuration may have ten thousand.
function isOrdinaryName(name: string): boolean {
  return /^(?:\/[\w.-]+){1,15}$/.test(name) && name.length <= maxNameLength && !name.startsWith(referencePrefix)
}

function whyNotAnArn(name: string): string | undefined {
  const { service, resource = '', isComplete } = parseArn(name) ?? {}
  if (service === 'secretsmanager') return 'it is the ARN of a secret: declare it with secret(id, schema)'
  const isParameter = service === 'ssm' && isComplete === true && /^parameter\/[\w./-]+$/.test(resource)
  return isParameter ? undefined : 'it is not the ARN of a parameter (arn:aws:ssm:<region>:<account>:parameter/<name>)'
}

function whyNotSegments(name: string): string | undefined {
  const segments = name.replace(/^\//, '').split('/')
  if (!segments.every(isSegment)) {
    return 'its segments may hold letters, digits, dots, dashes and underscores only, with single slashes between them'
  }
  if (name.startsWith(referencePrefix)) return 'it is a reference to a secret: declare it with secret(id, schema)'
  return segments.length > 15 ? 'it has more than 15 levels, the limit of Parameter Store' : undefined
}
