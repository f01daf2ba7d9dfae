import type { ReadFailure, ReadProblemCode } from '../errors.ts'
import { printable } from '../messages/printable.ts'
import { DeadlineReached } from '../time/deadline.ts'
import { AwsCallError, checkTheEndpoint, moduleNotFound, notAws } from './call-error.ts'
import { copyOf, type SdkError, sdkErrorOf } from './sdk-error.ts'

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
  if (attempts > 0 && answered === 0) return transient('TIMEOUT', `no answer within ${timeoutMs} ms`, reach)
  const others = `${answered === 1 ? '1 other call was' : `${answered} other calls were`} answered`
  if (attempts > 0) {
    const remedy = 'raise startup.timeoutMs: the endpoint is reachable, but slow or busy'
    return transient('TIMEOUT', `this call was not answered within ${timeoutMs} ms; ${others}`, remedy)
  }
  const detail = `this call was not made before the deadline of ${timeoutMs} ms; ${others}`
  return transient('TIMEOUT', detail, 'raise startup.timeoutMs, or read less at once')
}

/** The error for packages that cannot be loaded. Their names are separated by spaces. */
export function whyNotLoaded(error: unknown, names: string, purpose: string): AwsCallError {
  const reason = error instanceof Error ? printable(error.message) : ''
  const isMissing = /^Cannot find (package|module)/.test(reason)
  const detail = `${purpose} needs ${names.replace(' ', ' and ')}, which cannot be loaded${isMissing ? '' : `: ${reason}`}`
  const remedy = isMissing ? `npm install ${names}` : 'check how the bundler includes it, and the version of Node.js'
  return new AwsCallError(final('AWS_ERROR', detail, remedy), moduleNotFound)
}

/** The error for a call that was never made, because AWS throttled other calls. */
export function throttledLocally(action: string): AwsCallError {
  const classified = transient('THROTTLED', 'AWS asks for fewer calls: this call was still waiting', spread)
  return new AwsCallError({ ...classified, action, attempts: 0 }, 'ThrottlingException')
}

type Classified = Pick<ReadFailure, 'code' | 'isTransient' | 'detail' | 'remedy'>

const expiredNames = /^(ExpiredToken|ExpiredTokenException|RequestExpired|RequestInTheFuture|RequestTimeTooSkewed)$/
const credentialNames =
  /^(CredentialsProviderError|TokenProviderError|UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|MissingAuthenticationTokenException)$/
const deniedNames = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|NotAuthorized)$/
const keyNames = /^(InvalidKeyId|DecryptionFailure|DisabledException)$|^KMS/

const reach = 'check that the endpoint is reachable from here (VPC endpoint, security group, proxy)'
const spread = 'spread the starts, or raise the throughput of Parameter Store in this account and region'

function classifyAccess(error: SdkError, action: string): Classified | undefined {
  const { name, message = name, isFromService, status } = error
  if (error.isThrottling) {
    return transient('THROTTLED', `AWS asks for fewer calls: ${isFromService ? message : `HTTP ${status}`}`, spread)
  }
  if (error.isClockSkew || expiredNames.test(name) || /signature (expired|not yet current)/i.test(message)) {
    return transient('EXPIRED_CREDENTIALS', message, 'renew the credentials, and check the clock of this machine')
  }
  const isMissing = /^region is missing/i.test(message)
  if (isMissing || /^region not accepted/i.test(message)) {
    return final('NO_REGION', isMissing ? 'no AWS region is known' : message, 'set the region option or AWS_REGION')
  }
  if (credentialNames.test(name)) {
    const remedy = 'give the process an IAM role, or credentials in its environment or its shared config file'
    return final('NO_CREDENTIALS', error.message ?? 'the SDK has no credentials that AWS accepts', remedy)
  }
  const isDenied = deniedNames.test(name)
  const isAboutKey = /\bkms:|customer master key|kms key|access to kms|ciphertext/i.test(message)
  if (keyNames.test(name) || (isDenied && isAboutKey)) return undecryptable(message, name)
  return isDenied ? denied(message, action) : undefined
}

