import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { signingCertificate } from '../../src/local/signing-key.ts'
import { sample } from '../support/suite.ts'
import { post, serveSns, signed, topicArn } from '../support/webhook.ts'

interface Memory {
  /** The memory that is still referenced, in bytes. */
  readonly held: number
  readonly rss: number
}

const room = 16 * 1_024 * 1_024
const genuine = JSON.parse(signed({ Message: 'm' }))
// A message with a wrong signature, whose certificate takes long to download.
const forged = { ...genuine, Signature: 'Zm9yZ2Vk' }

function withField(text: string): string {
  return `${JSON.stringify(forged).slice(0, -1)},"junk":${text}}`
}

function filled(part: string, bytes: number): string {
  return part.repeat(Math.floor(bytes / Buffer.byteLength(part)))
}

const maxBytes = 262_000
const quotes = JSON.stringify({ ...forged, Message: filled('"', 256 * 1_024) })
const emptyObjects = withField(`[${filled('{},', maxBytes)}{}]`)

const floods: readonly (readonly [string, number, string, (body: string) => readonly string[]])[] = [
  ['arrays of empty objects', 300, emptyObjects, whole],
  ['516 kB of empty objects', 300, withField(`[${filled('{},', 512_000)}{}]`), whole],
  ['deep arrays', 300, withField(`${filled('[', maxBytes / 2)}${filled(']', maxBytes / 2)}`), whole],
  ['messages of quotes', 300, quotes, whole],
  [
    'messages of two bytes a character',
    300,
    JSON.stringify({ ...forged, Message: `${filled('x', maxBytes)}€` }),
    whole,
  ],
  ['wide messages', 300, JSON.stringify({ ...forged, Message: filled('€', maxBytes) }), whole],
  ['bodies that never end', 300, quotes, neverEnding],
  ['one byte a chunk', 40, withField(`"${filled('x', 100_000)}"`), chunkedByBytes],
]

it.each(sample(floods, 2))(
  'requests without a key take at most twice their budget: %s',
  async (_, posts, body, toParts) => {
    const sns = await slowSns()
    const child = await start(sns.endpoint)
    const before = await child.measure()
    const parts = toParts(body)
    let answered = 0
    const sent = Array.from({ length: posts }, () => send(child.port, parts).then(() => answered++))
    let [held, rss] = [0, 0]
    while (answered < posts) {
      const now = await child.measure()
      held = Math.max(held, now.held - before.held)
      rss = Math.max(rss, now.rss - before.rss)
    }
    await Promise.all(sent)
    sns.recover()

    expect(held).toBeLessThan(2 * room)
    expect(rss).toBeLessThan(128 * 1_024 * 1_024)
    // After a 503, SNS sends a message again.
    const message = { body: signed({ Message: 'm' }) }
    await expect.poll(() => post(`http://127.0.0.1:${child.port}`, message)).toBe(200)
  },
  60_000,
)

/** Has no certificate until it recovers. */
async function slowSns() {
  let isSlow = true
  const sns = await serveSns((_, response) => {
    if (!isSlow) response.end(signingCertificate)
  })
  return {
    ...sns,
    recover() {
      isSlow = false
    },
  }
}

async function start(endpoint: string) {
  const file = fileURLToPath(new URL('../support/webhook-process.ts', import.meta.url))
  const execArgv = ['--import', 'tsx', '--expose-gc', '--max-old-space-size=128']
  const child = fork(file, [topicArn, endpoint], { execArgv })
  const ended = once(child, 'exit').then(() => undefined)
  onTestFinished(async () => {
    child.kill()
    await ended
  })
  const [{ port }] = await once(child, 'message')
  return {
    port: Number(port),
    async measure(): Promise<Memory> {
      const answer = new Promise<Memory>((resolve) => child.once('message', (memory: Memory) => resolve(memory)))
      child.send('measure')
      const memory = await Promise.race([answer, ended])
      if (memory === undefined) throw new Error('the process ended')
      return memory
    },
  }
}

/** Sends the parts over a connection of their own until the server answers or closes it. */
function send(port: number, parts: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      for (const part of parts) socket.write(part)
    })
    // Refused requests are cut off while they are sent.
    socket
      .on('error', () => undefined)
      .on('data', () => socket.destroy())
      .once('close', () => resolve())
  })
}

const head = 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n'

function whole(body: string): string[] {
  return [`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n`, body]
}

function neverEnding(body: string): string[] {
  return [`${head}content-length: ${Buffer.byteLength(body) + 1}\r\n\r\n`, body]
}

function chunkedByBytes(body: string): string[] {
  return [`${head}transfer-encoding: chunked\r\n\r\n`, [...body].map((byte) => `1\r\n${byte}\r\n`).join('')]
}
