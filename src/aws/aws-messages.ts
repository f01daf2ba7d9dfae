import type { ReadFailure, ReadProblemCode } from '../errors.ts'
import { printable } from '../messages/printable.ts'
import { DeadlineReached } from '../time/deadline.ts'
import { AwsCallError, checkTheEndpoint, moduleNotFound, notAws } from './call-error.ts'
import { copyOf, type SdkError, sdkErrorOf } from './sdk-error.ts'

export { isConnectionLost, retryAfterMs } from './sdk-error.ts'

/** Whether AWS asks for fewer calls. */
export function isThrottling(thrown: unknown): boolean {
  return isThrottled(sdkErrorOf(thrown))
}

/** How many requests the SDK made before it threw: a client that was passed in retries by itself. */
export function attemptsOf(thrown: unknown): number {
  return sdkErrorOf(thrown).attempts
}

/**
 * Describes what the SDK threw. `answered` counts the other calls that the endpoint has answered: it is reachable after
 * one, so a call without an answer has another reason. `host` is the host that the call went to.
 */
export function toCallError(
  thrown: unknown,
  action: string,
  attempts: number,
  { answered = 0, host }: { readonly answered?: number; readonly host?: string | undefined } = {},
): AwsCallError {
  if (thrown instanceof AwsCallError) return thrown.after(attempts)
  const error = sdkErrorOf(thrown)
  const { requestId } = error
  const classified =
    thrown instanceof DeadlineReached
      ? unanswered(thrown, attempts, answered)
      : (classifyAccess(error, action) ?? classifyRequest(error, host) ?? classifyTransport(error, host))
  const failure = {
    ...classified,
    action,
    attempts,
    ...(requestId !== undefined && { requestId }),
    cause: copyOf(error),
  }
  return new AwsCallError(failure, isNotAws(error) ? notAws : error.name)
}

function unanswered({ timeoutMs }: DeadlineReached, attempts: number, answered: number): Classified {
  const others = `${answered === 1 ? '1 other call was' : `${answered} other calls were`} answered`
  if (attempts === 0) {
    const detail = `this call was not made before the deadline of ${timeoutMs} ms; ${others}`
    return { ...timeout(detail), remedy: 'raise startup.timeoutMs, or read less at once' }
  }
  if (answered === 0) return timeout(`no answer within ${timeoutMs} ms`)
  const remedy = 'raise startup.timeoutMs: the endpoint is reachable, but slow or busy'
  return { ...timeout(`this call was not answered within ${timeoutMs} ms; ${others}`), remedy }
}

/** The error for a package of the SDK that cannot be loaded. */
export function whyNotLoaded(error: unknown, name: string, purpose: string): AwsCallError {
  const reason = error instanceof Error ? printable(error.message) : ''
  const isMissing = /^Cannot find (package|module)/.test(reason)
  const detail = `${purpose} needs ${name}, which cannot be loaded${isMissing ? '' : `: ${reason}`}`
  const remedy = isMissing ? `npm install ${name}` : 'check how the bundler includes it, and the version of Node.js'
  return new AwsCallError({ code: 'AWS_ERROR', isTransient: false, detail, remedy }, moduleNotFound)
}

/** The error for a call that was never made, because AWS throttled other calls. */
export function throttledLocally(action: string): AwsCallError {
  const classified = throttled('this call was still waiting')
  return new AwsCallError({ ...classified, action, attempts: 0 }, 'ThrottlingException')
}

type Classified = Pick<ReadFailure, 'code' | 'isTransient' | 'detail' | 'remedy'>

// The list of throttling errors in @smithy/core.
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
  'MissingAuthenticationTokenException',
])

const deniedNames = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'NotAuthorized'])
const keyNames = new Set(['InvalidKeyId', 'DecryptionFailure', 'DisabledException'])

function isThrottled({ name, status }: SdkError): boolean {
  return throttlingNames.has(name) || status === 429
}

