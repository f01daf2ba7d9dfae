import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, loadConfig, reveal, secret, sensitive } from '../../src/index.ts'
import type { Hint } from '../../src/source/index.ts'
import { createFakeClock, type MemorySecret, memorySource } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { makeNotifier } from '../support/notifier.ts'

// Each attempt reads the new version of a secret, and then fails for another reason.
const down = { code: 'UNREACHABLE', isTransient: true, detail: 'down', remedy: 'wait' } as const

async function serve({
  before = 'old',
  db = secret('db', z.string()),
  validate = () => true,
}: {
  readonly before?: string | MemorySecret
  readonly db?: z.core.$ZodType
  readonly validate?: (next: { readonly db: unknown }) => boolean
} = {}) {
  const clock = createFakeClock(1_700_000_000_000)
  const store = memorySource({ clock, parameters: { '/app/a': '1' }, secrets: { db: before } })
  const notifier = makeNotifier()
  const schema = z.object({ a: z.number(), db })
  const options = { schema, path: '/app', source: store, clock, random: () => 0.5, notifications: notifier, validate }
  const config = createConfig({ ...options, poll: { everyMs: 60_000 } })
  await clock.advance(100)
  await config.ready
  notifier.inbox.healthy()
  const settle = async (promise: Promise<unknown>) => {
    const ended = promise.then(String, () => 'failed')
    await clock.advance(1_000)
    return ended
  }
  const password = () => reveal(config.current).db
  return { clock, store, notifier, config, settle, password, refresh: () => settle(config.refresh()) }
}

const rotated: Hint = { kind: 'secret', name: 'db', operation: 'label', label: 'AWSCURRENT' }

describe('publishes a rotated secret although the first attempt that read it failed', () => {
  it('when a parameter was denied', async () => {
    const { store, refresh, password, config } = await serve()
    store.putSecret('db', 'new')
    const { remove } = store.fail('/app', { ...down, code: 'ACCESS_DENIED', isTransient: false })
    expect(await refresh()).toBe('failed')
    remove()
    expect(await refresh()).toBe('changed')
    expect(password()).toBe('new')
    expect(config.status().state).toBe('ready')
    await config.close()
  })

  it('when only polls find it', async () => {
    const { store, clock, password, config } = await serve()
    store.putSecret('db', 'new')
    await clock.advance(240_000)
    const { remove } = store.fail('/app', down)
    await clock.advance(120_000)
    expect(config.status().state).toBe('stale')
    remove()
    await clock.advance(360_000)
    expect(password()).toBe('new')
    expect(config.status().state).toBe('ready')
    await config.close()
  })

  it('when a notification reports the version', async () => {
    const { store, clock, notifier, password, config } = await serve()
    const { versionId } = store.putSecret('db', 'new')
    const { remove } = store.fail('/app', down)
    const hints: Hint[] = [
      { kind: 'parameter', name: '/app/a', operation: 'put' },
      { ...rotated, version: versionId },
    ]
    for (const hint of hints) notifier.inbox.hint(hint)
    await clock.advance(300)
    remove()
    for (const hint of hints) notifier.inbox.hint(hint)
    await clock.advance(10_000)
    expect(password()).toBe('new')
    await config.close()
  })

  it('when the candidate was rejected', async () => {
    let isRefused = true
    const { store, refresh, password, config } = await serve({
      validate: (next) => next.db !== 'new' || !isRefused,
    })
    store.putSecret('db', 'new')
    expect(await refresh()).toBe('failed')
    isRefused = false
    expect(await refresh()).toBe('changed')
    expect(password()).toBe('new')
    await config.close()
  })

  it('when the schema rejected another value', async () => {
    const { store, refresh, password, config } = await serve()
    store.putSecret('db', 'new')
    store.put('/app/a', 'x')
    expect(await refresh()).toBe('failed')
    store.put('/app/a', '1')
    expect(await refresh()).toBe('changed')
    expect(password()).toBe('new')
    await config.close()
  })

  it('when a login failed with the old secret', async () => {
    const { store, settle, password, config } = await serve()
    store.putSecret('db', 'new')
    const { remove } = store.fail('/app', down)
    await settle(config.refresh())
    remove()
    const use = async () => {
      if (password() !== 'new') throw new Error('password authentication failed')
      return 'connected'
    }
    expect(await settle(config.retryOnAuthError(() => true, use))).toBe('connected')
    await config.close()
  })

  it('when the source threw', async () => {
    let isThrowing = false
    const { store, refresh, password, config } = await serve()
    const { read } = store
    store.read = async (request, options) => {
      const reading = await read(request, options)
      if (isThrowing && request.secrets.length === 0) throw new Error('x')
      return reading
    }
    store.putSecret('db', 'new')
    isThrowing = true
    await refresh()
    isThrowing = false
    await refresh()
    expect(password()).toBe('new')
    await config.close()
  })
})

