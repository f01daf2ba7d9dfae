import { isSegment } from './naming.ts'

/** A name or ARN, and what follows it after a colon. */
export interface SelectedName {
  readonly name: string
  /** A version (`3`) or a label (`live`). */
  readonly selector?: string
}

/** `/app/port:3` → `/app/port` and `3`. The colons of an ARN are its own. */
export function splitSelector(text: string): SelectedName {
  const [, name = text, selector] = /^((?:arn:[^/]*)?[^:]*)(?::(.*))?$/s.exec(text) ?? []
  return selector === undefined ? { name } : { name, selector }
}

/** How a name is asked for, so that it comes at the version that carries the label. */
export function askedName({ label }: { readonly label?: string }, name: string): string {
  return label === undefined ? name : `${name}:${label}`
}

/** Root-level names are known with and without their slash: here they always have it. */
export function fullName(name: string): string {
  return name.startsWith('/') || name.startsWith('arn:') ? name : `/${name}`
}

/** Whether a parameter may have this name, without a selector. Its ARN may be up to 1,011 characters long. */
export function isParameterName(name: string): boolean {
  return !name.includes(':') && whyNeverStored(name) === undefined
}

/**
 * Why Parameter Store cannot know a parameter, or a path for `branch`, by this name.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
export function whyNotAName(text: string, kind: 'leaf' | 'branch'): string | undefined {
  const { name, selector } = splitSelector(text)
  if (selector !== undefined && !/^([1-9]\d*|[A-Za-z_.-][\w.-]{0,99})$/.test(selector)) {
    return `${JSON.stringify(selector)} is neither a version nor a label`
  }
  if (kind === 'branch' && (selector !== undefined || name.startsWith('arn:'))) {
    return 'around an object it has to be a path, without a version, a label or an ARN'
  }
  if (name.startsWith('arn:')) return whyNotAnArn(name)
  return whyNotSegments(kind === 'branch' ? name.replace(/\/$/, '') : name)
}

/** Why no parameter can ever be stored under a full name. */
export function whyNeverStored(name: string): string | undefined {
  if (isOrdinaryName(name)) return undefined
  if (name.length > maxNameLength)
    return `its name would have ${name.length} characters, and ${maxNameLength} is the limit`
  return whyNotAName(name, 'leaf')
}

const maxNameLength = 1_011
const referencePrefix = '/aws/reference/'

// One test for what nearly all names are, as a configuration may have ten thousand of them.
function isOrdinaryName(name: string): boolean {
  return /^(?:\/[\w.-]+){1,15}$/.test(name) && name.length <= maxNameLength && !name.startsWith(referencePrefix)
}

function whyNotAnArn(name: string): string | undefined {
  if (/^arn:[^:]*:secretsmanager:/.test(name)) return 'it is the ARN of a secret, which secret(id, schema) declares'
  return /^arn:aws[\w-]*:ssm:[\w-]+:\d{12}:parameter\/[\w./-]+$/.test(name)
    ? undefined
    : 'it is not the ARN of a parameter (arn:aws:ssm:<region>:<account>:parameter/<name>)'
}

function whyNotSegments(name: string): string | undefined {
  const segments = name.replace(/^\//, '').split('/')
  if (!segments.every(isSegment)) {
    return 'its segments have to be letters, digits, dots, dashes and underscores, with single slashes between them'
  }
  if (name.startsWith(referencePrefix)) return 'references to secrets are declared with secret(id, schema)'
  return segments.length > 15 ? 'it has more than the 15 levels that Parameter Store allows' : undefined
}
