import { printable } from '../messages/printable.ts'

/** The facts of an error that the SDK threw, without a text that could quote a value. */
export interface SdkError {
  /** Such as `ParameterNotFound`. */
  readonly name: string
  /** The code of the socket or DNS error, such as `ECONNRESET`. */
  readonly networkCode: string | undefined
  readonly status: number | undefined
  readonly requestId: string | undefined
  /** How many requests the SDK made. */
  readonly attempts: number
  /** The wait that the answer asks for. */
  readonly retryAfterMs: number | undefined
  /** Whether AWS answered with this error; otherwise the SDK or the network failed. */
  readonly isFromService: boolean
  /** Whether AWS asks for fewer calls. */
  readonly isThrottling: boolean
  readonly isClockSkew: boolean
  /** Whether the connection broke before the answer arrived. */
  readonly isConnectionLost: boolean
  /** The message of AWS, the socket or the SDK in one short line; absent when it could quote a value. */
  readonly message: string | undefined
}

// The list of throttling errors in @smithy/core.
const throttling =
  /^(BandwidthLimitExceeded|EC2ThrottledException|LimitExceededException|PriorRequestNotComplete|ProvisionedThroughputExceededException|RequestLimitExceeded|RequestThrottled|RequestThrottledException|SlowDown|ThrottledException|Throttling|ThrottlingException|TooManyRequestsException|TransactionInProgressException)$/
const connectionLost = /^(ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT)$/

export function sdkErrorOf(thrown: unknown): SdkError {
  const network = networkErrorOf(thrown)
  const networkCode = tokenOf(memberOf(network, 'code'))
  const name = tokenOf(memberOf(thrown, 'name')) ?? 'Error'
  const metadata = memberOf(thrown, '$metadata')
  const status = memberOf(metadata, 'httpStatusCode')
  const attempts = memberOf(metadata, 'attempts')
  // AWS names its errors. The SDK calls an error `Unknown` when the answer has no name, such as that of a proxy.
  const isNamed = typeof memberOf(thrown, '$fault') === 'string' && memberOf(thrown, 'name') !== 'Unknown'
  const isFromService = isNamed && !isParserError(thrown)
  return {
    name,
    networkCode,
    status: typeof status === 'number' ? status : undefined,
    requestId: tokenOf(memberOf(metadata, 'requestId')),
    attempts: typeof attempts === 'number' && attempts > 0 ? attempts : 1,
    retryAfterMs: retryAfterMs(memberOf(memberOf(thrown, '$response'), 'headers')),
    isFromService,
    isThrottling: throttling.test(name) || status === 429,
    isClockSkew: memberOf(metadata, 'clockSkewCorrected') === true,
    isConnectionLost: networkCode !== undefined && connectionLost.test(networkCode),
    message: lineOf(isFromService || isFixedText(thrown) ? thrown : network),
  }
}

function retryAfterMs(headers: unknown): number | undefined {
  const milliseconds = Number(memberOf(headers, 'x-amz-retry-after') ?? Number.NaN)
  const seconds = Number(memberOf(headers, 'retry-after') ?? Number.NaN)
  const asked = Number.isFinite(milliseconds) ? milliseconds : seconds * 1_000
  return Number.isFinite(asked) && asked > 0 ? asked : undefined
}

/** A copy of an error without its original message and response. */
export function copyOf({ name, networkCode, status, requestId, attempts, message }: SdkError): Error {
  const copy = new Error(message ?? 'message withheld: it could quote a secret')
  copy.name = name
  return Object.assign(copy, {
    ...(networkCode !== undefined && { code: networkCode }),
    $metadata: {
      attempts,
      ...(status !== undefined && { httpStatusCode: status }),
      ...(requestId !== undefined && { requestId }),
    },
  })
}

const networkCodes =
  /^(ECONN(RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ENOTFOUND|ENOTCONN|ENOBUFS|EMFILE|EADDRNOTAVAIL|EAI_\w+|EPROTO|HPE_\w+|ERR_HTTP\w+|ERR_STREAM_\w+|UND_ERR_\w+|CERT_\w+|ERR_TLS_\w+|ERR_SSL_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/

function networkErrorOf(thrown: unknown): unknown {
  for (let error = thrown, depth = 0; error !== undefined && depth < 10; error = memberOf(error, 'cause'), depth++) {
    const code = memberOf(error, 'code')
    if (typeof code === 'string' && networkCodes.test(code) && !isParserError(error)) return error
  }
  return undefined
}

// A credentials provider may quote text that it could not parse: only these messages pass.
const fixedTexts =
  /^(Region is missing$|Region not accepted: |@smithy\/node-http-handler - |Could not load credentials from any providers$|Could not resolve credentials using profile: |The SSO session |Token is expired)/

function isFixedText(thrown: unknown): boolean {
  const message = memberOf(thrown, 'message')
  return typeof message === 'string' && fixedTexts.test(message) && !isParserError(thrown)
}

// A parser quotes the text that it could not parse, and that may be an answer full of secrets.
function isParserError(thrown: unknown): boolean {
  return thrown instanceof SyntaxError || thrown instanceof TypeError || thrown instanceof RangeError
}

function lineOf(error: unknown): string | undefined {
  const message = memberOf(error, 'message')
  if (typeof message === 'string' && message !== '') return printable(message.replace(/\s+/g, ' ').slice(0, 400))
  return tokenOf(memberOf(error, 'code'))
}

function tokenOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.:/+=-]{1,128}$/.test(value) ? value : undefined
}

/** The member of an object of any kind; `undefined` for any other value. */
export function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
