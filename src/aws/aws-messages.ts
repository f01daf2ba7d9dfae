import type { ReadFailure, ReadProblemCode } from '../errors.ts'
import { DeadlineReached } from '../time/deadline.ts'
import { AwsCallError, checkTheEndpoint, notAws } from './call-error.ts'
import { copyOf, type SdkError, sdkErrorOf } from './sdk-error.ts'

export { isConnectionLost, retryAfterMs } from './sdk-error.ts'

/** Whether AWS asks for fewer calls. */
export function isThrottling(thrown: unknown): boolean {
  return isThrottled(sdkErrorOf(thrown))
}

/** How many requests an SDK with retries of its own made before it threw. */
export function attemptsOf(thrown: unknown): number {
  return sdkErrorOf(thrown).attempts
}

/**
 * Describes what the SDK threw. `answered` is how many other calls the endpoint has answered: after one, it can be
 * reached, and a call that has no answer has another reason. `host` is the one that the call went to.
 */
export function toCallError(
  thrown: unknown,
  action: string,
  attempts: number,
  { answered = 0, host }: { readonly answered?: number; readonly host?: string | undefined } = {},
): AwsCallError {
  if (thrown instanceof AwsCallError) return thrown.after(attempts)
  const facts = sdkErrorOf(thrown)
  const { requestId } = facts
  const verdict =
    thrown instanceof DeadlineReached
      ? unanswered(thrown, attempts, answered)
      : (verdictOnAccess(facts, action) ?? verdictOnRequest(facts, host) ?? verdictOnTransport(facts, host))
  const failure = { ...verdict, action, attempts, ...(requestId !== undefined && { requestId }), cause: copyOf(facts) }
  return new AwsCallError(failure, isForeign(facts) ? notAws : facts.name)
}

function unanswered({ timeoutMs }: DeadlineReached, attempts: number, answered: number): Verdict {
  const others = `${answered === 1 ? '1 other call was' : `${answered} other calls were`} answered`
  if (attempts === 0) {
    const detail = `this call was not made before the deadline of ${timeoutMs} ms; ${others}`
    return { ...timeout(detail), remedy: 'raise startup.timeoutMs, or read less at once' }
  }
  if (answered === 0) return timeout(`no answer within ${timeoutMs} ms`)
  const remedy = 'raise startup.timeoutMs: the endpoint can be reached, and is slow or busy'
  return { ...timeout(`this call was not answered within ${timeoutMs} ms; ${others}`), remedy }
}

/** Tells of a call that was held back until the end, because AWS has throttled others. */
export function throttledLocally(action: string): AwsCallError {
  const verdict = throttled('it was not the turn of this one yet')
  return new AwsCallError({ ...verdict, action, attempts: 0 }, 'ThrottlingException')
}

type Verdict = Pick<ReadFailure, 'code' | 'isTransient' | 'detail' | 'remedy'>

// Names as of the list of throttling errors in @smithy/core.
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

function verdictOnAccess(facts: SdkError, action: string): Verdict | undefined {
  const { name, said = name, isClockSkew, isFromService, status } = facts
  if (isThrottled(facts)) return throttled(isFromService ? said : `HTTP ${status}`)
  if (isClockSkew || expiredNames.has(name) || /signature (expired|not yet current)/i.test(said)) return expired(said)
  if (/^region is missing/i.test(said)) return noRegion('no AWS region is known')
  if (/^region not accepted/i.test(said)) return noRegion(said)
  if (credentialNames.has(name)) return noCredentials(facts.said ?? 'the SDK has no credentials that AWS accepts')
  if (isAboutKey(name, said)) return undecryptable(said, name)
  return deniedNames.has(name) ? denied(said, action) : undefined
}

function isAboutKey(name: string, said: string): boolean {
  if (keyNames.has(name) || name.startsWith('KMS')) return true
  return deniedNames.has(name) && /\bkms:|customer master key|kms key|access to kms|ciphertext/i.test(said)
}

function verdictOnRequest(facts: SdkError, host: string | undefined): Verdict | undefined {
  const { name, said, isFromService, status = 0 } = facts
  if (isForeign(facts)) return foreign(status, host)
  if (!isFromService || status >= 500) return undefined
  if (name === 'RequestTimeout' || name === 'RequestTimeoutException') return timeout(said ?? name)
  const remedy = 'correct the name, path, label or version'
  if (name === 'ValidationException')
    return { code: 'INVALID_REQUEST', isTransient: false, detail: said ?? name, remedy }
  const detail = said === undefined || said === name ? name : `${name}: ${said}`
  return { code: 'AWS_ERROR', isTransient: false, detail, remedy: 'look up what AWS says of this error' }
}

// AWS names its errors and the id of every request, and never redirects. An answer that was cut short may be of AWS.
function isForeign({ name, isFromService, networkCode, requestId, status = 0 }: SdkError): boolean {
  if (networkCode !== undefined || status >= 500) return false
  if (status === 407 || (status >= 300 && status < 400)) return true
  return status !== 0 && !isFromService && (requestId === undefined || name === 'Unknown')
}

// Captive portals and login pages (redirects, pages with HTTP 200) come and go. A 4xx refuses this very request: to
// repeat it for each of 1,000 names costs much and changes nothing.
function foreign(status: number, host = 'the endpoint'): Verdict {
  const detail = `${host} is not AWS: it answered with HTTP ${status}, ${kindOf(status)}`
  return { code: 'AWS_ERROR', isTransient: status < 400, detail, remedy: checkTheEndpoint }
}

