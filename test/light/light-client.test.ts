import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { type LightClientOptions, lightClient } from '../../src/light/index.ts'
import { signingCertificate, signingKey } from '../../src/local/signing-key.ts'
import { lightClientOf } from '../support/clients.ts'
import { setForTest } from '../support/environment.ts'
import { loadError, rejection } from '../support/rejection.ts'
import { isWholeSuite } from '../support/suite.ts'

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly url: string
  readonly body: string
  readonly socket: Socket
}

type Answer = (response: ServerResponse, request: Received, count: number) => void

/** Starts a server, and makes a client for it. */
async function setUp(answer: Answer = ok, options: LightClientOptions = {}) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const call = {
      headers: request.headers,
      url: request.url ?? '',
      body: await bodyOf(request),
      socket: request.socket,
    }
    received.push(call)
    answer(response, call, received.length)
  })
  const port = await listen(server)
  onTestFinished(() => server.closeAllConnections())
  const client = lightClientOf({ region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, ...options })
  const call = (signal = new AbortController().signal) =>
    client.ssm.call<Record<string, unknown>>('GetParameters', { Names: ['/a'] }, { abortSignal: signal })
  return { server, port, client, received, call }
}

const ok: Answer = (response) => response.end('{"Parameters":[]}')
const refusal = (name: string) => `{"__type":"com.amazonaws.ssm#${name}","message":"no"}`

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe('a request', () => {
  it('is signed, in JSON 1.1, and asks for no compression', async () => {
    const { received, call, port } = await setUp()
    await call()
    const [{ headers, url, body } = never()] = received

    expect({ url, body }).toEqual({ url: '/', body: '{"Names":["/a"]}' })
    expect(headers).toMatchObject({
      host: `127.0.0.1:${port}`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.GetParameters',
    })
    expect(headers['accept-encoding']).toBeUndefined()
    expect(headers.authorization).toContain(`Signature=${signatureOf(received[0] ?? never(), 'test')}`)
  })

  it('carries the session token and the path of the endpoint', async () => {
    const { port, received } = await setUp()
    const credentials = { accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 'token' }
    const client = lightClientOf({ region: 'us-east-1', endpoint: `http://127.0.0.1:${port}/a/b/`, credentials })
    await client.secretsManager.call('GetSecretValue', {}, { abortSignal: new AbortController().signal })
    const [request = never()] = received

    expect(request.url).toBe('/a/b/')
    expect(request.headers).toMatchObject({
      'x-amz-security-token': 'token',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    })
    expect(request.headers.authorization).toContain(`Signature=${signatureOf(request, 'key')}`)
  })

  it('carries the trace of the invocation in Lambda alone', async () => {
    const { received, call } = await setUp()
    setForTest('_X_AMZN_TRACE_ID', 'Root=1-a;Lineage=b')
    await call()
    setForTest('AWS_LAMBDA_FUNCTION_NAME', 'shop')
    await call()
    Object.assign(globalThis, { awslambda: { InvokeStore: { getXRayTraceId: () => 'Root=of-this-invocation' } } })
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'awslambda'))
    await call()

    expect(received.map(({ headers }) => headers['x-amzn-trace-id'])).toEqual([
      undefined,
      'Root=1-a;Lineage=b',
      'Root=of-this-invocation',
    ])
  })

  it('without a region is not sent, and the error says how to name one', async () => {
    const schema = z.object({ a: z.string() })
    const error = await loadError(
      loadConfig({ schema, path: '/app', client: lightClient(), startup: { timeoutMs: 2_000 } }),
    )

    expect(error.unreadable).toMatchObject([
      { code: 'NO_REGION', remedy: 'set AWS_REGION, or pass region to lightClient()' },
    ])
  })
})

