import { describe, expect, it } from 'vitest'
import { created } from '../notifications/samples.ts'
import { hooked, key, signed } from '../support/webhook.ts'

const Message = JSON.stringify({ ...created, time: new Date().toISOString() })
const api = (value: string) => ({
  body: Message,
  headers: { 'content-type': 'application/json', 'x-api-key': value },
})

describe('36. a webhook trusts only the topics and keys in its options', () => {
  it('accepts a message of a signing topic or with the key once', async () => {
    const { post, told } = await hooked()
    const body = signed({ Message })
    expect([await post({ body }), await post({ body })]).toEqual([200, 200])
    expect(await post(api(key))).toBe(200)

    expect(told).toHaveLength(2)
  })

  it('refuses a message that is forged, raw, of another topic or signed with a foreign certificate', async () => {
    const { post, told, asked } = await hooked()
    const sent = [
      signed({ Message }).replace(/"Signature":"[^"]+"/, '"Signature":"Zm9yZ2Vk"'),
      signed({ Message, TopicArn: 'arn:aws:sns:us-east-1:123456789012:another' }),
      signed({ Message, SigningCertURL: 'https://sns.us-east-1.amazonaws.com.evil.test/x.pem' }),
      Message,
    ]
    const statuses = await Promise.all(sent.map((body) => post({ body })))

    expect(statuses.every((status) => status >= 400 && status < 500)).toBe(true)
    expect(told).toEqual([])
    // The certificate that the forged one names is genuine.
    expect(asked).toEqual(['/SimpleNotificationService-local.pem'])
  })

  it('refuses a message that is older than an hour, too long or has a different key', async () => {
    const { post, told } = await hooked()
    const old = new Date(Date.now() - 3_700_000).toISOString()
    expect(await post({ body: signed({ Message, Timestamp: old }) })).toBe(400)
    expect(await post({ body: 'x'.repeat(1_100_000) })).toBe(413)
    expect(await post(api(`${key}.`))).toBe(401)

    expect(told).toEqual([])
  })
})