function classifyAccess(error: SdkError, action: string): Classified | undefined {
  const { name, message = name, isClockSkew, isFromService, status } = error
  if (isThrottled(error)) return throttled(isFromService ? message : `HTTP ${status}`)
  if (isClockSkew || expiredNames.has(name) || /signature (expired|not yet current)/i.test(message))
    return expired(message)
  if (/^region is missing/i.test(message)) return noRegion('no AWS region is known')
  if (/^region not accepted/i.test(message)) return noRegion(message)
  if (credentialNames.has(name)) return noCredentials(error.message ?? 'the SDK has no credentials that AWS accepts')
  if (isAboutKey(name, message)) return undecryptable(message, name)
  return deniedNames.has(name) ? denied(message, action) : undefined
}

function isAboutKey(name: string, message: string): boolean {
  if (keyNames.has(name) || name.startsWith('KMS')) return true
  return deniedNames.has(name) && /\bkms:|customer master key|kms key|access to kms|ciphertext/i.test(message)
}

function classifyRequest(error: SdkError, host: string | undefined): Classified | undefined {
  const { name, message, isFromService, status = 0 } = error
  if (isNotAws(error)) return fromElsewhere(status, host)
  if (!isFromService || status >= 500) return undefined
  if (name === 'RequestTimeout' || name === 'RequestTimeoutException') return timeout(message ?? name)
  const remedy = 'correct the name, path, label or version'
  if (name === 'ValidationException')
    return { code: 'INVALID_REQUEST', isTransient: false, detail: message ?? name, remedy }
  const detail = message === undefined || message === name ? name : `${name}: ${message}`
  return { code: 'AWS_ERROR', isTransient: false, detail, remedy: 'look this error up in the AWS documentation' }
}

// AWS names its errors, sends a request id, and never redirects. An answer that was cut short may come from AWS.
function isNotAws({ name, isFromService, networkCode, requestId, status = 0 }: SdkError): boolean {
  if (networkCode !== undefined || status >= 500) return false
  if (status === 407 || (status >= 300 && status < 400)) return true
  return status !== 0 && !isFromService && (requestId === undefined || name === 'Unknown')
}

// Captive portals and login pages (redirects, pages with HTTP 200) come and go. A 4xx refuses this request: repeating it
// for each of 1,000 names would change nothing.
function fromElsewhere(status: number, host = 'the endpoint'): Classified {
  const detail = `${host} is not AWS: it answered with HTTP ${status}, ${kindOf(status)}`
  return { code: 'AWS_ERROR', isTransient: status < 400, detail, remedy: checkTheEndpoint }
}

function kindOf(status: number): string {
  if (status < 300) return 'without the content that AWS sends'
  if (status < 400) return 'a redirect'
  return status === 407 ? 'a proxy that asks for a login' : 'an error that AWS does not send'
}

function classifyTransport(error: SdkError, host: string | undefined): Classified {
  const { name, message, status, networkCode } = error
  if (isCutShort(error)) return transient('AWS_ERROR', 'the answer was cut short', checkTheEndpoint)
  if (status !== undefined && status >= 500) return serverError(error, host)
  if (networkCode === 'ETIMEDOUT' || (name === 'TimeoutError' && networkCode === undefined))
    return timeout(message ?? name)
  if (networkCode !== undefined)
    return classifyProtocol(networkCode, message, host) ?? unreachable(message ?? networkCode)
  if (status !== undefined) {
    const detail = `the answer could not be decoded (HTTP ${status}): ${host ?? 'the endpoint'} may not be AWS`
    return { code: 'AWS_ERROR', isTransient: true, detail, remedy: checkTheEndpoint }
  }
  const remedy = 'check the region, the endpoint and, if one was passed in, the client'
  return { code: 'AWS_ERROR', isTransient: false, detail: message ?? `the SDK threw ${name}`, remedy }
}

// Without a request id, the error may come from a load balancer or proxy, whose text is not quoted.
function serverError({ requestId, message, status }: SdkError, host = 'the endpoint'): Classified {
  if (requestId === undefined && message === undefined) {
    return transient('AWS_ERROR', `${host} answered with HTTP ${status}, which may not come from AWS`, checkTheEndpoint)
  }
  return transient('AWS_ERROR', `AWS answered with HTTP ${status}${message === undefined ? '' : `: ${message}`}`)
}