function kindOf(status: number): string {
  if (status < 300) return 'and not with what AWS sends'
  if (status < 400) return 'a redirect'
  return status === 407 ? 'a proxy that asks for a login' : 'an error that AWS does not send'
}

function verdictOnTransport(facts: SdkError, host: string | undefined): Verdict {
  const { name, said, status, networkCode } = facts
  if (isCutShort(facts)) return transient('AWS_ERROR', 'the answer ended half way', checkTheEndpoint)
  if (status !== undefined && status >= 500) return serverError(facts, host)
  if (networkCode === 'ETIMEDOUT' || (name === 'TimeoutError' && networkCode === undefined))
    return timeout(said ?? name)
  if (networkCode !== undefined) return verdictOnProtocol(networkCode, said, host) ?? unreachable(said ?? networkCode)
  if (status !== undefined) {
    const detail = `the answer could not be decoded (HTTP ${status}): ${host ?? 'the endpoint'} may not be AWS`
    return { code: 'AWS_ERROR', isTransient: true, detail, remedy: checkTheEndpoint }
  }
  const remedy = 'check the region, the endpoint and, if one was passed in, the client'
  return { code: 'AWS_ERROR', isTransient: false, detail: said ?? `the SDK threw ${name}`, remedy }
}

// Without a request id, the error may be of a load balancer or proxy, whose text is not quoted.
function serverError({ requestId, said, status }: SdkError, host = 'the endpoint'): Verdict {
  if (requestId === undefined && said === undefined) {
    return transient('AWS_ERROR', `${host} answered with HTTP ${status}, which may not be of AWS`, checkTheEndpoint)
  }
  return transient('AWS_ERROR', `AWS answered with HTTP ${status}${said === undefined ? '' : `: ${said}`}`)
}

function isCutShort({ networkCode = '', status, said }: SdkError): boolean {
  if (networkCode.startsWith('ERR_STREAM_')) return true
  return networkCode === 'ECONNRESET' && (status !== undefined || said === 'aborted')
}

// A server that is starting or a proxy may answer like this for a while. OpenSSL has its reason behind `routines`.
function verdictOnProtocol(networkCode: string, said = '', host = 'the endpoint'): Verdict | undefined {
  const problem =
    networkCode === 'HPE_HEADER_OVERFLOW'
      ? 'sends headers beyond the limit of Node.js'
      : /^(HPE_|ERR_HTTP)/.test(networkCode)
        ? 'answers with something other than HTTP'
        : networkCode === 'EPROTO' || networkCode.startsWith('ERR_SSL_')
          ? 'answers with something other than TLS, or with another version of it'
          : undefined
  if (problem === undefined) return undefined
  const remedy = `${checkTheEndpoint}; see whether its port and http:// or https:// are right`
  const [, reason] = /routines:[^:]*:([^:]+)/.exec(said) ?? []
  const cause = reason === undefined ? networkCode : `${networkCode}: ${reason}`
  return transient('UNREACHABLE', `${host} ${problem} (${cause})`, remedy)
}

const waitForAws = 'try again; if it stays, see the status of the AWS service'

function transient(code: ReadProblemCode, detail: string, remedy: string = waitForAws): Verdict {
  return { code, isTransient: true, detail, remedy }
}

function throttled(said: string): Verdict {
  const remedy = 'spread the starts, or raise the throughput of Parameter Store in this account and region'
  return { code: 'THROTTLED', isTransient: true, detail: `AWS asks for fewer calls: ${said}`, remedy }
}

function timeout(detail: string): Verdict {
  const remedy = 'see whether the endpoint can be reached from here (VPC endpoint, security group, proxy)'
  return { code: 'TIMEOUT', isTransient: true, detail, remedy }
}

function unreachable(said: string): Verdict {
  const remedy = 'check the region, the endpoint, and the way there (DNS, VPC endpoint, proxy)'
  return { code: 'UNREACHABLE', isTransient: true, detail: `the endpoint cannot be reached: ${said}`, remedy }
}

function expired(said: string): Verdict {
  const remedy = 'renew the credentials, and see that the clock of this machine is right'
  return { code: 'EXPIRED_CREDENTIALS', isTransient: true, detail: said, remedy }
}

function noCredentials(detail: string): Verdict {
  const remedy = 'give the process an IAM role, or credentials in its environment or its shared config file'
  return { code: 'NO_CREDENTIALS', isTransient: false, detail, remedy }
}

function noRegion(detail: string): Verdict {
  return { code: 'NO_REGION', isTransient: false, detail, remedy: 'set the region option or AWS_REGION' }
}

function undecryptable(said: string, name: string): Verdict {
  const [, key = 'the key'] = /(arn:aws[\w-]*:kms:\S+)/.exec(said) ?? []
  const isDisabled = /disabled/i.test(`${name} ${said}`)
  const allowing = `allow kms:Decrypt on ${key}, in the IAM policy of this role and in the key policy`
  const remedy = isDisabled ? `enable ${key}` : allowing
  return { code: 'DECRYPTION_FAILED', isTransient: false, detail: said, remedy }
}

function denied(said: string, action: string): Verdict {
  const [, named = action] = /perform: ([\w-]+:\w+)/.exec(said) ?? []
  const [, resource] = /on resource: (\S+)/.exec(said) ?? []
  const grant = `${named}${resource === undefined ? '' : ` on ${resource}`}`
  const remedy = /explicit deny/i.test(said) ? `lift the explicit deny of ${grant}` : `allow ${grant}`
  return { code: 'ACCESS_DENIED', isTransient: false, detail: said, remedy }
}
