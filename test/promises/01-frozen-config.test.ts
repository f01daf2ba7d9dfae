import { expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, defineConfig, secret } from '../../src/index.ts'
import { createTestConfig, memorySource } from '../../src/testing/index.ts'

const schema = z.object({ a: z.string(), db: secret('db', z.object({ password: z.string() })) })
const values = { a: 'one', db: { password: 'first' } }

/** Freezes as libraries do: own properties, symbols and what getters return. */
function deepFreeze(value: unknown, seen: Set<unknown> = new Set()): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return
  seen.add(value)
  for (const key of Reflect.ownKeys(value)) deepFreeze(Reflect.get(value, key), seen)
  if (!ArrayBuffer.isView(value)) Object.freeze(value)
}

it.each([
  ['frozen', Object.freeze],
  ['sealed', Object.seal],
  ['not extensible', Object.preventExtensions],
  ['frozen at every depth', deepFreeze],
] as [string, (value: object) => unknown][])('1. a config that is %s follows changes', async (_, fix) => {
  await using config = await createTestConfig({ schema, path: '/app' }, { values })
  const seen: string[] = []
  config.watch(
    ({ a }) => a,
    (a) => seen.push(a),
  )
  fix(config)
  config.store.put('/app/a', 'two')
  await config.advance(120_000)

  expect(config.current.a).toBe('two')
  expect(config.pin().value.a).toBe('two')
  expect(seen).toEqual(['two'])
  expect(config.status()).toMatchObject({ state: 'ready', revision: 2 })
})

it('1. a config that is frozen before its first snapshot becomes ready', async () => {
  const config = Object.freeze(createConfig({ schema: z.object({ a: z.string() }), path: '/app', source: source() }))
  await config.ready

  expect(config.current.a).toBe('one')
  await config.close()
})

it('1. gives two configs their own current value', async () => {
  await using first = await createTestConfig({ schema, path: '/app' }, { values })
  await using second = await createTestConfig({ schema, path: '/app' }, { values: { ...values, a: 'two' } })

  expect([first.current.a, second.current.a]).toEqual(['one', 'two'])
})

it('1. works when every returned object is frozen at every depth', async () => {
  await using config = await createTestConfig({ schema, path: '/app' }, { values })
  const resource = await config.resource(
    ({ a }) => a,
    (a) => ({ a }),
  )
  const events: unknown[] = []
  for (const event of ['change', 'unchanged', 'stale', 'recovered'] as const) {
    config.on(event, (payload) => events.push(deepFreeze(payload)))
  }
  const freezeAll = () => {
    for (const value of [config.status(), config.health(), config.explain(), config.pin(), resource]) deepFreeze(value)
  }
  freezeAll()
  await config.set({ values: { a: 'two' } })
  freezeAll()
  await config.advance(120_000)

  expect(resource.current).toEqual({ a: 'two' })
  expect(config.status()).toMatchObject({ state: 'ready', revision: 2, failures: 0 })
  expect(events.length).toBeGreaterThan(1)
})

it('1. accepts frozen options', async () => {
  const options = { schema: z.object({ a: z.string() }), path: ['/app'], source: source(), poll: { everyMs: 60_000 } }
  for (const value of [options, options.path, options.poll, options.source]) Object.freeze(value)
  const config = createConfig(defineConfig(options))
  await config.ready

  expect(config.current.a).toBe('one')
  await config.close()
})

it('1. warns if the prototype of a config is frozen, and pin() still follows changes', async () => {
  await using config = await createTestConfig({ schema, path: '/app' }, { values })
  Object.freeze(Object.getPrototypeOf(config))
  await config.set({ values: { a: 'two' } })

  expect(config.pin().value.a).toBe('two')
  expect(config.explain().warnings.join()).toContain('read config.pin().value')
})

function source() {
  return memorySource({ parameters: { '/app/a': 'one' } })
}