describe('an answer', () => {
  it('has dates, bytes and metadata as in the SDK, and no null', async () => {
    const body = {
      Parameters: [{ Name: '/a', LastModifiedDate: 1.5e9, Policies: [{ PolicyText: null }] }, null],
      CreatedDate: 1500000000.25,
      SecretBinary: 'aGk=',
      Other: null,
    }
    const { call } = await setUp((response) => {
      response.writeHead(200, { 'x-amzn-requestid': 'an-id' }).end(JSON.stringify(body))
    })

    expect(await call()).toEqual({
      Parameters: [{ Name: '/a', LastModifiedDate: new Date(1.5e12), Policies: [{}] }, null],
      CreatedDate: new Date(1500000000250),
      SecretBinary: Buffer.from('hi'),
      $metadata: { httpStatusCode: 200, requestId: 'an-id', attempts: 1 },
    })
  })

  it.each([
    ['a name with a prefix', 'com.amazonaws.ssm#ParameterNotFound', {}],
    ['a name alone', 'ParameterNotFound', {}],
    ['a name with an address', 'ParameterNotFound:http://internal', {}],
    ['a name in the header', undefined, { 'x-amzn-errortype': 'ParameterNotFound:http://internal' }],
  ])('that refuses with %s has the form of the errors of the SDK', async (_, type, headers) => {
    const { call } = await setUp((response) => {
      response.writeHead(400, { 'x-amzn-requestid': 'an-id', 'retry-after': '3', ...headers })
      response.end(JSON.stringify({ __type: type, message: 'no' }))
    })

    expect(await rejection(call())).toMatchObject({
      name: 'ParameterNotFound',
      message: 'no',
      $fault: 'client',
      $metadata: { httpStatusCode: 400, requestId: 'an-id', attempts: 1 },
      $response: { headers: { 'retry-after': '3' } },
    })
  })

  it('beyond 16 MB is refused', async () => {
    const { call } = await setUp((response) => void response.end('x'.repeat(17 * 2 ** 20)))

    expect(await rejection(call())).toMatchObject({
      message: 'the answer has more than 16777216 bytes',
      $metadata: { httpStatusCode: 200 },
    })
  })
})

describe('a clock that differs from that of AWS', () => {
  const hourMs = 3_600_000
  const dateAhead = (ms: number) => new Date(Date.now() + ms).toUTCString()
  const signedAt = ({ headers }: Received) => Date.parse(isoOf(String(headers['x-amz-date'])))

  it.each(['InvalidSignatureException', 'AccessDeniedException'])(
    'is corrected after %s, and the call is repeated',
    async (name) => {
      const { received, call } = await setUp((response, request) => {
        response.setHeader('date', dateAhead(hourMs))
        const isLate = Math.abs(signedAt(request) - Date.now() - hourMs) > 5_000
        if (isLate) response.writeHead(400).end(refusal(name))
        else ok(response, request, 0)
      })
      await call()
      await call()

      expect(received).toHaveLength(3)
    },
  )

  it('is corrected after an answer, and back', async () => {
    let aheadMs = hourMs
    const { received, call } = await setUp((response) => {
      response.setHeader('date', dateAhead(aheadMs))
      response.end('{}')
    })
    await call()
    aheadMs = 0
    await call()
    await call()
    const aheadBy = received.map((request) => Math.round((signedAt(request) - Date.now()) / hourMs) + 0)

    expect(aheadBy).toEqual([0, 1, 0])
  })

  it('is left alone for small differences and unreadable dates', async () => {
    const dates = [dateAhead(200_000), 'canary', dateAhead(-200_000)]
    const { received, call } = await setUp((response, _, count) => {
      response.setHeader('date', dates[count - 1] ?? '')
      response.end('{}')
    })
    for (const _ of dates) await call()

    expect(received.map((request) => Math.abs(signedAt(request) - Date.now()) < 5_000)).toEqual([true, true, true])
  })

  it('is corrected once for a call: another refusal is final', async () => {
    const { received, call } = await setUp((response, _, count) => {
      response.writeHead(400, { date: dateAhead(count * hourMs) }).end(refusal('InvalidSignatureException'))
    })

    expect(await rejection(call())).toMatchObject({ name: 'InvalidSignatureException', $metadata: { attempts: 2 } })
    expect(received).toHaveLength(2)
  })
})

