import { createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { DeadlineReached } from '../../src/time/deadline.ts'
import { read } from '../support/reading.ts'
import { sourceOf } from '../support/sources.ts'

/** A server that sends the same bytes to every caller and closes the connection. */
async function answering(text: string): Promise<{ readonly port: number; calls(): number }> {
  let calls = 0
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      calls++
      socket.end(Buffer.from(text, 'latin1'))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, calls: () => calls }
}

const html = '<html>blocked</html>'
const reply = (status: number, headers = '', body = '') =>
  `HTTP/1.1 ${status} X\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`

it.each([
  [
    'http',
    'text of another protocol',
    'SSH-2.0-OpenSSH_9.6\r\n',
    /127\.0\.0\.1 answers with something other than HTTP/,
  ],
  ['http', 'bytes of TLS', '\x15\x03\x01\x00\x02\x02\x46', /something other than HTTP \(HPE_\w+\)/],
  ['http', 'HTTP/2', 'HTTP/2 200\r\n\r\n', /something other than HTTP/],
  ['http', 'a page without headers', html, /something other than HTTP/],
  ['http', 'headers beyond any limit', reply(200, `x-a: ${'a'.repeat(20_000)}\r\n`, '{}'), /headers beyond the limit/],
  ['http', 'a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n{}', /other than HTTP/],
  ['http', 'a bad chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}', /HPE_|half way|decoded/],
  ['http', 'nothing', '', /cannot be reached/],
  ['http', 'half a body', 'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{}', /half way/],
  ['http', 'a page with HTTP 200', reply(200, 'content-type: text/html\r\n', html), /127\.0\.0\.1 may not be AWS/],
  ['https', 'no TLS', reply(200, '', '{}'), /127\.0\.0\.1 answers with something other than TLS/],
  ['https', 'nothing to a TLS greeting', '', /cannot be reached/],
])('tries until the deadline where %s is answered by %s', async (scheme, _, text, detail) => {
  const { port, calls } = await answering(text)
  const deadline = new AbortController()
  const source = sourceOf({ endpoint: `${scheme}://127.0.0.1:${port}` }, { random: () => 0 })
  const reading = read(source, { names: ['/app/a'] }, deadline.signal)
  await expect.poll(calls, { timeout: 5_000 }).toBeGreaterThan(2)
  deadline.abort(new DeadlineReached(1_000))
  const failure = { isTransient: true, detail: expect.stringMatching(detail) }

  expect((await reading).names.get('/app/a')).toMatchObject({ kind: 'failed', failure })
})

it.each([
  ...[301, 302, 303, 307, 308, 304].map((status) => [status, reply(status, 'location: https://login.example/\r\n')]),
  ...[400, 401, 403, 404, 407, 451].map((status) => [status, reply(status, 'content-type: text/html\r\n', html)]),
  ...[403, 407].map((status) => [status, reply(status)]),
  ...[403, 407].map((status) => [status, reply(status, '', '{"error":"no"}')]),
] as const)('says that HTTP %i without an error of AWS is not AWS', async (status, text) => {
  const { port } = await answering(String(text))
  const { names } = await read(sourceOf({ endpoint: `http://127.0.0.1:${port}` }), { names: ['/app/a'] })

  expect(names.get('/app/a')).toMatchObject({
    failure: {
      code: 'AWS_ERROR',
      detail: expect.stringContaining(`127.0.0.1 is not AWS: it answered with HTTP ${status}`),
      remedy: expect.stringContaining('proxies'),
    },
  })
})
