import type { RequestListener, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { signingCertificate } from '../../src/local/signing-key.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { hooked, signed, topicArn } from '../support/webhook.ts'

const host = 'https://sns.us-east-1.amazonaws.com'
const goodUrl = `${host}/SimpleNotificationService-local.pem`

function forged(change: object): string {
  return JSON.stringify({ ...JSON.parse(signed({ Message: 'm' })), Signature: 'Zm9yZ2Vk', ...change })
}

/** A certificate server whose answer can be replaced. */
function switched() {
  const certificates = {
    answer: (response: ServerResponse): void => void response.end(signingCertificate),
    listener: ((_, response) => certificates.answer(response)) satisfies RequestListener,
  }
  return certificates
}

describe('a certificate that verified a message', () => {
  it('stays while forged messages name any number of others', async () => {
    const certificates = switched()
    const clock = createFakeClock(Date.now())
    const { post, asked } = await hooked({ clock, answer: certificates.listener })
    expect(await post({ body: signed({ MessageId: 'm1', Message: 'm' }) })).toBe(200)
    for (let other = 0; other < 40; other++) {
      clock.jump(10_000)
      const SigningCertURL = `${host}/SimpleNotificationService-other${other}.pem`
      expect(await post({ body: forged({ SigningCertURL, Timestamp: new Date(clock.now()).toISOString() }) })).toBe(403)
    }
    expect(asked).toHaveLength(41)
    certificates.answer = (response) => response.destroy()
    const later = { MessageId: 'm2', Message: 'm', Timestamp: new Date(clock.now()).toISOString() }

    expect(await post({ body: signed(later) })).toBe(200)
    expect(asked).toHaveLength(41)
  })

  it('is downloaded beside forged ones before any message is verified', async () => {
    const clock = createFakeClock(Date.now())
    const { post } = await hooked({ clock, answer: switched().listener })
    for (let other = 0; other < 20; other++) {
      clock.jump(10_000)
      const SigningCertURL = `${host}/SimpleNotificationService-other${other}.pem`
      await post({ body: forged({ SigningCertURL, Timestamp: new Date(clock.now()).toISOString() }) })
    }
    clock.jump(10_000)
    const Timestamp = new Date(clock.now()).toISOString()
    expect(await post({ body: signed({ Message: 'm', Timestamp }) })).toBe(200)
  })
})

describe('a certificate that is not available', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ...[407, 408, 421, 423, 425, 429, 500, 502, 503, 504].map(
      (status): [string, (response: ServerResponse) => void] => [
        `status ${status}`,
        (response) => void response.writeHead(status).end(),
      ],
    ),
    ['a reset', (response) => response.destroy()],
    ['half of the certificate', (response) => void response.end(signingCertificate.slice(0, 300))],
    ['nothing', (response) => void response.end()],
    ['the page of a proxy', (response) => void response.end('<html>log in</html>')],
    ['more than a certificate takes', (response) => void response.end('A'.repeat(100_000))],
  ])('makes SNS send the message again: %s', async (_, answer) => {
    const certificates = switched()
    const working = certificates.answer
    certificates.answer = answer
    const { post, told } = await hooked({ answer: certificates.listener })
    const body = signed({ Message: 'm' })
    expect(await post({ body })).toBe(503)
    expect(told).toEqual([])
    certificates.answer = working

    expect(await post({ body })).toBe(200)
    expect(told).toEqual(['ignored'])
  })
})

describe('an answer does not reveal the accepted topics', () => {
  const otherTopic = `${topicArn}-2`
  const old = new Date(Date.now() - 7_200_000).toISOString()
  const messages: [string, object][] = [
    ['a wrong signature', {}],
    ['a certificate from elsewhere', { SigningCertURL: 'https://evil.example/SimpleNotificationService-local.pem' }],
    ['a certificate of another region', { SigningCertURL: goodUrl.replace('us-east-1', 'eu-west-1') }],
    ['no signature', { Signature: '-' }],
    ['a time long ago', { Timestamp: old }],
    ['no time', { Timestamp: 'now' }],
    ['a link of its own', { Type: 'SubscriptionConfirmation', Token: 't', SubscribeURL: 'http://127.0.0.1:1/' }],
    ['the end of a subscription', { Type: 'UnsubscribeConfirmation', Token: 't', SubscribeURL: 'http://127.0.0.1:1/' }],
  ]
  const places: [string, (response: ServerResponse) => void][] = [
    ['there', (response) => void response.end(signingCertificate)],
    ['absent', (response) => void response.writeHead(404).end()],
    ['failing', (response) => void response.writeHead(500).end()],
  ]

  const rows = places.flatMap(([place, answer]) =>
    messages.map(([message, change]) => [message, place, change, answer] as const),
  )

  it.each(rows)('to %s, while the certificate is %s', async (_, __, change, answer) => {
    const seen = await Promise.all(
      [topicArn, otherTopic, 'arn:aws:sns:eu-west-1:123456789012:config-changes', 'none'].map(async (TopicArn) => {
        const { url, asked, told } = await hooked({ answer: (_, response) => answer(response) })
        const body = forged({ ...change, TopicArn })
        const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'text/plain' } })
        const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'date'))
        return { status: response.status, headers, text: await response.text(), asked, told }
      }),
    )

    expect(seen[0]?.status).toBeGreaterThanOrEqual(400)
    for (const other of seen) expect(other).toEqual(seen[0])
  })

  it('to a genuine message of another topic', async () => {
    const { post, told } = await hooked()
    expect(await post({ body: signed({ Message: 'm', TopicArn: otherTopic }) })).toBe(403)
    expect(await post({ body: forged({}) })).toBe(403)
    expect(told).toEqual([])
  })
})
