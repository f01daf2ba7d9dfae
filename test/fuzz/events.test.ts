import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeHandler } from '../../src/lambda/lambda-changes.ts'
import { readLambdaEvent } from '../../src/lambda/lambda-event.ts'
import { type AwsChange, parseChangeEvent, readChangeEvent } from '../../src/notifications/change-event.ts'
import { readSnsMessage, signedText } from '../../src/notifications/sns-message.ts'
import { created, inEnvelope, samples } from '../notifications/samples.ts'
import { arbitraryJson, nest } from '../support/arbitrary-json.ts'
import { runs } from '../support/suite.ts'

const { keys, texts } = vocabularyOf(Object.values(samples))
const event = arbitraryJson(keys, texts)
const text = JSON.stringify(created)

describe('an event of any form', () => {
  it('is parsed or ignored: bare, in an envelope, and as the record of a Lambda event', () => {
    fc.assert(
      fc.property(event, (json) => {
        const body = JSON.stringify(json)
        const envelope = JSON.stringify(inEnvelope(json as object))
        const records = { Records: [{ eventSource: 'aws:sqs', messageId: 'm', body }, json, { Sns: json }] }
        const told = [parseChangeEvent(body), parseChangeEvent(envelope)]
        for (const change of [...told, ...readLambdaEvent(records).map(({ change }) => change)]) expectPlain(change)
        expect(readLambdaEvent(json).length).toBeLessThan(10)
      }),
      { numRuns: runs(1_500) },
    )
  })

  it('does not affect the other events of a Lambda batch', async () => {
    await fc.assert(
      fc.asyncProperty(event, async (json) => {
        const names: string[] = []
        const handler = changeHandler((change) => {
          if ('name' in change) names.push(change.name)
        })
        const records = [JSON.stringify(json), text].map((body, index) => {
          return { eventSource: 'aws:sqs', messageId: `m${index}`, body }
        })
        expect(await handler({ Records: records })).toEqual({ batchItemFailures: [] })
        expect(names).toContain(created.detail.name)
      }),
      { numRuns: runs(500) },
    )
  })

  it('changes no prototype', () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    const polluted = text.replace('{', '{"__proto__":{"name":"/polluted","detail":{"polluted":true}},')
    const told = parseChangeEvent(polluted)
    expect(told?.hint?.name).toBe(created.detail.name)
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
    expect({}).not.toHaveProperty('polluted')
    // What it inherits would be nobody's event.
    const inherited = `{"__proto__":${text},"constructor":${text}}`
    expect(parseChangeEvent(inherited)).toBeUndefined()
  })

  it('uses the last of several keys with the same name, like JSON', () => {
    const twice = text.replace('"detail":', '"detail":{"operation":"Create","name":"/first"},"detail":')
    expect(parseChangeEvent(twice)?.hint?.name).toBe(created.detail.name)
  })

  it.each<readonly [string, readonly [string, string]]>([
    ['lists', ['[', ']']],
    ['objects', ['{"detail":', '}']],
    ['envelopes', ['{"Type":"Notification","Message":', '}']],
    ['records', ['{"Records":[', ']}']],
  ])('is ignored if it is a million nested %s', (_, brackets) => {
    const deep = nest(Math.floor(1_000_000 / brackets.join('').length), brackets, '1')
    expect(parseChangeEvent(deep)).toBeUndefined()
    expect(parseChangeEvent(text.replace('"version":"0"', `"version":${deep}`))?.hint?.name).toBe(created.detail.name)
  })

  it('is ignored if envelopes are nested as text', () => {
    let message = text
    for (let depth = 0; depth < 8; depth++) message = JSON.stringify({ Type: 'Notification', Message: message })
    expect(parseChangeEvent(message)).toBeUndefined()
  })

  it('gives hints only for names in the fields of a known event', () => {
    const lookalikes = ['/app/pоrt', '/app/port\u200b', '/app/port\u0000', '/APP/port', '/app/ｐort', '/app/port/']
    for (const name of lookalikes) {
      expect(readChangeEvent({ ...created, detail: { ...created.detail, name } })?.hint?.name).toBe(name)
    }
  })
})

describe('a message of any form', () => {
  const message = arbitraryJson(
    ['Type', 'MessageId', 'TopicArn', 'Message', 'Timestamp', 'Signature', 'SignatureVersion', 'SigningCertURL'],
    ['Notification', 'SubscriptionConfirmation', '1', '2', 'a\nMessageId\nb'],
  )

  it('is an SNS message or is ignored', () => {
    fc.assert(
      fc.property(message, (json) => {
        const read = readSnsMessage(json as Readonly<Record<string, unknown>>)
        if (read !== undefined) expect(typeof signedText(read)).toBe('string')
      }),
      { numRuns: runs(1_500) },
    )
  })

  // What is signed has no brackets around its parts: with a line break in it, one part could pose as two.
  it('has one canonical text to sign', () => {
    const line = fc.stringMatching(/^[a-z]{1,3}$/)
    const part = fc.oneof(
      line,
      fc
        .array(fc.constantFrom('Message', 'Subject', 'MessageId', 'a', 'Type'), { minLength: 1 })
        .map((lines) => lines.join('\n')),
    )
    const parts = fc.record({
      MessageId: part,
      Message: part,
      Subject: fc.option(part, { nil: undefined }),
      Timestamp: line,
    })
    fc.assert(
      fc.property(parts, (given) => {
        const read = readSnsMessage({ ...given, ...fixed })
        if (read === undefined) return
        const { MessageId, Subject } = given
        // The one ambiguity there is: an id that holds a subject.
        const moved = readSnsMessage({
          ...given,
          ...fixed,
          MessageId: `${MessageId}\nSubject\n${Subject}`,
          Subject: undefined,
        })
        expect(moved === undefined || signedText(moved) !== signedText(read)).toBe(true)
      }),
    )
  })
})

const fixed = { Type: 'Notification', TopicArn: 't', Signature: 's', SignatureVersion: '2', SigningCertURL: 'u' }

function expectPlain(change: AwsChange | undefined): void {
  const { hint, notice } = change ?? {}
  for (const value of Object.values({ ...hint, ...notice })) expect(['string', 'number']).toContain(typeof value)
}

function vocabularyOf(values: readonly unknown[]): { readonly keys: string[]; readonly texts: string[] } {
  const keys = new Set(['Records', 'Sns', 'EventSource', 'eventSource', 'messageId', 'body'])
  const texts = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value === 'string') texts.add(value)
    if (typeof value !== 'object' || value === null) return
    if (!Array.isArray(value)) for (const key of Object.keys(value)) keys.add(key)
    Object.values(value).forEach(visit)
  }
  values.forEach(visit)
  return { keys: [...keys], texts: [...texts] }
}