it('refresh() includes all writes before the call, even while another refresh reads', async () => {
  const { store, clock, config } = await serve()
  const { read } = store
  store.read = async (request, options) => {
    const reading = await read(request, options)
    await clock.sleep(50)
    return reading
  }
  const outcomes = [config.refresh()]
  await clock.advance(10)
  store.put('/app/a', '2')
  store.putSecret('db', 'new')
  outcomes.push(config.refresh(), config.refresh())
  await clock.advance(1_000)

  expect(await Promise.all(outcomes)).toEqual(['unchanged', 'changed', 'changed'])
  expect(reveal(config.current)).toEqual({ a: 2, db: 'new' })
  await config.close()
})

it.each([-1, 1])('refresh() reads secrets after the clock has jumped by %s day', async (days) => {
  const { store, clock, config, refresh, password } = await serve()
  clock.jump(days * 86_400_000)
  store.putSecret('db', 'new')

  expect(await refresh()).toBe('changed')
  expect(password()).toBe('new')
  await config.close()
})

it.each<[string, string | Uint8Array, string | Uint8Array]>([
  ['text', 'old', 'new'],
  ['bytes', Uint8Array.of(1, 2), Uint8Array.of(1, 3)],
])('a rotated secret is served although both versions have one id: %s', async (_, before, after) => {
  const versionId = 'modified-1700000000000'
  const isText = typeof before === 'string'
  const db = isText ? secret('db', z.string()) : secret('db', { binary: true })
  const { store, config, refresh } = await serve({ db, before: { value: before, versionId } })
  store.putSecret('db', { value: after, versionId })

  expect(await refresh()).toBe('changed')
  expect(reveal(config.current).db).toEqual(after)
  await config.close()
})

describe.each(['by-name', 'by-path'] as const)('a rotated secret, %s', (strategy) => {
  it.each(['db', 'pointer'])('is published after a denial: %s', async (key) => {
    const aws = await localAws()
    put(aws, { '/app/a': '1', '/app/pointer': ['SecureString', '/aws/reference/secretsmanager/other'] })
    aws.secrets.create({ name: 'db', value: 'old' })
    aws.secrets.create({ name: 'other', value: 'old' })
    const schema = z.object({ a: z.number(), db: secret('db', z.string()), pointer: sensitive(z.string()) })
    await using config = await loadConfig({ schema, path: '/app', strategy, poll: false, ...at(aws) })
    aws.secrets.put({ id: 'db', value: 'new' })
    aws.secrets.put({ id: 'other', value: 'new' })
    const action = strategy === 'by-name' ? 'ssm:GetParameters' : 'ssm:GetParametersByPath'
    const denial = aws.policy.deny({ action, resource: 'arn:aws:ssm:*:*:parameter/app*' })
    await expect(config.refresh()).rejects.toThrow()
    denial.remove()
    expect(await config.refresh()).toBe('changed')
    expect(reveal(config.current)).toMatchObject({ [key]: 'new' })
  })
})
