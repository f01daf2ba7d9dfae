import { describe, expect, it } from 'vitest'
import { hooked, key, signed } from '../support/webhook.ts'

const kib = 1_024
const isJson = { 'content-type': 'application/json', 'x-api-key': key }

describe('the largest message that SNS can send', () => {
  it.each([
    ['plain', 'x'.repeat(256 * kib)],
    ['of quotes', '"'.repeat(256 * kib)],
    ['of backslashes', '\\'.repeat(256 * kib)],
    ['of line breaks', '\n'.repeat(256 * kib)],
    ['of wide characters', '€'.repeat((256 * kib) / 3)],
    ['of an event with texts in texts', JSON.stringify(JSON.stringify('"'.repeat(60 * kib)))],
  ])('is accepted: %s', async (_, Message) => {
    const { post, told } = await hooked()
    expect(await post({ body: signed({ Message, Subject: 's'.repeat(100) }) })).toBe(200)
    expect(told).toEqual(['ignored'])
  })

  it('is accepted with attributes', async () => {
    const { post } = await hooked()
    const attribute = (index: number) => [`name${index}`, { Type: 'String', Value: 'x'.repeat(100) }]
    const MessageAttributes = Object.fromEntries(Array.from({ length: 500 }, (_, index) => attribute(index)))
    const body = JSON.stringify({ ...JSON.parse(signed({ Message: 'm' })), MessageAttributes }, null, 2)
    expect(await post({ body })).toBe(200)
  })
})

describe('a larger message', () => {
  it.each([
    ['a text', 'x'.repeat(272 * kib), 413],
    ['a text of quotes', '"'.repeat(272 * kib), 413],
    ['516 kB', 'x'.repeat(516_000), 413],
  ])('is refused: %s', async (_, Message, status) => {
    const { post, told } = await hooked()
    expect(await post({ body: signed({ Message }) })).toBe(status)
    expect(told).toEqual([])
  })

  it.each([
    ['empty objects', `[${'{},'.repeat(80_000)}{}]`],
    ['numbers', `[${'1,'.repeat(100_000)}1]`],
    ['one number', '1'.repeat(200_000)],
    ['empty texts', `[${'"",'.repeat(80_000)}""]`],
    ['deep objects', `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`],
    ['the same key', `{${'"a":1,'.repeat(40_000)}"a":1}`],
  ])('is refused without being parsed: %s', async (_, junk) => {
    const { post, told } = await hooked()
    const body = `${signed({ Message: 'm' }).slice(0, -1)},"junk":${junk}}`
    expect(await post({ body })).toBe(400)
    expect(told).toEqual([])
  })
})

describe('an event of an API destination', () => {
  it.each([
    ['of 1 MiB', 'x'.repeat(kib * kib), 200],
    ['of many parts', Array(200_000).fill(0), 200],
    ['of 2 MiB', 'x'.repeat(2 * kib * kib), 413],
  ])('%s', async (_, detail, status) => {
    const { post } = await hooked()
    expect(await post({ body: JSON.stringify({ detail }), headers: isJson })).toBe(status)
  })
})