describe('expired credentials', () => {
  const expired: Answer = (response, request, count) => {
    const isOld = String(request.headers.authorization).includes('Credential=key1/')
    if (isOld) response.writeHead(400).end(refusal('ExpiredTokenException'))
    else ok(response, request, count)
  }
  const sequence = (...ids: readonly string[]) => {
    let count = 0
    return async () => ({ accessKeyId: ids[count++] ?? '', secretAccessKey: 'key' })
  }

  it('are replaced, and the call is repeated once', async () => {
    const { received, call } = await setUp(expired, { credentials: sequence('key1', 'key2') })
    await call()

    expect(received).toHaveLength(2)
  })

  it('that cannot be replaced are reported', async () => {
    const { received, call } = await setUp(expired, { credentials: sequence('key1', 'key1') })

    expect(await rejection(call())).toMatchObject({ name: 'ExpiredTokenException', $metadata: { attempts: 1 } })
    expect(received).toHaveLength(1)
  })
})

describe('a connection', () => {
  it('is kept open for the next calls', async () => {
    const { received, call } = await setUp()
    for (let count = 0; count < 3; count++) await call()

    expect(new Set(received.map(({ socket }) => socket)).size).toBe(1)
  })

  it('that the server resets when it is used again is replaced at once', async () => {
    const { received, call } = await setUp((response, request, count) => {
      if (count === 2) request.socket.resetAndDestroy()
      else ok(response, request, count)
    })
    await call()
    await call()

    expect(received).toHaveLength(3)
    expect(received[2]?.socket).not.toBe(received[0]?.socket)
  })

  it('that is reset on its first use, or on its replacement, is reported', async () => {
    const { received, call } = await setUp((response, request, count) => {
      if (count > 1) request.socket.resetAndDestroy()
      else ok(response, request, count)
    })
    await call()

    expect(await rejection(call())).toMatchObject({ code: 'ECONNRESET' })
    expect(received).toHaveLength(3)
    expect(await rejection(call())).toMatchObject({ code: 'ECONNRESET' })
    expect(received).toHaveLength(4)
  })

  it('that breaks in the answer is not replaced, because AWS may have answered', async () => {
    const { received, call } = await setUp((response, request, count) => {
      if (count === 1) return ok(response, request, count)
      response.writeHead(200, { 'content-length': 100 })
      response.write('{"canary', () => response.destroy())
    })
    await call()

    expect(await rejection(call())).toMatchObject({ code: 'ECONNRESET', $metadata: { httpStatusCode: 200 } })
    expect(received).toHaveLength(2)
  })

  it.runIf(isWholeSuite)('without an answer times out after 2.5 s', async () => {
    const { call } = await setUp(() => undefined)

    expect(await rejection(call())).toMatchObject({ code: 'ETIMEDOUT', message: 'no answer within 2500 ms' })
  })

  it.runIf(isWholeSuite)('that is not established times out after 1 s', async () => {
    // Nothing answers there: https://www.rfc-editor.org/rfc/rfc5737
    const client = lightClientOf({ region: 'us-east-1', endpoint: 'http://192.0.2.1' })
    const error = await rejection(client.ssm.call('GetParameters', {}, { abortSignal: new AbortController().signal }))

    expect(Object(error).code).toMatch(/^(ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED)$/)
  })

  it('to a host without an address is reported', async () => {
    const client = lightClientOf({ region: 'us-east-1', endpoint: 'http://nothing.invalid' })
    const error = await rejection(client.ssm.call('GetParameters', {}, { abortSignal: new AbortController().signal }))

    expect(Object(error).code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/)
  })

  it('is encrypted for https, and checks the certificate', async () => {
    const server = createTlsServer({ key: signingKey, cert: signingCertificate }, (_, response) => {
      response.end('{}')
    })
    const endpoint = `https://localhost:${await listen(server)}`
    const client = lightClientOf({ region: 'us-east-1', endpoint })
    const call = () => client.ssm.call('GetParameters', {}, { abortSignal: new AbortController().signal })
    expect(await rejection(call())).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    setForTest('NODE_TLS_REJECT_UNAUTHORIZED', '0')

    expect(await call()).toMatchObject({ $metadata: { httpStatusCode: 200 } })
    expect(await call()).toMatchObject({ $metadata: { httpStatusCode: 200 } })
  })

  it('reaches an IPv6 address', async () => {
    const server = createServer((_, response) => void response.end('{}'))
    await new Promise<void>((resolve) => server.listen(0, '::1', resolve))
    onTestFinished(() => void server.close())
    const endpoint = `http://[::1]:${(server.address() as AddressInfo).port}`
    const client = lightClientOf({ region: 'us-east-1', endpoint })

    expect(await client.ssm.call('GetParameters', {}, { abortSignal: new AbortController().signal })).toMatchObject({
      $metadata: { httpStatusCode: 200 },
    })
  })

  it('is closed when the signal aborts, before and during the call', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const { received, call } = await setUp(() => controller.abort(reason))

    expect(await rejection(call(controller.signal))).toBe(reason)
    await expect.poll(() => received[0]?.socket.destroyed).toBe(true)
    expect(await rejection(call(controller.signal))).toBe(reason)
    expect(received).toHaveLength(1)
  })

  it('is closed by drop() and destroy(), and the next call opens another', async () => {
    const { client, received, call } = await setUp()
    for (const close of [() => client.ssm.drop(), () => client.destroy()]) {
      await call()
      close()
      await expect.poll(() => received.at(-1)?.socket.destroyed).toBe(true)
    }
    await call()

    expect(new Set(received.map(({ socket }) => socket)).size).toBe(3)
  })

  it('goes to at most 50 sockets at once', async () => {
    const sockets = new Set<Socket>()
    const server = createSocketServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
    })
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
    })
    const client = lightClientOf({ region: 'us-east-1', endpoint: `http://127.0.0.1:${await listen(server)}` })
    const controller = new AbortController()
    const calls = Array.from({ length: 60 }, () =>
      rejection(client.ssm.call('GetParameters', {}, { abortSignal: controller.signal })),
    )
    await expect.poll(() => sockets.size).toBe(50)
    controller.abort()
    await Promise.all(calls)

    expect(sockets.size).toBe(50)
  })
})

