import type { ReadFailure, ReadProblemCode } from '../errors.ts'
import { DeadlineReached } from '../refresh/deadline.ts'

/** A call to AWS that failed, told without anything that could quote a value. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed'
  readonly failure: ReadFailure
  /** AWS's own name for the error, such as `ParameterNotFound`. */
  readonly errorName: string

  constructor(failure: ReadFailure, errorName: string) {
    super(failure.detail)
    this.failure = failure
    this.errorName = errorName
  }
}

/** What is known of an error before it is told. */
interface Facts {
  readonly name: string
  readonly code: string | undefined
  readonly status: number | undefined
  readonly requestId: string | undefined
  /** Safe to pass on: what AWS says of a call, or the code of a socket error; never a parser's message. */
  readonly text: string
}

// Names as of @smithy/core's list of throttling errors.
const throttlingNames = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
])

const expiredNames = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
])
const credentialNames = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'MissingAuthenticationToken',
])
const keyNames = new Set(['InvalidKeyId', 'DecryptionFailure', 'DisabledException', 'KMSInvalidStateException'])
const socketCodes =
  /^(E[A-Z]+|UND_ERR_\w+|CERT_\w+|ERR_TLS_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/

/** Whether AWS asks for fewer calls. */
export function isThrottling(error: unknown): boolean {
  const { name, status } = factsOf(error)
  return throttlingNames.has(name) || status === 429
}

/** How long AWS asks to wait, in milliseconds. */
export function retryAfterMs(error: unknown): number | undefined {
  const headers: unknown = at(at(error, '$response'), 'headers')
  const milliseconds = Number(at(headers, 'x-amz-retry-after') ?? Number.NaN)
  const seconds = Number(at(headers, 'retry-after') ?? Number.NaN)
  const asked = Number.isFinite(milliseconds) ? milliseconds : seconds * 1_000
  return Number.isFinite(asked) && asked > 0 ? asked : undefined
}

/** Tells an error of the SDK in our words. */
export function toCallFailed(error: unknown, action: string, attempts: number): CallFailed {
  const facts = factsOf(error)
  const verdict = verdictOf(error, facts, action)
  const { requestId } = facts
  const failure: ReadFailure = {
    ...verdict,
    action,
    attempts,
    ...(requestId !== undefined && { requestId }),
    cause: copyOf(facts),
  }
  return new CallFailed(failure, facts.name)
}

type Verdict = Pick<ReadFailure, 'code' | 'isTransient' | 'detail' | 'remedy'>

function verdictOf(error: unknown, facts: Facts, action: string): Verdict {
  const { name, code, status, text } = facts
  if (error instanceof DeadlineReached) return timeout(`no answer within ${error.timeoutMs} ms`)
  if (isThrottling(error)) return throttled(text)
  if (/region is missing/i.test(text)) return noRegion
  if (expiredNames.has(name) || /signature (expired|not yet current)/i.test(text)) return expired(text)
  if (credentialNames.has(name)) return noCredentials(text)
  if (isKeyFailure(facts)) return undecryptable(text)
  if (/^(AccessDenied|AccessDeniedException|UnauthorizedOperation|NotAuthorized)$/.test(name))
    return denied(text, action)
  if (name === 'ValidationException') return invalid(text)
  if (status !== undefined && status >= 500) return transient('AWS_ERROR', `AWS answered with HTTP ${status}: ${text}`)
  if (name === 'TimeoutError' && (code === undefined || code === 'ETIMEDOUT')) return timeout(text)
  if (code !== undefined && socketCodes.test(code)) return unreachable(code)
  if (isUndecodable(error)) return transient('AWS_ERROR', 'the answer could not be decoded')
  return {
    ...transient('AWS_ERROR', `${name}: ${text}`),
    isTransient: false,
    remedy: 'see what AWS says of this error',
  }
}

function isKeyFailure({ name, text }: Facts): boolean {
  if (keyNames.has(name) || name.startsWith('KMS')) return true
  return name === 'AccessDeniedException' && /kms:|customer master key|kms key|ciphertext/i.test(text)
}

function isUndecodable(error: unknown): boolean {
  return error instanceof SyntaxError || at(error, '$fault') === undefined
}

function transient(code: ReadProblemCode, detail: string): Verdict {
  return { code, isTransient: true, detail, remedy: 'try again; if it stays, see the status of the AWS service' }
}

function throttled(text: string): Verdict {
  const remedy = 'spread the starts, or raise the throughput of Parameter Store in this account and region'
  return { code: 'THROTTLED', isTransient: true, detail: `AWS asks for fewer calls: ${text}`, remedy }
}

function timeout(detail: string): Verdict {
  const remedy = 'see whether the endpoint can be reached from here (VPC endpoint, security group, proxy)'
  return { code: 'TIMEOUT', isTransient: true, detail, remedy }
}

function unreachable(code: string): Verdict {
  const remedy = 'check the region, the endpoint, and the way there (DNS, VPC endpoint, proxy)'
  return { code: 'UNREACHABLE', isTransient: true, detail: `the endpoint cannot be reached: ${code}`, remedy }
}

function expired(text: string): Verdict {
  const remedy = 'renew the credentials, and see that the clock of this machine is right'
  return { code: 'EXPIRED_CREDENTIALS', isTransient: true, detail: text, remedy }
}

function noCredentials(text: string): Verdict {
  const remedy = 'give the process an IAM role, or credentials in its environment or its shared config file'
  return { code: 'NO_CREDENTIALS', isTransient: false, detail: text, remedy }
}

const noRegion: Verdict = {
  code: 'NO_REGION',
  isTransient: false,
  detail: 'no AWS region is known',
  remedy: 'set the region option or AWS_REGION',
}

function undecryptable(text: string): Verdict {
  const remedy = 'allow kms:Decrypt on the key, in the IAM policy of this role and in the policy of the key'
  return { code: 'DECRYPTION_FAILED', isTransient: false, detail: text, remedy }
}

function denied(text: string, action: string): Verdict {
  const [, named] = /perform: ([\w-]+:\w+)/.exec(text) ?? []
  const [, resource] = /on resource: (\S+)/.exec(text) ?? []
  const remedy = `allow ${named ?? action}${resource === undefined ? '' : ` on ${resource}`}`
  return { code: 'ACCESS_DENIED', isTransient: false, detail: text, remedy }
}

function invalid(text: string): Verdict {
  const remedy = 'correct the name, path or label'
  return { code: 'INVALID_REQUEST', isTransient: false, detail: text, remedy }
}

function factsOf(error: unknown): Facts {
  const name = error instanceof Error ? error.name : typeof error
  const code = firstCode(error)
  const metadata = at(error, '$metadata')
  const status = at(metadata, 'httpStatusCode')
  const requestId = at(metadata, 'requestId')
  return {
    name,
    code,
    status: typeof status === 'number' ? status : undefined,
    requestId: typeof requestId === 'string' ? requestId : undefined,
    text: safeText(error, name, code),
  }
}

// A parser quotes what it could not parse, and that may be the body of an answer full of secrets.
function safeText(error: unknown, name: string, code: string | undefined): string {
  const isFromService = typeof at(error, '$fault') === 'string' && !(error instanceof SyntaxError)
  const isFromClient = credentialNames.has(name) || name === 'TimeoutError'
  const message = error instanceof Error ? error.message : ''
  if (isFromService || isFromClient || /^region is missing$/i.test(message))
    return message.replace(/\s+/g, ' ').slice(0, 400)
  return code ?? name
}

function firstCode(error: unknown): string | undefined {
  for (let current = error, depth = 0; current !== undefined && depth < 10; depth++) {
    const code = at(current, 'code')
    if (typeof code === 'string') return code
    current = at(current, 'cause')
  }
  return undefined
}

function copyOf({ name, code, status, requestId, text }: Facts): Error {
  const copy = new Error(text)
  copy.name = name
  return Object.assign(copy, {
    ...(code !== undefined && { code }),
    $metadata: {
      ...(status !== undefined && { httpStatusCode: status }),
      ...(requestId !== undefined && { requestId }),
    },
  })
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