function classifyRequest(error: SdkError, host: string | undefined): Classified | undefined {
  const { name, message, isFromService, status = 0 } = error
  if (isNotAws(error)) {
    const detail = `${host ?? 'the endpoint'} is not AWS: it answered with HTTP ${status}, ${kindOf(status)}`
    // Captive portals and login pages (redirects, pages with HTTP 200) come and go. A 4xx refuses this request: repeating
    // it for each of 1,000 names would change nothing.
    return { code: 'AWS_ERROR', isTransient: status < 400, detail, remedy: checkTheEndpoint }
  }
  if (!isFromService || status >= 500) return undefined
  if (name === 'RequestTimeout' || name === 'RequestTimeoutException')
    return transient('TIMEOUT', message ?? name, reach)
  if (name === 'ValidationException') {
    return final('INVALID_REQUEST', message ?? name, 'correct the name, path, label or version')
  }
  const detail = message === undefined || message === name ? name : `${name}: ${message}`
  return final('AWS_ERROR', detail, 'look this error up in the AWS documentation')
}

// AWS names its errors, sends a request id, and never redirects. An answer that was cut short may come from AWS.
function isNotAws({ name, isFromService, networkCode, requestId, status = 0 }: SdkError): boolean {
  if (networkCode !== undefined || status >= 500) return false
  if (status === 407 || (status >= 300 && status < 400)) return true
  return status !== 0 && !isFromService && (requestId === undefined || name === 'Unknown')
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
    return transient('TIMEOUT', message ?? name, reach)
  if (networkCode !== undefined) return classifyNetwork(networkCode, message, host)
  if (status !== undefined) {
    const detail = `the answer could not be decoded (HTTP ${status}): ${host ?? 'the endpoint'} may not be AWS`
    return transient('AWS_ERROR', detail, checkTheEndpoint)
  }
  const remedy = 'check the region, the endpoint and, if one was passed in, the client'
  return final('AWS_ERROR', message ?? `the SDK threw ${name}`, remedy)
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

function classifyNetwork(networkCode: string, message: string | undefined, host = 'the endpoint'): Classified {
  const problem = protocolProblem(networkCode)
  if (problem === undefined) {
    const remedy = 'check the region, the endpoint and the network path (DNS, VPC endpoint, proxy)'
    return transient('UNREACHABLE', `the endpoint cannot be reached: ${message ?? networkCode}`, remedy)
  }
  const remedy = `${checkTheEndpoint}; check its port, and http:// or https://`
  // OpenSSL gives its reason after `routines`.
  const [, reason] = /routines:[^:]*:([^:]+)/.exec(message ?? '') ?? []
  const cause = reason === undefined ? networkCode : `${networkCode}: ${reason}`
  return transient('UNREACHABLE', `${host} ${problem} (${cause})`, remedy)
}

// A proxy, or a server that is starting, may answer like this for a while.
function protocolProblem(networkCode: string): string | undefined {
  if (networkCode === 'HPE_HEADER_OVERFLOW') return 'sends headers beyond the limit of Node.js'
  if (/^(HPE_|ERR_HTTP)/.test(networkCode)) return 'answers with something other than HTTP'
  if (networkCode !== 'EPROTO' && !networkCode.startsWith('ERR_SSL_')) return undefined
  return 'answers with something other than TLS, or with another version of it'
}

const waitForAws = 'try again; if the error persists, check the status of the AWS service'

function transient(code: ReadProblemCode, detail: string, remedy: string = waitForAws): Classified {
  return { code, isTransient: true, detail, remedy }
}

function final(code: ReadProblemCode, detail: string, remedy: string): Classified {
  return { code, isTransient: false, detail, remedy }
}

function undecryptable(message: string, name: string): Classified {
  const [, key = 'the key'] = /(arn:aws[\w-]*:kms:\S+)/.exec(message) ?? []
  const [, action = 'kms:Decrypt'] = /perform: (kms:\w+)/.exec(message) ?? []
  const isDisabled = /disabled/i.test(`${name} ${message}`)
  const allowing = `allow ${action} on ${key}, in the IAM policy of this role and in the key policy`
  const remedy = isDisabled ? `enable ${key}` : allowing
  return final('DECRYPTION_FAILED', message, remedy)
}

function denied(message: string, action: string): Classified {
  const [, named = action] = /perform: ([\w-]+:\w+)/.exec(message) ?? []
  const [, resource] = /on resource: (\S+)/.exec(message) ?? []
  const grant = `${named}${resource === undefined ? '' : ` on ${resource}`}`
  const remedy = /explicit deny/i.test(message) ? `remove the explicit deny of ${grant}` : `allow ${grant}`
  return final('ACCESS_DENIED', message, remedy)
}
