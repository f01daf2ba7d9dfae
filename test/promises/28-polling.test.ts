import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, secret } from '../../src/index.ts'
import { createFakeClock, createTestConfig, memorySource } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { makeNotifier } from '../support/notifier.ts'

const schema = z.object({ a: z.string() })
const parameters = { '/app/a': 'x' }

describe('28. finds changes that no notification reports by polling', () => {
  it('finds a change within 66 seconds', async () => {
    await using config = await createTestConfig({ schema, path: '/app' }, { parameters })
    await config.advance(60_000)
    config.store.put('/app/a', 'y')
    await config.advance(66_000)

    expect(config.current.a).toBe('y')
  })

  it.each([
    [undefined, 300_000],
    [60_000, 60_000],
    [3_600_000, 3_600_000],
  ])('reads secrets again every secretsEveryMs: %s', async (secretsEveryMs, everyMs) => {
    const clock = createFakeClock()
    const store = memorySource({ clock, parameters, secrets: { db: 'old' } })
    const readAt: number[] = []
    const source: typeof store = {
      ...store,
      async read(request, options) {
        if (request.secrets.length > 0) readAt.push(clock.now())
        return store.read(request, options)
      },
    }
    const options = { schema: z.object({ a: z.string(), db: secret('db', z.string()) }), path: '/app', source, clock }
    await using config = await loadConfig({
      ...options,
      random: () => 0.5,
      poll: { everyMs: 86_400_000, ...(secretsEveryMs !== undefined && { secretsEveryMs }) },
    })
    await clock.advance(2 * everyMs)

    expect(readAt).toEqual([0, everyMs, 2 * everyMs])
    expect(config.status().state).toBe('ready')
  })

  it('counts missed notifications while notifications are healthy', async () => {
    const [clock, notifier] = [createFakeClock(), makeNotifier()]
    const source = memorySource({ clock, parameters })
    await using config = await loadConfig({ schema, path: '/app', source, notifications: notifier, clock })
    notifier.inbox.healthy()
    await clock.advance(66_000)
    source.put('/app/a', 'y')
    await clock.advance(330_000)

    expect(config.current.a).toBe('y')
    expect(config.status().missedNotifications).toBe(1)
  })

  it('polls at the short interval again for an hour after a missed notification', async () => {
    const [clock, notifier] = [createFakeClock(), makeNotifier()]
    const source = memorySource({ clock, parameters })
    await using config = await loadConfig({ schema, path: '/app', source, notifications: notifier, clock })
    notifier.inbox.healthy()
    source.put('/app/a', 'missed')
    await clock.advance(66_000)
    expect(config.status().missedNotifications).toBe(1)
    for (const value of ['1', '2', '3']) {
      source.put('/app/a', value)
      await clock.advance(66_000)
      expect(config.current.a).toBe(value)
    }
  })

  it('polls at the given interval, and warns where that uses much of the account quota', async () => {
    const options = { schema, path: '/app', poll: { everyMs: 1_000 } }
    await using modest = await createTestConfig(options, { parameters })
    expect(modest.explain().warnings).toEqual([])

    const aws = await localAws()
    for (let index = 0; index < 25; index++) put(aws, { [`/app/k${index}`]: 'x' })
    const many = z.record(z.string(), z.string())
    await using config = await loadConfig({ ...options, schema: many, ...at(aws) })
    expect(config.explain().warnings).toEqual([
      'poll.everyMs: a poll makes 3 calls, which is 3 of the 40 calls per second that an account has by default',
    ])
  })

  it('never polls with poll: false, and then reads secrets only on refresh()', async () => {
    const withLogin = z.object({ a: z.string(), login: secret('login', z.string()) })
    const contents = { parameters, secrets: { login: 'first' } }
    await using config = await createTestConfig({ schema: withLogin, path: '/app', poll: false }, contents)
    config.store.put('/app/a', 'y')
    config.store.putSecret('login', 'second')
    await config.advance(86_400_000)
    expect(config.current).toEqual({ a: 'x', login: 'first' })
    expect(config.status().nextPollAt).toBeUndefined()

    await config.refresh()
    expect(config.current).toEqual({ a: 'y', login: 'second' })
    expect(config.status().nextPollAt).toBeUndefined()
  })
})
