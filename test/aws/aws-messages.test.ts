import { describe, expect, it } from 'vitest'
import { toCallError } from '../../src/aws/aws-messages.ts'
import { AwsCallError } from '../../src/aws/call-error.ts'
import { sdkErrorOf } from '../../src/aws/sdk-error.ts'
import { DeadlineReached } from '../../src/time/deadline.ts'

const action = 'ssm:GetParameters'

function service(name: string, message = '', status = 400): Error {
  const $metadata = { httpStatusCode: status, requestId: 'a-request-id', attempts: 1 }
  return Object.assign(new Error(message), { name, $fault: status < 500 ? 'client' : 'server', $metadata })
}

function socket(code: string, message = `connect ${code} 10.0.0.1:443`, name = 'Error'): Error {
  return Object.assign(new Error(message), { name, code })
}

const failureOf = (thrown: unknown) => toCallError(thrown, action, 1).failure

describe('a transient failure', () => {
  it.each([
    [service('ThrottlingException', 'Rate exceeded'), 'THROTTLED'],
    [service('RequestLimitExceeded'), 'THROTTLED'],
    [service('TooManyRequestsException', '', 429), 'THROTTLED'],
    [service('Whatever', '', 429), 'THROTTLED'],
    [service('InternalServerError', 'internal', 500), 'AWS_ERROR'],
    [service('ServiceUnavailable', '', 503), 'AWS_ERROR'],
    [service('RequestTimeout', 'too slow'), 'TIMEOUT'],
    [Object.assign(new SyntaxError('Unexpected token <'), { $metadata: { httpStatusCode: 503 } }), 'AWS_ERROR'],
    [Object.assign(new SyntaxError('Unexpected end'), { $metadata: { httpStatusCode: 200 } }), 'AWS_ERROR'],
    [Object.assign(new TypeError('Expected string'), { $metadata: { httpStatusCode: 200 } }), 'AWS_ERROR'],
    [socket('ECONNRESET', 'aborted'), 'AWS_ERROR'],
    [socket('ECONNRESET', 'socket hang up', 'TimeoutError'), 'UNREACHABLE'],
    [socket('HPE_INVALID_CONSTANT', 'Parse Error: Expected HTTP/'), 'UNREACHABLE'],
    [socket('HPE_HEADER_OVERFLOW', 'Parse Error: Header overflow'), 'UNREACHABLE'],
    [socket('HPE_CHUNK_EXTENSIONS_OVERFLOW', 'Parse Error'), 'UNREACHABLE'],
    [socket('ERR_HTTP2_ERROR', 'Protocol error'), 'UNREACHABLE'],
    [socket('ERR_HTTP2_GOAWAY_SESSION', 'New streams cannot be created after receiving a GOAWAY'), 'UNREACHABLE'],
    [socket('ERR_STREAM_PREMATURE_CLOSE', 'Premature close'), 'AWS_ERROR'],
    [
      socket('EPROTO', 'write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:'),
      'UNREACHABLE',
    ],
    [socket('ERR_SSL_WRONG_VERSION_NUMBER', ''), 'UNREACHABLE'],
    [socket('ECONNREFUSED'), 'UNREACHABLE'],
    [socket('EPIPE'), 'UNREACHABLE'],
    [socket('ENOTFOUND', 'getaddrinfo ENOTFOUND ssm.nowhere.amazonaws.com'), 'UNREACHABLE'],
    [socket('EAI_AGAIN'), 'UNREACHABLE'],
    [socket('EHOSTUNREACH'), 'UNREACHABLE'],
    [new Error('wrapped', { cause: new Error('again', { cause: socket('ENETUNREACH') }) }), 'UNREACHABLE'],
    [socket('ETIMEDOUT', 'a request has exceeded the configured 2500 ms requestTimeout', 'TimeoutError'), 'TIMEOUT'],
    [Object.assign(new Error('no connection'), { name: 'TimeoutError' }), 'TIMEOUT'],
    [new DeadlineReached(2_000), 'TIMEOUT'],
    [service('ExpiredTokenException', 'The security token included in the request is expired'), 'EXPIRED_CREDENTIALS'],
    [service('RequestExpired'), 'EXPIRED_CREDENTIALS'],
    [service('RequestTimeTooSkewed'), 'EXPIRED_CREDENTIALS'],
    [service('InvalidSignatureException', 'Signature expired: 20260101T000000Z is now earlier'), 'EXPIRED_CREDENTIALS'],
    [service('InvalidSignatureException', 'Signature not yet current: 20260101'), 'EXPIRED_CREDENTIALS'],
  ])('%s is %s', (thrown, code) => {
    expect(failureOf(thrown)).toMatchObject({ code, isTransient: true, action, attempts: 1 })
  })

  it('is a denial because of a wrong clock that the SDK has corrected', () => {
    const skewed = service('AccessDeniedException')
    Object.assign(skewed, { $metadata: { httpStatusCode: 400, clockSkewCorrected: true } })

    expect(failureOf(skewed)).toMatchObject({ code: 'EXPIRED_CREDENTIALS', isTransient: true })
    expect(failureOf(skewed).remedy).toContain('clock')
  })
})

