import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, parameter, secret, sensitive } from '../../src/index.ts'
import { createTestConfig, memorySource, type TestConfig } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'

const schema = z.object({
  db: z.object({ host: z.string(), credentials: secret('db', z.object({ password: z.string() })) }),
  other: z.string(),
})

interface Pool {
  readonly password: string
  isOpen: boolean
}

async function withPools(options: { readonly onFailure?: 'keep-old' | 'veto'; readonly graceMs?: number } = {}) {
  const pools: Pool[] = []
  const failing = { isOn: false }
  const config = await createTestConfig(
    { schema, path: '/app', poll: false },
    { values: { db: { host: 'h', credentials: { password: 'one' } }, other: 'x' } },
  )
  const pool = await config.resource(
    ({ db }) => db,
    ({ credentials }) => {
      if (failing.isOn) throw new Error(`no login with ${credentials.password}`)
      const made: Pool = { password: credentials.password, isOpen: true }
      pools.push(made)
      return made
    },
    {
      ...options,
      destroy(old) {
        old.isOpen = false
      },
    },
  )
  return { config, pool, pools, failing }
}

const rotate = (config: TestConfig<typeof schema>, password: string) =>
  config.set({ values: { db: { credentials: { password } } } })

describe('37. replaces a resource when its selected value changes, and drains the old resource', () => {
  it('creates the new resource before publishing the change', async () => {
    const { config, pool } = await withPools()
    const seen: unknown[] = []
    config.on('change', ({ current }) => seen.push([current.db.credentials.password, pool.current.password]))
    await rotate(config, 'two')

    expect(seen).toEqual([['two', 'two']])
    await config.close()
  })

  it('keeps the resource when another value changes', async () => {
    const { config, pools } = await withPools()
    await config.set({ values: { other: 'y' } })

    expect(config.current.other).toBe('y')
    expect(pools).toHaveLength(1)
    await config.close()
  })

  it('keeps the old resource during its uses', async () => {
    const { config, pool, pools } = await withPools()
    const work = deferred()
    const use = pool.use(async (held) => {
      await work.promise
      return held.isOpen
    })
    await rotate(config, 'two')
    expect(pools.map(({ isOpen }) => isOpen)).toEqual([true, true])

    work.resolve()
    expect(await use).toBe(true)
    await config.advance(0)
    expect(pools.map(({ isOpen }) => isOpen)).toEqual([false, true])
    await config.close()
    expect(pools.map(({ isOpen }) => isOpen)).toEqual([false, false])
  })

  it('destroys the old resource after graceMs at the latest', async () => {
    const { config, pool, pools } = await withPools({ graceMs: 5_000 })
    const work = deferred()
    const use = pool.use(() => work.promise)
    await rotate(config, 'two')
    await config.advance(4_999)
    expect(pools[0]?.isOpen).toBe(true)
    await config.advance(1)
    expect(pools[0]?.isOpen).toBe(false)

    work.resolve()
    await use
    await config.close()
  })

  it('destroys an unused resource at once on close(), while a notification source is slow to end', async () => {
    const [end, source] = [deferred(), memorySource({ parameters: { '/app/a': 'x' } })]
    const config = await loadConfig({
      schema: z.object({ a: z.string() }),
      path: '/app',
      source,
      notifications: { name: 'slow', listen: () => end.promise },
    })
    let isOpen = true
    await config.resource(
      ({ a }) => a,
      (a) => a,
      {
        destroy() {
          isOpen = false
        },
      },
    )
    const closing = config.close()
    await expect.poll(() => isOpen).toBe(false)

    await expect(config.resource(String, String)).rejects.toMatchObject({ code: 'CLOSED' })
    end.resolve()
    await closing
  })

  it('publishes although create() fails, reports degraded, and retries', async () => {
    const { config, pool, failing } = await withPools()
    const errors: unknown[] = []
    config.on('listenerError', ({ event, error, resource }) => errors.push([event, String(error), resource]))
    failing.isOn = true
    await rotate(config, 'two')

    expect(config.current.db.credentials.password).toBe('two')
    expect(pool.current).toMatchObject({ password: 'one', isOpen: true })
    expect(config.health()).toMatchObject({ status: 'degraded', state: 'ready' })
    expect(config.status().resources).toEqual([{ isCurrent: false, failures: 1 }])
    expect(errors).toEqual([['resource', 'Error: no login with two', 0]])
    expect(config.explain().warnings).toEqual([
      expect.stringMatching(
        /^could not create resource 0 of status\(\)\.resources: Error at .*37-resources\.test\.ts:\d+:\d+\)?: the previous resource stays/,
      ),
    ])
    expect(config.explain().warnings.join()).not.toContain('two')

    failing.isOn = false
    await config.advance(1_000)
    expect(pool.current.password).toBe('two')
    expect(config.health().status).toBe('up')
    await config.close()
  })

  it('refuses the change with onFailure: veto', async () => {
    const { config, pool, pools, failing } = await withPools({ onFailure: 'veto' })
    failing.isOn = true
    const refused = await rotate(config, 'two').catch((error: unknown) => error)

    expect(refused).toMatchObject({ problems: [{ code: 'RESOURCE_FAILED' }] })
    expect(String(refused)).not.toContain('two')
    expect(config.current.db.credentials.password).toBe('one')
    expect(pool.current.password).toBe('one')

    failing.isOn = false
    await config.advance(1_000)
    expect(config.current.db.credentials.password).toBe('two')
    expect(pools.map(({ password, isOpen }) => [password, isOpen])).toEqual([
      ['one', false],
      ['two', true],
    ])
    await config.close()
  })

  it('reads the credentials at once after a refused login, and retries once', async () => {
    const { config, pool } = await withPools()
    let valid = 'one'
    const tries: string[] = []
    const query = () =>
      config.retryOnAuthError(
        (error) => error instanceof Refused,
        () =>
          pool.use(({ password }) => {
            tries.push(password)
            if (password !== valid) throw new Refused('login refused')
            return 'rows'
          }),
      )
    expect(await query()).toBe('rows')

    config.store.putSecret('db', JSON.stringify({ password: 'two' }))
    valid = 'two'
    expect(await Promise.all([query(), query()])).toEqual(['rows', 'rows'])
    expect(tries).toEqual(['one', 'one', 'one', 'two', 'two'])

    valid = 'three'
    await expect(query()).rejects.toThrow('login refused')
    expect(tries.slice(5)).toEqual(['two'])
    await config.close()
  })

  it('reads only secrets and SecureStrings then, and decrypts only changed ones', async () => {
    const aws = await localAws()
    put(aws, {
      '/app/plain': 'x',
      '/app/more/a': ['SecureString', 'one'],
      '/common/token': ['SecureString', 't'],
      '/app/pointer': '/aws/reference/secretsmanager/pointed',
    })
    for (const name of ['db', 'pointed']) aws.secrets.create({ name, value: 's' })
    await using config = await loadConfig({
      schema: z.object({
        plain: z.string(),
        more: z.record(z.string(), z.string()),
        token: parameter('/common/token', z.string()),
        pointer: sensitive(z.string()),
        db: secret('db', z.string()),
      }),
      path: '/app',
      poll: false,
      ...at(aws),
    })
    put(aws, { '/app/more/a': ['SecureString', 'two'] })
    aws.resetCounts()
    const seen = await config.retryOnAuthError(
      () => true,
      () => {
        if (config.current.more.a === 'one') throw new Refused()
        return config.current.more.a
      },
    )

    expect(seen).toBe('two')
    expect(new Set(aws.requests.flatMap(({ input }) => input.Names ?? []))).toEqual(
      new Set([
        '/app/more/a',
        '/common/token',
        '/aws/reference/secretsmanager/db',
        '/aws/reference/secretsmanager/pointed',
      ]),
    )
    // Two secrets, whose versions can be told by reading them alone, and what has moved.
    expect(aws.counts.decryptions).toBe(3)
  })
})

class Refused extends Error {}

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  const done = new AbortController()
  const promise = new Promise<void>((resolve) => done.signal.addEventListener('abort', () => resolve()))
  return { promise, resolve: () => done.abort() }
}
