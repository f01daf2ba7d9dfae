import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFakeClock } from '../../src/testing/index.ts'
import { confirmation, created } from '../notifications/samples.ts'
import { runs } from '../support/suite.ts'
import { hooked, key, signed, topicArn } from '../support/webhook.ts'

const Message = JSON.stringify(created)
const crlf = '\r\n'

describe('a webhook that receives random bytes', () => {
  it.each<[string, readonly string[], ('waits' | 'hangs up')?]>([
    ['no HTTP', ['hello', crlf, crlf]],
    ['half a head', [`POST / HTTP/1.1${crlf}host: x`], 'hangs up'],
    ['a length that is none', [head({ 'content-length': '-1' }), '{}']],
    ['two lengths', [head({ 'content-length': `2${crlf}content-length: 3` }), '{}']],
    [
      'a length and chunks',
      [head({ 'content-length': '2', 'transfer-encoding': 'chunked' }), `2${crlf}{}${crlf}0${crlf}${crlf}`],
    ],
    ['a chunk of a size that is none', [head({ 'transfer-encoding': 'chunked' }), `ZZ${crlf}{}${crlf}`]],
    [
      'a chunk that is larger than anything',
      [head({ 'transfer-encoding': 'chunked' }), `FFFFFFFFFFFFFFFF${crlf}{}`],
      'hangs up',
    ],
    ['a head that is longer than anything', [`POST / HTTP/1.1${crlf}x: ${'x'.repeat(100_000)}${crlf}${crlf}`]],
    ['a body that is shorter than it says, and hangs up', [head({ 'content-length': '100' }), '{"Type":'], 'hangs up'],
    ['two encodings', [head({ 'content-length': '2', 'content-encoding': 'identity, gzip' }), '{}']],
    ['an encoding of capitals', [head({ 'content-length': '2', 'content-encoding': 'GZIP' }), '{}']],
  ])('refuses %s, and keeps serving', async (_, parts, how) => {
    const { url, post, told } = await hooked()
    const statuses = await exchange(url, parts, how)
    for (const status of statuses) expect(status).toBeGreaterThanOrEqual(400)
    expect(told).toEqual([])
    expect(await post({ body: signed({ Message }) })).toBe(200)
    expect(told).toHaveLength(1)
  })

  it('accepts a message in small chunks', async () => {
    const { url, told } = await hooked()
    const body = signed({ Message })
    const whole = `${head({ 'content-length': String(Buffer.byteLength(body)) })}${body}`
    const parts = Array.from({ length: Math.ceil(whole.length / 7) }, (_, index) =>
      whole.slice(index * 7, index * 7 + 7),
    )
    expect(await exchange(url, parts)).toEqual([200])
    expect(told).toHaveLength(1)
  })

  it('does not treat one request as two', async () => {
    const { url, told } = await hooked()
    const inner = `${head({ 'x-api-key': key, 'content-length': '2' })}{}`
    expect(await exchange(url, [head({ 'content-length': String(inner.length) }), inner])).toEqual([400])
    expect(told).toEqual([])
  })

  it('answers a header of any form', async () => {
    const { url, told } = await hooked()
    const name = fc.constantFrom(
      'content-type',
      'content-encoding',
      'x-api-key',
      'x-amz-sns-rawdelivery',
      'expect',
      '__proto__',
    )
    const value = fc.oneof(
      fc.constantFrom('100-continue', 'identity', 'text/plain;', ';', '__proto__', 'x'.repeat(5_000)),
      fc.stringMatching(/^[!-~]{0,9}$/),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 4 }), async (headers) => {
        const statuses = await exchange(url, [head({ 'content-length': '2', ...Object.fromEntries(headers) }), '{}'])
        expect(statuses.at(-1)).toBeGreaterThanOrEqual(400)
        expect(statuses.at(-1)).toBeLessThan(500)
      }),
      { numRuns: runs(100) },
    )
    expect(told).toEqual([])
  })
})