describe('a permanent failure', () => {
  it.each([
    [new Error('Region is missing'), 'NO_REGION'],
    [
      Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }),
      'NO_CREDENTIALS',
    ],
    [
      service('UnrecognizedClientException', 'The security token included in the request is invalid.'),
      'NO_CREDENTIALS',
    ],
    [service('InvalidSignatureException', 'The request signature we calculated does not match'), 'NO_CREDENTIALS'],
    [service('AccessDeniedException', 'User: x is not authorized to perform: ssm:GetParameters'), 'ACCESS_DENIED'],
    [
      service('AccessDeniedException', 'User: x is not authorized to perform: kms:Decrypt on resource: k'),
      'DECRYPTION_FAILED',
    ],
    [
      service('AccessDeniedException', 'The ciphertext refers to a customer master key that does not exist'),
      'DECRYPTION_FAILED',
    ],
    [service('InvalidKeyId', 'key is disabled'), 'DECRYPTION_FAILED'],
    [service('KMSInvalidStateException'), 'DECRYPTION_FAILED'],
    [service('ValidationException', 'bad name'), 'INVALID_REQUEST'],
    [service('InvalidFilterKey'), 'AWS_ERROR'],
    [new TypeError('Invalid URL'), 'AWS_ERROR'],
    ['a text', 'AWS_ERROR'],
    [undefined, 'AWS_ERROR'],
  ])('%s is %s', (thrown, code) => {
    expect(failureOf(thrown)).toMatchObject({ code, isTransient: false })
  })
})

describe('the text of a failure', () => {
  const resource = 'arn:aws:ssm:eu-west-1:123456789012:parameter/app/a'
  const who = 'User: arn:aws:sts::123456789012:assumed-role/app/i is not authorized to perform:'

  it('holds the message and the request id of AWS', () => {
    const message = `${who} ssm:GetParameters on resource: ${resource} because no identity-based policy allows it`

    expect(failureOf(service('AccessDeniedException', message))).toMatchObject({
      detail: message,
      remedy: `allow ssm:GetParameters on ${resource}`,
      requestId: 'a-request-id',
    })
  })

  it('advises to remove an explicit deny', () => {
    const message = `${who} ssm:GetParameters on resource: ${resource} with an explicit deny in an identity-based policy`

    expect(failureOf(service('AccessDeniedException', message)).remedy).toBe(
      `remove the explicit deny of ssm:GetParameters on ${resource}`,
    )
  })

  it('names the action of the call if AWS names no action', () => {
    expect(failureOf(service('AccessDeniedException')).remedy).toBe('allow ssm:GetParameters')
  })

  it('names the key to allow, in the IAM policy and in the key policy', () => {
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/5f0c'

    expect(failureOf(service('AccessDeniedException', `${who} kms:Decrypt on resource: ${key} because`)).remedy).toBe(
      `allow kms:Decrypt on ${key}, in the IAM policy of this role and in the key policy`,
    )
  })

  it('has one line of limited length', () => {
    const { detail } = failureOf(service('ValidationException', `two\n  lines ${'x'.repeat(1_000)}`))

    expect(detail).toMatch(/^two lines x+$/)
    expect(detail).toHaveLength(400)
  })

  it('names the host that could not be found', () => {
    const thrown = socket('ENOTFOUND', 'getaddrinfo ENOTFOUND ssm.nowhere.amazonaws.com')

    expect(failureOf(thrown).detail).toBe(
      'the endpoint cannot be reached: getaddrinfo ENOTFOUND ssm.nowhere.amazonaws.com',
    )
  })
})