function isCutShort({ networkCode = '', status, message }: SdkError): boolean {
  if (networkCode.startsWith('ERR_STREAM_')) return true
  return networkCode === 'ECONNRESET' && (status !== undefined || message === 'aborted')
}

// A proxy, or a server that is starting, may answer like this for a while. OpenSSL gives its reason after `routines`.
function classifyProtocol(networkCode: string, message = '', host = 'the endpoint'): Classified | undefined {
  const problem =
    networkCode === 'HPE_HEADER_OVERFLOW'
      ? 'sends headers beyond the limit of Node.js'
      : /^(HPE_|ERR_HTTP)/.test(networkCode)
        ? 'answers with something other than HTTP'
        : networkCode === 'EPROTO' || networkCode.startsWith('ERR_SSL_')
          ? 'answers with something other than TLS, or with another version of it'
          : undefined
  if (problem === undefined) return undefined
  const remedy = `${checkTheEndpoint}; check its port, and http:// or https://`
  const [, reason] = /routines:[^:]*:([^:]+)/.exec(message) ?? []
  const cause = reason === undefined ? networkCode : `${networkCode}: ${reason}`
  return transient('UNREACHABLE', `${host} ${problem} (${cause})`, remedy)
}

const waitForAws = 'try again; if the error persists, check the status of the AWS service'

function transient(code: ReadProblemCode, detail: string, remedy: string = waitForAws): Classified {
  return { code, isTransient: true, detail, remedy }
}

function throttled(message: string): Classified {
  const remedy = 'spread the starts, or raise the throughput of Parameter Store in this account and region'
  return { code: 'THROTTLED', isTransient: true, detail: `AWS asks for fewer calls: ${message}`, remedy }
}

function timeout(detail: string): Classified {
  const remedy = 'check that the endpoint is reachable from here (VPC endpoint, security group, proxy)'
  return { code: 'TIMEOUT', isTransient: true, detail, remedy }
}

function unreachable(message: string): Classified {
  const remedy = 'check the region, the endpoint and the network path (DNS, VPC endpoint, proxy)'
  return { code: 'UNREACHABLE', isTransient: true, detail: `the endpoint cannot be reached: ${message}`, remedy }
}

function expired(message: string): Classified {
  const remedy = 'renew the credentials, and check the clock of this machine'
  return { code: 'EXPIRED_CREDENTIALS', isTransient: true, detail: message, remedy }
}

function noCredentials(detail: string): Classified {
  const remedy = 'give the process an IAM role, or credentials in its environment or its shared config file'
  return { code: 'NO_CREDENTIALS', isTransient: false, detail, remedy }
}

function noRegion(detail: string): Classified {
  return { code: 'NO_REGION', isTransient: false, detail, remedy: 'set the region option or AWS_REGION' }
}

function undecryptable(message: string, name: string): Classified {
  const [, key = 'the key'] = /(arn:aws[\w-]*:kms:\S+)/.exec(message) ?? []
  const isDisabled = /disabled/i.test(`${name} ${message}`)
  const allowing = `allow kms:Decrypt on ${key}, in the IAM policy of this role and in the key policy`
  const remedy = isDisabled ? `enable ${key}` : allowing
  return { code: 'DECRYPTION_FAILED', isTransient: false, detail: message, remedy }
}

function denied(message: string, action: string): Classified {
  const [, named = action] = /perform: ([\w-]+:\w+)/.exec(message) ?? []
  const [, resource] = /on resource: (\S+)/.exec(message) ?? []
  const grant = `${named}${resource === undefined ? '' : ` on ${resource}`}`
  const remedy = /explicit deny/i.test(message) ? `remove the explicit deny of ${grant}` : `allow ${grant}`
  return { code: 'ACCESS_DENIED', isTransient: false, detail: message, remedy }
}
