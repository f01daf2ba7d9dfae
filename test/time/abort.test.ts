import { getEventListeners, getMaxListeners, setMaxListeners } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { closeOnSignals, createConfig, secret } from '../../src/index.ts'
import { createTestConfig, memorySource } from '../../src/testing/index.ts'

const many = 40
const schema = z.object({ a: z.string(), db: secret('db', z.object({ password: z.string() })) })
const values = { a: 'one', db: { password: 'first' } }

/** Collects the warnings of Node.js from now on. */
function warnings() {
  const seen: string[] = []
  const note = (warning: Error) => void seen.push(`${warning.name}: ${warning.message}`)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  return {
    // A warning is emitted in a later turn.
    async list() {
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
      return seen
    },
  }
}

const times = <Item>(make: (index: number) => Item) => Array.from({ length: many }, (_, index) => make(index))

it('any number of resources of one secret cause no warning, even while they fail', async () => {
  const warned = warnings()
  const config = await createTestConfig({ schema, path: '/app', poll: false }, { values })
  let isFailing = false
  const create = async ({ password }: { readonly password: string }, { signal }: { readonly signal: AbortSignal }) => {
    await config.clock.sleep(1, signal)
    if (isFailing) throw new Error('unreachable')
    return password
  }
  const adding = Promise.all(times(() => config.resource(({ db }) => db, create, { graceMs: 10 })))
  await config.clock.advance(1)
  const pools = await adding
  const rotate = async (password: string) => {
    const setting = config.set({ values: { db: { password } } })
    await config.clock.advance(1)
    await setting
  }
  await rotate('second')
  isFailing = true
  await rotate('third')
  await config.advance(500)
  isFailing = false
  await config.advance(10_000)
  expect(pools.map(({ current }) => current)).toEqual(times(() => 'third'))

  await config.close()
  expect(await warned.list()).toEqual([])
})

it('any number of watchers on one signal cause no warning, and leave no listener behind', async () => {
  const warned = warnings()
  const { signal } = new AbortController()
  const config = await createTestConfig({ schema, path: '/app' }, { values })
  const watch = () =>
    config.watch(
      ({ a }) => a,
      () => undefined,
      { signal },
    )
  const watchers = times(watch)
  for (const watcher of watchers) watcher[Symbol.dispose]()
  expect(getEventListeners(signal, 'abort')).toEqual([])

  times(watch)
  await config.close()
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(await warned.list()).toEqual([])
})

it('a signal ends only the watchers that were given it', async () => {
  const controller = new AbortController()
  await using config = await createTestConfig({ schema, path: '/app' }, { values })
  const seen: string[] = []
  const watch = (name: string, signal?: AbortSignal) =>
    config.watch(
      ({ a }) => a,
      () => seen.push(name),
      signal && { signal },
    )
  watch('first', controller.signal)
  watch('second', controller.signal)
  watch('other', new AbortController().signal)
  watch('without')
  controller.abort()
  watch('late', controller.signal)
  await config.set({ values: { a: 'two' } })

  expect(seen).toEqual(['other', 'without'])
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

it('a signal without a limit of listeners keeps it', async () => {
  const warned = warnings()
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  await using config = await createTestConfig({ schema, path: '/app', signal }, { values })
  times(() => signal.addEventListener('abort', () => undefined))

  expect(config.status().state).toBe('ready')
  expect(await warned.list()).toEqual([])
})

it('any number of configs on one signal cause no warning, and the signal closes them all', async () => {
  const warned = warnings()
  const controller = new AbortController()
  const limit = getMaxListeners(controller.signal)
  const configs = times(() =>
    createConfig({
      schema: z.object({ a: z.string() }),
      path: '/app',
      source: memorySource({ parameters: { '/app/a': 'x' } }),
      signal: controller.signal,
    }),
  )
  await Promise.all(configs.map(({ ready }) => ready))
  for (const config of configs)
    config.watch(
      ({ a }) => a,
      () => undefined,
      { signal: controller.signal },
    )
  await Promise.all(configs.slice(1).map((config) => config.close()))
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(2)
  controller.abort()
  await Promise.all(configs.map((config) => config.close()))

  expect(configs.map((config) => config.status().state)).toEqual(times(() => 'closed'))
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  expect(getMaxListeners(controller.signal)).toBe(limit)
  expect(await warned.list()).toEqual([])
})

it('any number of notification sources cause no warning', async () => {
  const warned = warnings()
  const listen = (_: unknown, { signal, clock }: { signal: AbortSignal; clock: { sleep: typeof sleep } }) =>
    clock.sleep(60_000, signal).catch(() => undefined)
  const config = createConfig({
    schema: z.object({ a: z.string() }),
    path: '/app',
    source: memorySource({ parameters: { '/app/a': 'x' } }),
    notifications: times((index) => ({ name: `source ${index}`, listen })),
  })
  await config.ready
  await config.close()

  expect(await warned.list()).toEqual([])
})

it('hooks, create() and a source may wait on their signal any number of times', async () => {
  const warned = warnings()
  const wait = (signal: AbortSignal) => {
    for (let count = 0; count < many; count++) signal.addEventListener('abort', () => undefined)
  }
  const store = memorySource({ parameters: { '/app/a': 'x' } })
  const config = createConfig({
    schema: z.object({ a: z.string() }),
    path: '/app',
    source: {
      ...store,
      async read(request, options) {
        wait(options.signal)
        return store.read(request, options)
      },
    },
    validate: (_next, _previous, { signal }) => wait(signal),
    prepare: (_next, _previous, { signal }) => wait(signal),
  })
  await config.resource(String, (_, { signal }) => wait(signal))
  await config.refresh()
  await config.close()

  expect(await warned.list()).toEqual([])
})

it('closeOnSignals of any number of configs causes no warning, and can be undone', async () => {
  const warned = warnings()
  const before = process.getMaxListeners()
  const config = { close: async () => undefined }
  const taken = times(() => closeOnSignals(config))
  for (const one of taken) one[Symbol.dispose]()

  expect(process.listenerCount('SIGTERM')).toBe(0)
  expect(process.getMaxListeners()).toBe(before)
  expect(await warned.list()).toEqual([])
})

declare function sleep(ms: number, signal?: AbortSignal): Promise<void>
