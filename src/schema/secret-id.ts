import type { SecretRequest } from '../ports.ts'

/** Names under which Parameter Store hands out secrets. */
export const referencePrefix = '/aws/reference/secretsmanager/'

/** A pointer to a secret that stands in the place of a value. */
export interface ValueReference {
  readonly secret: SecretRequest
  /** The key of a JSON secret that is meant. */
  readonly jsonKey?: string
}

/**
 * `prod/db`, `prod/db:AWSPREVIOUS`, or a full secret ARN, optionally followed by a selector.
 * `undefined` when it is none of these.
 */
export function parseSecretId(text: string): Omit<SecretRequest, 'binary'> | undefined {
  return text.startsWith('arn:') ? parseArn(text) : parseName(text)
}

/** Whether a stored text has the form of a reference. */
export function isReference(text: string): boolean {
  return text.startsWith(referencePrefix)
}

/** `/aws/reference/secretsmanager/<id>[:<selector>][#<json key>]`; `undefined` when the rest is malformed. */
export function parseReference(text: string): ValueReference | undefined {
  const hash = text.indexOf('#')
  const id = parseName(text.slice(referencePrefix.length, hash === -1 ? undefined : hash))
  if (id === undefined || hash === text.length - 1) return undefined
  const secret = { ...id, binary: false }
  return hash === -1 ? { secret } : { secret, jsonKey: text.slice(hash + 1) }
}

/** One string for each secret version that can be asked for; asking for `AWSCURRENT` is asking for the current one. */
export function secretKey({ id, selector, binary }: SecretRequest): string {
  return JSON.stringify([id, selector === 'AWSCURRENT' ? null : (selector ?? null), binary])
}

/** How a secret is called in errors and explanations. */
export function describeSecret({ id, selector }: Omit<SecretRequest, 'binary'>): string {
  return `secret ${id}${selector === undefined ? '' : `:${selector}`}`
}

// The characters of a name, and `!` of the secrets that AWS services manage, such as `rds!db-…`.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
function parseName(text: string): Omit<SecretRequest, 'binary'> | undefined {
  const match = /^([\w/+=.@!-]{1,512})(?::([\w.-]{1,256}))?$/.exec(text)
  return match === null ? undefined : withSelector(match[1], match[2])
}

function parseArn(text: string): Omit<SecretRequest, 'binary'> | undefined {
  const match = /^(arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@!-]+)(?::([\w.-]{1,256}))?$/.exec(text)
  return match === null ? undefined : withSelector(match[1], match[2])
}

function withSelector(id: string | undefined, selector: string | undefined): Omit<SecretRequest, 'binary'> | undefined {
  if (id === undefined) return undefined
  return selector === undefined ? { id } : { id, selector }
}