describe('lightClient()', () => {
  it.each([
    [{ regoin: 'a' }, 'lightClient(): there is no option regoin: did you mean region?'],
    [{ region: 'https://a' }, 'lightClient(): region must be a region such as eu-west-1'],
    [{ endpoint: 'localhost' }, 'lightClient(): endpoint must be a URL that begins with http:// or https://'],
    [{ credentials: { accessKeyId: 'a' } }, 'lightClient(): credentials must be an object with accessKeyId'],
    [{ useFipsEndpoint: 'yes' }, 'lightClient(): useFipsEndpoint must be true or false'],
  ])('refuses %j', (options, message) => {
    expect(() => lightClient(options as LightClientOptions)).toThrow(message)
  })

  it('shows no credentials when it is printed', async () => {
    const { client, call } = await setUp(ok, {
      credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 'canary' }),
    })
    await call()
    const given = lightClient({ credentials: { accessKeyId: 'a', secretAccessKey: 'canary' } })
    const shown = [client, given].map((each) => inspect(each, { depth: Number.POSITIVE_INFINITY, showHidden: true }))

    expect(`${shown} ${JSON.stringify([client, given])}`).not.toContain('canary')
  })

  it('says where it reads, as an SDK client does', async () => {
    const { client } = await setUp(ok, { credentials: { accessKeyId: 'id', secretAccessKey: 'key' } })
    const config: Record<string, unknown> = Object(client.config)

    expect(await Object(config).region()).toBe('us-east-1')
    expect(await Object(config).credentials()).toMatchObject({ accessKeyId: 'id' })
    expect(config.endpoint).toMatch(/^http:/)
  })
})

/** The signature of a request, by the rules of AWS. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signatureOf({ headers, url, body }: Received, secretKey: string): string {
  const [, scope = '', names = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(String(headers.authorization)) ?? []
  const canonical = [
    'POST',
    url,
    '',
    ...names.split(';').map((name) => `${name}:${headers[name]}`),
    '',
    names,
    sha256(body),
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const key = scope.split('/').reduce<Buffer | string>((previous, part) => hmac(previous, part), `AWS4${secretKey}`)
  return hmac(key, toSign).toString('hex')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function isoOf(date: string): string {
  return date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')
}

function never(): never {
  throw new Error('no request')
}