describe('a webhook with many concurrent callers', () => {
  it('causes no leak warning of Node', async () => {
    const warnings: string[] = []
    const note = ({ message }: Error) => warnings.push(message)
    process.on('warning', note)
    onTestFinished(() => void process.off('warning', note))
    const clock = createFakeClock(Date.now())
    const { url } = await hooked({ clock })
    await Promise.all(Array.from({ length: 20 }, () => start(url, head({ 'content-length': '500000' }))))
    // Two limits of time for each.
    await expect.poll(() => clock.sleepers).toBe(40)
    await new Promise((resolve) => setImmediate(resolve))
    expect(warnings).toEqual([])
  })

  it('limits the bytes of unauthenticated callers, and frees them when the callers disconnect', async () => {
    const { url, post, told } = await hooked({ clock: createFakeClock(Date.now()) })
    const open = head({ 'content-length': '260000' })
    const strangers = await Promise.all(Array.from({ length: 60 }, () => start(url, `${open}"${'x'.repeat(250_000)}`)))
    const refused = () => strangers.filter(({ statuses }) => statuses[0] === 503).length
    await expect.poll(refused).toBeGreaterThan(20)
    expect(strangers.filter(({ statuses }) => statuses.length === 0).length).toBeGreaterThan(20)

    // Whoever shows the key is no stranger.
    const event = JSON.stringify({ ...created, time: new Date().toISOString() })
    const headers = { 'content-type': 'application/json', 'x-api-key': key }
    expect(await post({ body: event, headers })).toBe(200)
    for (const { socket } of strangers) socket.destroy()
    await expect.poll(() => post({ body: signed({ Message: ' '.repeat(200_000) + Message }) })).toBe(200)
    expect(told).toHaveLength(2)
  })

  it('confirms a subscription once for concurrent requests', async () => {
    const { post, asked, told, endpoint } = await hooked()
    const { Token } = confirmation
    const SubscribeURL = `${endpoint}/?${new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn: topicArn, Token })}`
    const body = signed({ Type: 'SubscriptionConfirmation', Message: 'm', Token, SubscribeURL })
    const statuses = await Promise.all(Array.from({ length: 20 }, () => post({ body })))
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(asked.filter((path) => path.includes('ConfirmSubscription'))).toHaveLength(1)
    expect(told).toEqual(['opened'])
  })

  it('answers many forged messages and the genuine one among them', async () => {
    const { post, told, asked } = await hooked()
    const forged = JSON.stringify({ ...JSON.parse(signed({ Message })), MessageId: 'other' })
    const bodies = Array.from({ length: 100 }, (_, index) => (index === 50 ? signed({ Message }) : forged))
    const statuses = await Promise.all(bodies.map((body) => post({ body })))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 403)).toHaveLength(99)
    expect({ told: told.length, asked: asked.length }).toEqual({ told: 1, asked: 1 })
  })
})

function head(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: 'x', 'content-type': 'text/plain', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return ['POST / HTTP/1.1', ...lines, '', ''].join(crlf)
}

interface Started {
  readonly socket: Socket
  /** Of each answer so far. */
  readonly statuses: number[]
}

function start(url: string, first: string): Promise<Started> {
  const { hostname, port } = new URL(url)
  const statuses: number[] = []
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () =>
      socket.write(first, () => resolve({ socket, statuses })),
    )
    onTestFinished(() => void socket.destroy())
    socket.setNoDelay(true)
    socket.on('error', () => resolve({ socket, statuses }))
    socket.on('data', (data) => {
      for (const [, status] of String(data).matchAll(/HTTP\/1\.1 (\d{3})/g)) statuses.push(Number(status))
    })
  })
}

/** Sends each part by itself. @returns The statuses of the answers; none where the caller hangs up, or is hung up on. */
async function exchange(
  url: string,
  parts: readonly string[],
  how: 'waits' | 'hangs up' = 'waits',
): Promise<readonly number[]> {
  const [first = '', ...others] = parts
  const { socket, statuses } = await start(url, first)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  if (socket.destroyed) return statuses
  for (const part of others) await new Promise<void>((resolve) => socket.write(part, () => resolve()))
  if (how === 'waits') await Promise.race([closed, expect.poll(() => statuses.at(-1) ?? 0).toBeGreaterThan(100)])
  socket.end()
  await closed
  return statuses
}
