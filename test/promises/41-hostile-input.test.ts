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

describe('41. whoever may write a parameter can have it refused, and do no other harm', () => {
  it('no name reaches into a prototype, and what looks like a name is another', async () => {
    const aws = await localAws()
    put(aws, { '/app/document': '{}', '/app/open/constructor': 'x', '/app/open/__proto__': 'x', '/app/open/Port': 'x' })
    const { problems } = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))
    expect(problems.map(({ code, parameter }) => [code, parameter])).toEqual([
      ['FORBIDDEN_SEGMENT', '/app/open/__proto__'],
      ['FORBIDDEN_SEGMENT', '/app/open/constructor'],
    ])
    expect({}).not.toHaveProperty('x')
  })

  it('JSON of any depth leaves what is served as it is', async () => {
    const parameters = { '/app/open/a': 'a', '/app/document': '[]' }
    await using config = await createTestConfig({ path: '/app', schema }, { parameters })
    const before = config.current
    const change = config.set({ parameters: { '/app/document': nest(4_000, ['[', ']']) } })
    await expect(change).rejects.toMatchObject({ problems: [{ code: 'INVALID_JSON', key: 'document' }] })
    expect(config.current).toBe(before)
    expect(config.status()).toMatchObject({ state: 'stale', reason: 'candidate-rejected' })
  })

  it('JSON of 128 levels is taken, one of 129 refused, of whatever it is made', async () => {
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
    ['right', z.record(z.string(), z.string())],
    ['wrong', z.record(z.string(), z.number())],
    ['foreign', z.strictObject({})],
  ])('twice as many names that are %s take twice the steps at most', async (_, open) => {
    expect(await stepsOf(open, siblings(1_000))).toBeLessThan(2.2 * (await stepsOf(open, siblings(500))))
  })

  it('twice as many names take twice the calls at most', async () => {
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

describe('41. whoever may post an event can have it refused, and do no other harm', () => {
  const event = { ...created, time: new Date(Date.now() + 60_000).toISOString() }
  const about = (name: unknown, id = 'hostile') => JSON.stringify({ ...event, id, detail: { ...event.detail, name } })
  const deep = nest(30_000, ['[', ']'])

  it.each<[string, string | Buffer]>([
    ['no JSON', '{"detail":'],
    ['no object', 'null'],
    ['levels without end', deep],
    ['levels without end for a name', about('deep').replace('"deep"', deep)],
    ['a prototype for a name', about('__proto__')],
    ['a prototype for a key', about('/app/more/__proto__')],
    ['an object for a name', about({ toString: null })],
    ['a prototype for an event', '{"__proto__":{"source":"aws.ssm"},"constructor":{"prototype":{"polluted":1}}}'],
    ['more events than there is room for', JSON.stringify(Array.from({ length: 10_000 }, () => event))],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
  ])('that has %s', async (_, body) => {
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

  it('a thousand times about what is not ours without a call, and about one name of ours with those of one', async () => {
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
