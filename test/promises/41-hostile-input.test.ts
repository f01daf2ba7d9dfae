import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { json, loadConfig } from '../../src/index.ts'
import { createFakeClock, createTestConfig } from '../../src/testing/index.ts'
import { webhookNotifications } from '../../src/webhook/index.ts'
import { created } from '../notifications/samples.ts'
import { nest } from '../support/arbitrary-json.ts'
import { at, localAws, put } from '../support/aws.ts'
import { changing, load } from '../support/changes.ts'
import { makeNotifier } from '../support/notifier.ts'
import { passing } from '../support/passing.ts'
import { loadError } from '../support/rejection.ts'
import { siblings, stepsOf } from '../support/steps.ts'
import { key, post, serve, signed, topicArn } from '../support/webhook.ts'

const schema = z.object({ open: z.record(z.string(), z.string()), document: json(z.unknown()) })

describe('41. an attacker who can write parameters can only cause a refusal', () => {
  it('never writes to a prototype, and treats similar names as different', async () => {
    const aws = await localAws()
    put(aws, { '/app/document': '{}', '/app/open/constructor': 'x', '/app/open/__proto__': 'x', '/app/open/Port': 'x' })
    const { problems } = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))
    expect(problems.map(({ code, parameter }) => [code, parameter])).toEqual([
      ['FORBIDDEN_SEGMENT', '/app/open/__proto__'],
      ['FORBIDDEN_SEGMENT', '/app/open/constructor'],
    ])
    expect({}).not.toHaveProperty('x')
  })

  it('keeps the snapshot when JSON of any depth is stored', async () => {
    const parameters = { '/app/open/a': 'a', '/app/document': '[]' }
    await using config = await createTestConfig({ path: '/app', schema }, { parameters })
    const before = config.current
    const change = config.set({ parameters: { '/app/document': nest(4_000, ['[', ']']) } })
    await expect(change).rejects.toMatchObject({ problems: [{ code: 'INVALID_JSON', key: 'document' }] })
    expect(config.current).toBe(before)
    expect(config.status()).toMatchObject({ state: 'stale', reason: 'candidate-rejected' })
  })

  it('accepts JSON of 128 levels and refuses 129 levels, for arrays and objects', async () => {
    const parameters = { '/app/open/a': 'a', '/app/document': '[]' }
    await using config = await createTestConfig({ path: '/app', schema }, { parameters })
    for (const brackets of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const text = nest(128, brackets, '1')
      await config.set({ parameters: { '/app/document': text } })
      expect(JSON.stringify(config.current.document)).toBe(text)
      const tooDeep = config.set({ parameters: { '/app/document': nest(129, brackets, '1') } })
      await expect(tooDeep).rejects.toMatchObject({ problems: [{ code: 'INVALID_JSON', key: 'document' }] })
      expect(JSON.stringify(config.current.document)).toBe(text)
    }
  })

  it.each([
    ['valid', z.record(z.string(), z.string())],
    ['invalid', z.record(z.string(), z.number())],
    ['unknown', z.strictObject({})],
  ])('needs at most twice the steps for twice as many %s names', async (_, open) => {
    expect(await stepsOf(open, siblings(1_000))).toBeLessThan(2.2 * (await stepsOf(open, siblings(500))))
  })

  it('needs at most twice the calls for twice as many names', async () => {
    const aws = await localAws()
    const callsFor = async (count: number) => {
      for (const key of siblings(count)) put(aws, { [`/app/${key}`]: 'x' })
      aws.resetCounts()
      await using _config = await loadConfig({ schema: z.record(z.string(), z.string()), path: '/app', ...at(aws) })
      return aws.counts.total
    }
    const few = await callsFor(100)
    expect(await callsFor(200)).toBeLessThanOrEqual(2 * few)
  })
})

describe('41. an attacker who can post an event can only cause a refusal', () => {
  const event = { ...created, time: new Date(Date.now() + 60_000).toISOString() }
  const about = (name: unknown, id = 'hostile') => JSON.stringify({ ...event, id, detail: { ...event.detail, name } })
  const deep = nest(30_000, ['[', ']'])

  it.each<[string, string | Buffer]>([
    ['malformed JSON', '{"detail":'],
    ['JSON that is not an object', 'null'],
    ['endless nesting', deep],
    ['endless nesting as a name', about('deep').replace('"deep"', deep)],
    ['a prototype as a name', about('__proto__')],
    ['a prototype as a key', about('/app/more/__proto__')],
    ['an object as a name', about({ toString: null })],
    ['a prototype as an event', '{"__proto__":{"source":"aws.ssm"},"constructor":{"prototype":{"polluted":1}}}'],
    ['more events than the limit', JSON.stringify(Array.from({ length: 10_000 }, () => event))],
    ['bytes that are not text', Buffer.from([0xff, 0xfe, 0x00])],
  ])('refuses or ignores an event with %s', async (_, body) => {
    const aws = await changing()
    const webhook = webhookNotifications({ topicArns: topicArn, apiKey: { value: key }, endpoint: aws.endpoint })
    const { config } = await load(aws, webhook)
    const { current } = config
    const url = await serve((incoming, response) => webhook.handler(incoming, response))
    const headers = { 'content-type': 'application/json', 'x-api-key': key }
    const sent = [{ body }, { body, headers }, { body: signed({ Message: String(body) }) }]
    const statuses = await Promise.all(sent.map((one) => post(url, one)))
    await config.refresh()

    expect(statuses[0]).toBeGreaterThanOrEqual(400)
    for (const status of statuses) expect(status).toBeLessThan(500)
    expect({}).not.toHaveProperty('polluted')
    expect(config.current).toBe(current)
    put(aws, { '/app/a': 'moved' })
    expect(await post(url, { body: signed({ MessageId: 'm2', Message: about('/app/a', 'genuine') }) })).toBe(200)
    await expect.poll(() => config.current.a).toBe('moved')
  })

  it('makes no call for 1,000 unrelated events, and the calls of one event for 1,000 events about one name', async () => {
    const [clock, notifier] = [createFakeClock(Date.now()), makeNotifier()]
    const aws = await changing()
    await load(aws, notifier, { clock })
    aws.resetCounts()
    for (let index = 0; index < 1_000; index++) {
      for (const name of [`/other/k${index}`, '/app/more/m']) {
        notifier.inbox.hint({ kind: 'parameter', name, operation: 'put', eventId: `${name} ${index}` })
      }
    }
    // It is looked at, and as it has not moved, looked at twice more.
    await expect.poll(passing(clock, 250, () => aws.counts.total)).toBe(3)
    await clock.advance(60_000)

    expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 3 })
  })
})