describe('the cause', () => {
  it('is a copy with name, code and metadata, and without the original', () => {
    const original = Object.assign(service('ThrottlingException', 'Rate exceeded'), { $response: { body: 'hunter2' } })
    const { cause } = failureOf(original)

    expect(cause).not.toBe(original)
    expect(cause).toMatchObject({
      name: 'ThrottlingException',
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 400, requestId: 'a-request-id', attempts: 1 },
    })
    expect(cause).not.toHaveProperty('$response')
    expect(cause?.cause).toBeUndefined()
  })

  it('holds the code of a socket error', () => {
    expect(failureOf(socket('ECONNREFUSED')).cause).toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('the facts for retries', () => {
  it.each([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'x-amz-retry-after': '1500' }, 1_500],
    [{ 'retry-after': '2', 'x-amz-retry-after': '1500' }, 1_500],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{}, undefined],
  ])('are asked for after %o', (headers, expected) => {
    expect(sdkErrorOf(Object.assign(new Error(), { $response: { headers } })).retryAfterMs).toBe(expected)
  })

  it('distinguish throttling from other errors', () => {
    expect(
      [service('SlowDown', '', 503), service('InternalServerError', '', 500)].map(
        (error) => sdkErrorOf(error).isThrottling,
      ),
    ).toEqual([true, false])
  })

  it('hold the number of attempts in a copy of the failure', () => {
    const first = toCallError(service('SlowDown'), action, 1)

    expect(first.after(7)).toMatchObject({ failure: { attempts: 7, code: 'THROTTLED' }, errorName: 'SlowDown' })
    expect(first).toBeInstanceOf(AwsCallError)
    expect(first.failure.attempts).toBe(1)
  })
})

it('advises to enable a disabled key', () => {
  const key = 'arn:aws:kms:eu-west-1:111122223333:key/a'

  expect(failureOf(service('InvalidKeyId', `${key} is disabled.`))).toMatchObject({
    code: 'DECRYPTION_FAILED',
    remedy: `enable ${key}`,
  })
  expect(failureOf(service('DisabledException')).remedy).toBe('enable the key')
})

describe('the answering endpoint', () => {
  const answered = (status: number, facts: object, error: Error = new Error('UnknownError')) =>
    failureOf(Object.assign(error, { $metadata: { httpStatusCode: status, attempts: 1 } }, facts))

  it.each([
    ['gives an error no name', answered(404, { name: 'Unknown', $fault: 'client' })],
    ['does not speak as AWS does', answered(404, {}, new SyntaxError('Unexpected token <'))],
  ])('is not AWS when it %s and the answer has no request id', (_, failure) => {
    expect(failure).toMatchObject({
      code: 'AWS_ERROR',
      isTransient: false,
      detail: 'the endpoint is not AWS: it answered with HTTP 404, an error that AWS does not send',
      remedy: expect.stringContaining('check the endpoint'),
    })
  })
})
