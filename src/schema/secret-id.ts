import type { SecretRequest } from '../ports.ts'
import { isArn, parseArn } from './arn.ts'

/** The prefix of the parameter names through which Parameter Store returns secrets. */
export const referencePrefix = '/aws/reference/secretsmanager/'

type SecretId = Omit<SecretRequest, 'binary'>

// The characters of a name, and `!` for secrets that AWS services manage, such as `rds!db-…`.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
const secretName = /^([\w/+=.@!-]{1,512})(?::([\w.-]{1,256}))?$/

/** Parses `prod/db`, `prod/db:AWSPREVIOUS`, or a full secret ARN, optionally followed by a selector. */
export function parseSecretId(text: string): SecretId | undefined {
  if (!isArn(text)) {
    const [, id, selector] = secretName.exec(text) ?? []
    if (id === undefined) return undefined
    return selector === undefined ? { id } : { id, selector }
  }
  const { service, resource = '', isComplete } = parseArn(text) ?? {}
  const match = /^secret:[\w/+=.@!-]+(?::([\w.-]{1,256}))?$/.exec(resource)
  if (match === null || service !== 'secretsmanager' || isComplete !== true) return undefined
  const [, selector] = match
  return selector === undefined ? { id: text } : { id: text.slice(0, -selector.length - 1), selector }
}

/** Whether a stored text is a reference, well-formed or not. */
export function isReference(text: string): boolean {
  return text.startsWith(referencePrefix)
}

/** A key for a secret version. No selector and `AWSCURRENT` give the same key. */
export function secretKey({ id, selector, binary }: SecretRequest): string {
  return JSON.stringify([id, selector === 'AWSCURRENT' ? null : (selector ?? null), binary])
}

/** The name of a secret in errors and explanations. */
export function describeSecret({ id, selector }: SecretId): string {
  return `secret ${id}${selector === undefined ? '' : `:${selector}`}`
}
