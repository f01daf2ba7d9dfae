import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, loadConfig } from '../../src/index.ts'
import type { ParameterSource } from '../../src/source/index.ts'
import { createFakeClock, createTestConfig, memorySource } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { makeNotifier } from '../support/notifier.ts'
import { rejection } from '../support/rejection.ts'

const schema = z.object({ a: z.string() })
const parameters = { '/app/a': 'x' }

describe('a live config', () => {
  it('emits no event after closed, and refuses to refresh', async () => {
    const config = await createTestConfig({ schema, path: '/app' }, { parameters })
    const events: string[] = []
    for (const event of ['change', 'unchanged', 'closed'] as const) config.on(event, () => events.push(event))
    const refreshing = rejection(config.refresh())
    await config.close()
    config.store.put('/app/a', 'y')
    await config.advance(600_000)

    expect(await refreshing).toMatchObject({ code: 'CLOSED', message: 'the config is closed' })
    expect(await rejection(config.refresh())).toMatchObject({ code: 'CLOSED' })
    expect(events).toEqual(['closed'])
    expect(config.current).toEqual({ a: 'x' })
    expect(config.health()).toMatchObject({ status: 'down', state: 'closed' })
    expect(config.clock.sleepers).toBe(0)
  })

  it('describes itself by status() from the start to the end', async () => {
    const [clock, source] = [createFakeClock(1_000), memorySource()]
    const config = createConfig({ schema, path: '/app', source, clock, random: () => 0.5, startup: { timeoutMs: 500 } })
    expect(config.status()).toMatchObject({ state: 'initializing', since: 1_000, failures: 0 })
    expect(config.status()).not.toHaveProperty('revision')
    expect(config.health()).toEqual({ status: 'down', state: 'initializing' })
    await clock.advance(1_000)
    expect(config.status()).toMatchObject({ state: 'failed', failures: 1, lastError: { code: 'LOAD_FAILED' } })

    source.put('/app/a', 'x')
    expect(await config.refresh()).toBe('changed')
    expect(config.status()).toMatchObject({ state: 'ready', revision: 1, loadedAt: 2_000, nextPollAt: 32_000 })
    expect(config.current).toEqual({ a: 'x' })
    await config.close()
  })

  it('is as old as the readings that its source has kept', async () => {
    const [clock, stored] = [createFakeClock(1_000_000), memorySource({ parameters })]
    let ageMs = 40_000
    const source: ParameterSource = {
      read: async (request, readOptions) => ({ ...(await stored.read(request, readOptions)), ageMs }),
    }
    await using config = await loadConfig({ schema, path: '/app', source, clock, poll: false, maxStaleMs: 60_000 })
    expect(config.status()).toMatchObject({ state: 'ready', loadedAt: 1_000_000, verifiedAt: 960_000 })
    expect(config.pin()).toMatchObject({ loadedAt: 1_000_000, verifiedAt: 960_000 })

    await clock.advance(20_000)
    expect(config.status()).toMatchObject({ state: 'stale', reason: 'age-exceeded' })
    ageMs = 5_000
    expect(await config.refresh()).toBe('unchanged')
    expect(config.status()).toMatchObject({ state: 'ready', verifiedAt: 1_015_000 })
    expect(config.pin().verifiedAt).toBe(1_015_000)

    stored.put('/app/a', 'y')
    expect(await config.refresh()).toBe('changed')
    expect(config.pin()).toMatchObject({ loadedAt: 1_020_000, verifiedAt: 1_015_000 })
  })

  it('prints no value', async () => {
    await using config = await createTestConfig({ schema, path: ['/x', '/app'] }, { values: { a: 'hunter2' } })

    expect(inspect(config)).toBe("LiveConfig { paths: [ '/x', '/app' ], state: 'ready', revision: 1 }")
    expect(inspect({ config }, { showHidden: true, depth: 9 })).not.toContain('hunter2')
  })

  it('schedules the next poll at a whole millisecond', async () => {
    const source = memorySource({ parameters })
    const options = { clock: createFakeClock(), random: () => 0.123456789, startup: { timeoutMs: 500 } }
    await using config = await loadConfig({ schema, path: '/app', source, poll: { everyMs: 30_000 }, ...options })

    expect(Number.isInteger(config.status().nextPollAt)).toBe(true)
  })

  it('refuses invalid arguments of on(), watch() and retryOnAuthError()', async () => {
    await using config: Untyped = await createTestConfig({ schema, path: '/app' }, { values: { a: 'x' } })
    const no = () => undefined
    const refuses = (call: () => unknown, message: string) => expect(call).toThrow(new TypeError(message))

    refuses(() => config.on('changed', no), 'on(): there is no event changed: did you mean change?')
    refuses(() => config.on('change'), 'on(): listener must be a function')
    refuses(() => config.watch('host', no), 'watch(): select must be a function')
    refuses(() => config.watch(no), 'watch(): onChange must be a function')
    refuses(
      () => config.watch(no, no, { imediate: true }),
      'watch(): there is no option imediate: did you mean immediate?',
    )
    refuses(() => config.watch(no, no, { equals: 1 }), 'watch(): equals must be a function')
    refuses(() => config.watch(no, no, { signal: 1 }), 'watch(): signal must be an AbortSignal')
    await expect(config.retryOnAuthError(no)).rejects.toEqual(
      new TypeError('retryOnAuthError(): use must be a function'),
    )
    await expect(config.retryOnAuthError(1, no)).rejects.toEqual(
      new TypeError('retryOnAuthError(): isAuthError must be a function'),
    )
    await expect(config.resource(no)).rejects.toEqual(new TypeError('resource(): create must be a function'))
  })

  it('reports a custom notification source that stops with an error, and keeps refreshing', async () => {
    const clock = createFakeClock()
    const broken = { name: 'mine', listen: () => Promise.reject(new Error('hunter2')) }
    const source = memorySource({ parameters })
    await using config = await loadConfig({
      schema,
      path: '/app',
      source,
      clock,
      notifications: [broken, makeNotifier()],
    })
    await clock.advance(0)

    expect(config.status().notifications.sources[0]).toMatchObject({ name: 'mine', isHealthy: false })
    expect(config.explain().warnings).toEqual([
      expect.stringMatching(/^mine cannot listen for changes: the notification source threw Error/),
    ])
    expect(JSON.stringify(config.status())).not.toContain('hunter2')
  })

  it('ignores the error of a source that fails to close after its signal aborts', async () => {
    const stop = new AbortController()
    const source = { ...memorySource({ parameters }), close: () => Promise.reject(new Error('stuck')) }
    const config = await loadConfig({ schema, path: '/app', source, poll: false, signal: stop.signal })
    stop.abort()

    expect(await rejection(config.close())).toMatchObject({ message: 'stuck' })
  })

  it('reads hinted parameters by path after a denial by name, and remembers the denial', async () => {
    const aws = await localAws()
    put(aws, parameters)
    aws.policy.deny({ action: 'ssm:GetParameters', resource: '*' })
    const notifier = makeNotifier()
    const options = { schema, path: '/app', strategy: 'by-path', notifications: notifier, poll: false } as const
    await using config = await loadConfig({ ...options, ...at(aws) })
    for (const value of ['y', 'z']) {
      put(aws, { '/app/a': value })
      notifier.inbox.hint({ kind: 'parameter', name: '/app/a', operation: 'put' })
      await expect.poll(() => config.current.a).toBe(value)
    }

    expect(aws.counts.calls['ssm:GetParameters']).toBe(1)
    expect(config.status().state).toBe('ready')
  })

  it('emits equal warnings once', async () => {
    const warnings: string[] = []
    await using config = await createTestConfig(
      { schema, path: '/app', logger: { warn: (message) => warnings.push(message) } },
      { parameters },
    )
    for (let count = 0; count < 3; count++) {
      config.on('change', () => {
        throw new Error('hunter2')
      })
    }
    await config.set({ values: { a: 'y' } })

    expect(warnings).toEqual(['liveparam: a listener of change failed'])
  })
})

// As JavaScript sees it.
type Untyped = AsyncDisposable & {
  on(...args: unknown[]): unknown
  watch(...args: unknown[]): unknown
  retryOnAuthError(...args: unknown[]): Promise<unknown>
  resource(...args: unknown[]): Promise<unknown>
}
