import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, parameter, secret } from '../../src/index.ts'
import type { Hint, ReadRequest } from '../../src/source/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { makeNotifier } from '../support/notifier.ts'

const schema = z.object({
  a: z.string(),
  more: z.record(z.string(), z.string()),
  pinned: parameter('/common/x:live', z.string()),
  login: secret('login', z.string()),
})

describe('27. reads only the parameters that a notification names', () => {
  it('reads one parameter of many', async () => {
    const { put, tell, asked, config, clock } = await listening()
    put('/app/more/m7', 'moved')
    tell({ name: '/app/more/m7', eventId: 'e1' })
    await clock.advance(250)

    expect(asked()).toEqual(['/app/more/m7'])
    expect(config.current.more.m7).toBe('moved')
    expect(config.pin().revision).toBe(2)
    expect(config.status().notifications).toMatchObject({ received: 1, sources: [{ name: 'test', isHealthy: true }] })
  })

  it('reads ten hinted parameters in one call, and decrypts each once', async () => {
    const aws = await localAws()
    const keys = Array.from({ length: 30 }, (_, index) => `k${index}`)
    for (const key of keys) put(aws, { [`/app/${key}`]: ['SecureString', 'old'] })
    const notifier = makeNotifier()
    const fields = z.object(Object.fromEntries(keys.map((key) => [key, z.string()])))
    await using config = await loadConfig({ schema: fields, path: '/app', notifications: notifier, ...at(aws) })
    aws.resetCounts()
    const moved = keys.slice(0, 10)
    for (const key of moved) put(aws, { [`/app/${key}`]: ['SecureString', 'new'] })
    for (const key of moved) notifier.inbox.hint({ kind: 'parameter', name: `/app/${key}`, operation: 'put' })

    await expect.poll(() => config.current.k9).toBe('new')
    expect(aws.counts).toMatchObject({ calls: { 'ssm:GetParameters': 1 }, decryptions: 10 })
  })

  it('follows a creation and a deletion', async () => {
    const { put, source, tell, asked, config, clock } = await listening()
    put('/app/more/new', 'n')
    source.delete('/app/more/m0')
    tell({ name: '/app/more/new' })
    tell({ name: '/app/more/m0', operation: 'delete' })
    await clock.advance(250)

    expect(asked()).toEqual(['/app/more/new', '/app/more/m0'])
    expect(config.current.more).toMatchObject({ new: 'n' })
    expect(config.current.more).not.toHaveProperty('m0')
  })

  it('follows a label only where the schema reads by that label', async () => {
    const { put, source, tell, asked, config, clock } = await listening()
    put('/common/x', 'second')
    source.label('/common/x', 'live')
    tell({ name: '/common/x', operation: 'label', label: 'beta', version: '2' })
    tell({ name: '/common/x' })
    tell({ name: '/common/x', operation: 'label', label: 'live', version: '2' })
    await clock.advance(250)

    expect(asked()).toEqual(['/common/x:live'])
    expect(config.current.pinned).toBe('second')
    expect(config.status().notifications.unrelated).toBe(2)
  })

  it('reads a hinted secret by its name', async () => {
    const { source, tell, asked, config, clock } = await listening()
    source.putSecret('login', 'p2')
    tell({ kind: 'secret', name: 'login', operation: 'label', label: 'AWSCURRENT' })
    await clock.advance(250)

    expect(asked()).toEqual(['secret login'])
    expect(config.current.login).toBe('p2')
  })

  it('reads nothing for unrelated, duplicate and outdated hints', async () => {
    const { tell, asked, config, clock } = await listening()
    const { revision } = config.pin()
    tell({ name: '/other/a' })
    tell({ name: '/app/unused' })
    tell({ kind: 'secret', name: 'other', operation: 'label', label: 'AWSCURRENT' })
    tell({ name: '/app/a', occurredAt: clock.now() - 3_000, eventId: 'e1' })
    tell({ name: '/app/a', eventId: 'e1' })
    tell({ name: '/common/x', operation: 'label', label: 'live', version: '1' })
    tell({ name: '/app/more/gone', operation: 'delete' })
    await clock.advance(10_000)

    expect(asked()).toEqual([])
    expect(config.pin().revision).toBe(revision)
    expect(config.status().notifications).toMatchObject({ received: 7, unrelated: 3, duplicates: 1, upToDate: 3 })
  })

  it('reads a hint of the current second, because AWS reports whole seconds', async () => {
    const { put, tell, config, clock } = await listening()
    const second = Math.floor(clock.now() / 1_000) * 1_000
    put('/app/a', 'later in the same second')
    tell({ name: '/app/a', occurredAt: second })
    expect(config.status().notifications.lagMs).toBe(clock.now() - second)
    await clock.advance(250)

    expect(config.current.a).toBe('later in the same second')
  })

  it('reads an unchanged hinted parameter again after one and five seconds', async () => {
    const { put, tell, asked, config, clock } = await listening()
    tell({ name: '/app/a', occurredAt: clock.now() })
    await clock.advance(2_000)
    put('/app/a', 'at last')
    await clock.advance(4_000)

    expect(asked()).toEqual(['/app/a', '/app/a', '/app/a'])
    expect(config.current.a).toBe('at last')
  })

  it('makes at most two readings for 1,000 covered hints, and no reading for 1,000 unrelated hints', async () => {
    const { put, tell, reads, config, clock } = await listening()
    for (let count = 0; count < 1_000; count++) {
      put(`/app/more/m${count % 20}`, `v${count}`)
      tell({ name: `/app/more/m${count % 20}`, eventId: `e${count}` })
      tell({ name: `/other/m${count}`, eventId: `f${count}` })
    }
    await clock.advance(3_000)

    expect(reads()).toBeLessThanOrEqual(2)
    expect(config.current.more.m19).toBe('v999')
  })

  it('reads everything when a listener recovers, because notifications may be lost', async () => {
    const { put, notifier, config, clock } = await listening()
    notifier.inbox.failed({ code: 'ACCESS_DENIED', isTransient: false, detail: 'no', remedy: 'allow it' })
    expect(config.status().notifications.sources).toMatchObject([
      { isHealthy: false, failure: { code: 'ACCESS_DENIED' } },
    ])
    put('/app/a', 'told to nobody')
    notifier.inbox.opened()
    await clock.advance(0)

    expect(config.current.a).toBe('told to nobody')
  })
})

