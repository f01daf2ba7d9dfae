import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type ConfigOptions, closeOnSignals, createConfig, defineConfig, loadConfig } from '../../src/index.ts'
import { createTestConfig, memorySource } from '../../src/testing/index.ts'

const schema = z.object({ a: z.string() })
const noDurations = [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300, '1000', null, 5n, new Date(5_000)]
// Longer than a timer of Node.
const long = [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 1e15]

const options: readonly [string, (ms: unknown) => object][] = [
  ['startup', (timeoutMs) => ({ startup: { timeoutMs } })],
  ['poll', (everyMs) => ({ poll: { everyMs } })],
  ['splayMs', (splayMs) => ({ splayMs })],
  ['maxStaleMs', (maxStaleMs) => ({ maxStaleMs })],
]

describe.each(options)('the option %s', (name, make) => {
  it.each(noDurations)('refuses %s', (ms) => {
    expect(() => defineConfig({ schema, path: '/app', ...make(ms) })).toThrow(name)
  })

  it.each(long)('takes %d ms, and no timer fires immediately', async (ms) => {
    const config = await loadConfig({ schema, path: '/app', source: source(), ...make(ms) })
    const events: string[] = []
    for (const event of ['unchanged', 'change', 'stale', 'error'] as const) config.on(event, () => events.push(event))
    await shortly()

    expect(events).toEqual([])
    expect(config.status()).toMatchObject({ state: 'ready', failures: 0 })
    await config.close()
  })
})

it.each(noDurations)('graceMs and timeoutMs of closeOnSignals refuse %s', async (ms) => {
  await using config = await createTestConfig({ schema, path: '/app' }, { values: { a: 'x' } })
  const wrong = ms as number

  await expect(config.resource(String, String, { graceMs: wrong })).rejects.toThrow('graceMs must be a number')
  expect(() => closeOnSignals(config, { timeoutMs: wrong })).toThrow('timeoutMs must be a number')
})

it.each(long)('keeps a resource in use for a graceMs of %d', async (graceMs) => {
  const store = source()
  const config = await loadConfig({ schema, path: '/app', source: store })
  const destroyed: string[] = []
  const resource = await config.resource(
    ({ a }) => a,
    (a) => a,
    { graceMs, destroy: (a) => destroyed.push(a) },
  )
  let end = () => {}
  const use = resource.use(() => new Promise<void>((resolve) => (end = resolve)))
  store.put('/app/a', 'y')
  await config.refresh()
  await shortly()
  expect(destroyed).toEqual([])

  end()
  await use
  await config.close()
  expect(destroyed).toEqual(['x', 'y'])
})

it('gives a start the time of startup.timeoutMs', async () => {
  let answer = () => {}
  const slow = {
    ...source(),
    read: async (...call: Parameters<ReturnType<typeof source>['read']>) => {
      await new Promise<void>((resolve) => (answer = resolve))
      return source().read(...call)
    },
  }
  const from: ConfigOptions<typeof schema> = { schema, path: '/app', source: slow, startup: { timeoutMs: 2 ** 40 } }
  const config = createConfig(from)
  await shortly()
  expect(config.status().state).toBe('initializing')

  answer()
  await config.ready
  await config.close()
})

function source() {
  return memorySource({ parameters: { '/app/a': 'x' } })
}

/** Waits until a timer with an overflowing delay would have fired. */
function shortly(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}
