import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, secret } from '../../src/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { awsClients, type ClientAt } from '../support/clients.ts'
import { passing } from '../support/passing.ts'
import { loadError } from '../support/rejection.ts'
import { rawServer } from '../support/scripted-aws.ts'
import { sample } from '../support/suite.ts'

const schema = z.object({ a: z.string() })
const often = { interval: 5, timeout: 20_000 }
const withId = 'x-amzn-requestid: an-id\r\n'
const http = (status: string, body = '', headers = '') =>
  `HTTP/1.1 ${status}\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const page = '<html>canary</html>'
const stored = http('200 OK', '{"Parameters":[{"Name":"/app/a","Type":"String","Version":1,"Value":"1"}]}', withId)

function start(clientAt: ClientAt, port: number, scheme: string, given: z.ZodType = schema) {
  const clock = createFakeClock(Date.now())
  const startup = { timeoutMs: 6_000 }
  const place = clientAt({ endpoint: `${scheme}://127.0.0.1:${port}`, region: 'us-east-1' })
  const config = createConfig({ schema: given, path: '/app', poll: false, clock, random: () => 0.5, startup, ...place })
  const ended = config.ready.then(
    () => undefined,
    (error: unknown) => error,
  )
  const untilState = (state: string) =>
    expect
      .poll(
        passing(clock, 100, () => config.status().state),
        often,
      )
      .toBe(state)
  return { config, ended, untilState }
}

async function failedStart(clientAt: ClientAt, answer: string | Uint8Array, scheme = 'http', given?: z.ZodType) {
  const { port, requests } = await rawServer(() => answer)
  const { config, ended, untilState } = start(clientAt, port, scheme, given)
  await untilState('failed')
  const error = await loadError(ended.then((reason) => Promise.reject(reason)))
  await config.close()
  return { message: error.message, problems: [...error.unreadable], requests: requests() }
}

const garbled: readonly (readonly [string, string | Uint8Array, string])[] = [
  ['a banner of SSH', 'SSH-2.0-canary\r\n', 'other than HTTP'],
  ['a TLS alert', Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40), 'other than HTTP'],
  ['HTTP of a version that does not exist', 'HTTP/9.9 200 OK\r\n\r\n', 'other than HTTP'],
  ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'other than HTTP'],
  ['a page without headers', page, 'other than HTTP'],
  ['a status that is no number', 'HTTP/1.1 2x0 canary\r\n\r\n', 'other than HTTP'],
  ['a header with parentheses in its name', 'HTTP/1.1 200 OK\r\n(canary): 1\r\n\r\n', 'other than HTTP'],
  ['a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: 1x\r\n\r\n{}', 'other than HTTP'],
  ['two lengths', http('200 OK', '{}', 'content-length: 7\r\n'), 'other than HTTP'],
  ['a length beside chunks', http('200 OK', '{}', 'transfer-encoding: chunked\r\n'), 'other than HTTP'],
  ['one header of 100 KB', http('200 OK', '{}', `x: ${'a'.repeat(100_000)}\r\n`), 'headers beyond the limit'],
  ['5,000 headers', http('200 OK', '{}', 'canary: aaaaaaaaaaaaaaaa\r\n'.repeat(5_000)), 'headers beyond the limit'],
]

const portals: readonly (readonly [string, string, string])[] = [
  [
    'a redirect',
    http('302 Found', '', 'location: http://127.0.0.1:1/canary\r\n'),
    'is not AWS: it answered with HTTP 302',
  ],
  [
    'a redirect with a page',
    http('307 Temporary', page, 'location: /canary\r\n'),
    'is not AWS: it answered with HTTP 307',
  ],
  ['a redirect to nowhere', http('301 Moved'), 'is not AWS: it answered with HTTP 301'],
  ['a redirect that bears a request id', http('308 Moved', page, withId), 'is not AWS: it answered with HTTP 308'],
  [
    'a redirect that names an error',
    http('303 See', '{"__type":"Canary","message":"canary"}'),
    'is not AWS: it answered with HTTP 303',
  ],
  ['304', 'HTTP/1.1 304 Not Modified\r\n\r\n', 'is not AWS: it answered with HTTP 304'],
  ['a page with 200', http('200 OK', page, 'content-type: text/html\r\n'), 'is not AWS: it answered with HTTP 200'],
  ['text with 200', http('200 OK', 'canary'), 'is not AWS: it answered with HTTP 200'],
  ['an empty 200', http('200 OK'), 'is not AWS: it answered with HTTP 200'],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', 'is not AWS: it answered with HTTP 204'],
  ['null with 200', http('200 OK', 'null'), 'is not AWS: it answered with HTTP 200'],
  ['a page with 502', http('502 Bad Gateway', page), 'HTTP 502'],
  ['an empty 502', http('502 Bad Gateway'), 'HTTP 502'],
  ['502 with a message', http('502 Bad Gateway', '{"message":"canary"}'), 'HTTP 502'],
  ['511', http('511 Network Authentication Required', page), 'HTTP 511'],
]