async function listening() {
  const clock = createFakeClock(1_700_000_000_500)
  const source = memorySource({ clock, secrets: { login: 'p1' } })
  for (let index = 0; index < 20; index++) source.put(`/app/more/m${index}`, String(index))
  source.put('/app/a', 'x')
  source.put('/common/x', 'first')
  source.label('/common/x', 'live')
  await clock.advance(2_000)
  const notifier = makeNotifier()
  const requests: ReadRequest[] = []
  const spied = {
    ...source,
    read: (request: ReadRequest, options: Parameters<typeof source.read>[1]) => {
      requests.push(request)
      return source.read(request, options)
    },
  }
  const config = await loadConfig({ schema, path: '/app', source: spied, notifications: notifier, clock, poll: false })
  notifier.inbox.healthy()
  requests.length = 0
  return {
    clock,
    source,
    notifier,
    config,
    put: (name: string, value: string) => source.put(name, value),
    tell: (hint: Partial<Hint> & { readonly name: string }) =>
      notifier.inbox.hint({ kind: 'parameter', operation: 'put', ...hint }),
    reads: () => requests.length,
    asked: () =>
      requests.flatMap(({ hierarchies, names, secrets }) => [
        ...hierarchies.map(({ path }) => `path ${path}`),
        ...names,
        ...secrets.map(({ id }) => `secret ${id}`),
      ]),
  }
}
