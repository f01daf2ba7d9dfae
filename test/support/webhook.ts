import { createSign } from 'node:crypto'
import { createServer, type RequestListener, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { signingCertificate, signingKey } from '../../src/local/signing-key.ts'
import { readSnsMessage, signedText } from '../../src/notifications/sns-message.ts'
import { platform } from '../../src/platform/node.ts'
import type { Clock } from '../../src/ports.ts'
import type { Hint, PolicyNotice, ReadFailure } from '../../src/source/index.ts'
import { type WebhookNotifications, type WebhookOptions, webhookNotifications } from '../../src/webhook/index.ts'

export const topicArn = 'arn:aws:sns:us-east-1:123456789012:config-changes'
export const key = 'a key of sixteen characters, or more'

/** An HTTP server on a free port, for as long as the test. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What SNS has at its endpoint, and a record of what was asked of it. */
export async function serveSns(
  answer?: RequestListener,
): Promise<{ readonly endpoint: string; readonly asked: string[] }> {
  const asked: string[] = []
  const endpoint = await serve((incoming, response) => {
    asked.push(incoming.url ?? '')
    if (answer !== undefined) answer(incoming, response)
    else response.end(incoming.url?.endsWith('.pem') === true ? signingCertificate : 'ok')
  })
  return { endpoint, asked }
}

type Receiver = Pick<WebhookNotifications, 'listen' | 'handler'>

/** A webhook that listens, what it was told, and how to call it. */
export async function hooked(
  options: Partial<WebhookOptions> & { readonly clock?: Clock; readonly answer?: RequestListener } = {},
) {
  const { clock = platform.clock, answer, ...given } = options
  const sns = await serveSns(answer)
  const webhook = webhookNotifications({
    topicArns: topicArn,
    apiKey: { value: key },
    endpoint: sns.endpoint,
    ...given,
  })
  return { ...sns, ...(await receiving(webhook, clock)) }
}

/** Has something listen on a free port, for as long as the test. */
export async function receiving(webhook: Receiver, clock: Clock = platform.clock) {
  const told: (Hint | PolicyNotice | string)[] = []
  const inbox = {
    hint: (hint: Hint) => told.push(hint),
    notice: (notice: PolicyNotice) => told.push(notice),
    ignored: () => told.push('ignored'),
    healthy: () => undefined,
    opened: () => told.push('opened'),
    failed: ({ detail }: ReadFailure) => told.push(detail),
  }
  const closing = new AbortController()
  const listening = webhook.listen(inbox, {
    clock,
    random: () => 0.5,
    signal: closing.signal,
    idle: async () => undefined,
    whileActive: (work) => work(),
  })
  onTestFinished(async () => {
    closing.abort(new Error('the test is over'))
    await listening
  })
  const url = await serve((incoming, response) => webhook.handler(incoming, response))
  return { webhook, told, url, closing, post: (sent: Sent) => post(url, sent) }
}

/** What is sent to a webhook. */
export interface Sent {
  readonly body: string | Buffer | readonly Buffer[]
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the body never ends. */
  readonly isEndless?: boolean
}

/** The status of the answer. */
export function post(url: string, { body, method = 'POST', headers = {}, isEndless = false }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers } })
    outgoing.once('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    // A server that refuses a body may close before all of it has arrived.
    outgoing.once('error', reject)
    for (const chunk of Array.isArray(body) ? body : [body]) outgoing.write(chunk)
    if (!isEndless) outgoing.end()
  })
}

/** A message of SNS, signed with the key of the local SNS. */
export function signed(message: Readonly<Record<string, unknown>>): string {
  const whole = {
    Type: 'Notification',
    MessageId: 'm1',
    TopicArn: topicArn,
    Timestamp: new Date().toISOString(),
    SignatureVersion: '2',
    SigningCertURL: 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem',
    Signature: '-',
    ...message,
  }
  const read = readSnsMessage(whole)
  if (read === undefined) throw new TypeError('this is no message of SNS')
  const algorithm = whole.SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1'
  return JSON.stringify({
    ...whole,
    Signature: createSign(algorithm).update(signedText(read)).sign(signingKey, 'base64'),
  })
}