const cut: readonly (readonly [string, string, string])[] = [
  ['nothing', '', 'cannot be reached'],
  ['half of the headers', 'HTTP/1.1 200 OK\r\ncanary', 'cannot be reached'],
  ['half of a body', 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"canary', 'was cut short'],
  ['half of a refusal', 'HTTP/1.1 403 Forbidden\r\ncontent-length: 99\r\n\r\n{"canary', 'was cut short'],
  [
    'a chunk whose length is no number',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}',
    'was cut short',
  ],
  ['half of the chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"canary', 'was cut short'],
]

describe.each(awsClients)('with %s', (_client, clientAt) => {
  describe.each(sample([...garbled, ...portals, ...cut], 5))('an endpoint that answers with %s', (_, answer, words) => {
    it('is retried until the deadline, and the error names the remedy without quoting the answer', async () => {
      const { message, problems, requests } = await failedStart(clientAt, answer)

      expect(requests).toBeGreaterThan(4)
      expect(problems).toMatchObject([
        { detail: expect.stringContaining(words), remedy: expect.stringMatching(/endpoint/) },
      ])
      expect(message).not.toMatch(/canary|Unknown/i)
    })

    it('is read once AWS answers there', async () => {
      const { port } = await rawServer((request) => (request <= 5 ? answer : stored))
      const { config, untilState } = start(clientAt, port, 'http')
      await untilState('ready')

      expect(config.current).toEqual({ a: '1' })
      await config.close()
    })
  })

  describe('an https endpoint', () => {
    it.each([
      ['that answers in plain text', http('400 Bad Request', page), 'wrong version number'],
      ['that refuses the handshake', Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40), 'handshake failure'],
    ])('%s is retried until the deadline', async (_, answer, reason) => {
      const { message, problems, requests } = await failedStart(clientAt, answer, 'https')

      expect(requests).toBeGreaterThan(4)
      expect(problems).toMatchObject([{ code: 'UNREACHABLE', detail: expect.stringContaining(reason) }])
      expect(problems).toMatchObject([{ remedy: expect.stringContaining('http:// or https://') }])
      expect(message).not.toMatch(/canary|routines|openssl/)
    })
  })

  // A refusal is final for the request: repeating it only burdens the proxy.
  describe.each(sample([400, 401, 403, 404, 407, 451], 2))('a proxy that refuses with %i', (status) => {
    it.each([
      ['a page', http(`${status} No`, page)],
      ['nothing', http(`${status} No`)],
      ['nothing but a request id', http(`${status} No`, '', withId)],
      ['a message', http(`${status} No`, '{"message":"canary"}')],
      ['a list', http(`${status} No`, '["canary"]')],
    ])('with %s ends the start after two more attempts', async (_, answer) => {
      const { message, problems, requests } = await failedStart(clientAt, answer)

      expect(requests).toBe(3)
      expect(problems).toMatchObject([
        { code: 'AWS_ERROR', detail: expect.stringContaining(`127.0.0.1 is not AWS: it answered with HTTP ${status}`) },
      ])
      expect(message).toContain('AWS_ENDPOINT_URL')
      expect(message).not.toMatch(/canary|Unknown/i)
    })
  })

  it('reports 407 as a proxy, even with an error name and a request id', async () => {
    const { message } = await failedStart(clientAt, http('407 Proxy', '{"__type":"Canary","message":"canary"}', withId))

    expect(message).toContain('is not AWS: it answered with HTTP 407')
    expect(message).not.toMatch(/canary/i)
  })

  it('reports 429 without an error name as throttling, and quotes nothing', async () => {
    const { message } = await failedStart(clientAt, http('429 Too Many Requests', page))

    expect(message).toContain('AWS asks for fewer calls: HTTP 429')
    expect(message).not.toMatch(/canary|SyntaxError|Unknown/i)
  })

  it('applies the same rules to Secrets Manager', async () => {
    const login = z.object({
      login: secret('arn:aws:secretsmanager:us-east-1:123456789012:secret:l-a1b2c3', z.string()),
    })
    const { problems, requests } = await failedStart(clientAt, http('200 OK'), 'http', login)

    expect(requests).toBeGreaterThan(4)
    expect(problems).toMatchObject([{ detail: expect.stringContaining('is not AWS: it answered with HTTP 200') }])
  })
})
