import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, defineConfig, type Logger } from '../../src/index.ts'
import type { Telemetry } from '../../src/source/index.ts'
import { createTestConfig, memorySource } from '../../src/testing/index.ts'

const schema = z.object({ a: z.string() })
const values = { a: 'one' }
const parameters = { '/app/a': 'one' }

// The compiler refuses these functions; JavaScript does not. The test runner fails on any unhandled rejection.
const rejects = async (): Promise<never> => {
  throw new Error('from an async function')
}
const resolves = async () => false
const broken = [
  ['rejects', rejects],
  ['resolves', resolves],
] as [string, () => never][]

async function started() {
  const config = await createTestConfig({ schema, path: '/app', poll: false }, { values })
  const errors: [string, string][] = []
  config.on('listenerError', ({ event, error }) => errors.push([event, String(error)]))
  return { config, errors }
}

describe.each(broken)('26. a function that must return a plain value and %s', (_, broken) => {
  it('is refused as select of watch, and never calls back', async () => {
    const { config, errors } = await started()
    const seen: unknown[] = []
    config.watch(broken, (next) => seen.push(next), { immediate: true })
    await config.set({ values: { a: 'two' } })

    expect(seen).toEqual([])
    const error = [
      'watch',
      'TypeError: watch(): select returned a promise: make it a function that is not async and returns a plain value',
    ]
    expect(errors).toEqual([error, error])
    expect(config.explain().warnings).toEqual([expect.stringMatching(/^watch\(\): select returned a promise/)])
    await config.close()
  })

  it('is refused as equals of watch, and the watcher is called as for a changed value', async () => {
    const { config, errors } = await started()
    const seen: unknown[] = []
    config.watch(
      ({ a }) => a,
      (next) => seen.push(next),
      { equals: broken },
    )
    await config.set({ values: { a: 'two' } })

    expect(seen).toEqual(['two'])
    expect(errors).toEqual([['watch', expect.stringContaining('watch(): equals returned a promise')]])
    await config.close()
  })

  it('is refused as select of a resource', async () => {
    const { config } = await started()

    await expect(config.resource(broken, () => 'pool')).rejects.toThrow('resource(): select returned a promise')
    expect(config.status().resources).toEqual([])
    await config.close()
  })

  it('is refused as isAuthError', async () => {
    const { config } = await started()
    const use = () => Promise.reject(new Error('login refused'))

    await expect(config.retryOnAuthError(broken, use)).rejects.toThrow(
      'retryOnAuthError(): isAuthError returned a promise',
    )
    await config.close()
  })

  it('is refused as naming', () => {
    expect(() => defineConfig({ schema, path: '/app', naming: broken })).toThrow(
      'naming returned a promise and not a string',
    )
  })

  it.each(['explain', 'usage'] as const)('is refused as %s of a source', async (method) => {
    const source = { ...memorySource({ parameters }), [method]: broken }
    const config = createConfig({ schema, path: '/app', source })
    await config.ready

    const read = method === 'usage' ? () => config.status() : () => config.explain()
    expect(read).toThrow(`source.${method}() returned a promise`)
    await config.close()
  })

  it('is refused as random', () => {
    const source = memorySource({ parameters })
    expect(() => createConfig({ schema, path: '/app', source, random: broken })).toThrow('random() returned a promise')
  })

  it('is refused as now of a clock', () => {
    const clock = { now: broken, sleep: async () => undefined }
    const source = memorySource({ parameters })
    expect(() => createConfig({ schema, path: '/app', source, clock })).toThrow('clock.now() returned a promise')
  })

  it('is refused as instrument of telemetry, and the config works without telemetry', async () => {
    const telemetry: Telemetry = { instrument: broken }
    const config = await createTestConfig({ schema, path: '/app', telemetry }, { values })
    await config.refresh()

    expect(config.explain().warnings).toEqual([expect.stringMatching(/^telemetry\.instrument\(\) returned a promise/)])
    await config.close()
  })
})

it('26. keeps working with a logger and listeners whose promises reject', async () => {
  const logger: Logger = { info: rejects, warn: rejects, error: rejects }
  const config = await createTestConfig({ schema, path: '/app', logger }, { values })
  for (const event of ['change', 'rejected', 'stale', 'listenerError', 'warning', 'closed'] as const) {
    config.on(event, rejects)
  }
  config.watch(({ a }) => a, rejects)
  await config.set({ values: { a: 'two' } })
  config.reject()
  await config.set({ values: { a: 'three' } }).catch(() => undefined)
  await config.close()

  expect(config.current.a).toBe('two')
})

it.each([undefined, null, '0.5', Number.NaN])('26. refuses a random that returns %s at once', (returned) => {
  const random = (() => returned) as unknown as () => number
  const source = memorySource({ parameters })
  expect(() => createConfig({ schema, path: '/app', source, random })).toThrow('random() must return a number')
})

it.each([undefined, '0', Number.NaN, Number.POSITIVE_INFINITY])(
  '26. refuses a clock that returns %s at once',
  (returned) => {
    const clock = { now: (() => returned) as unknown as () => number, sleep: async () => undefined }
    const source = memorySource({ parameters })
    expect(() => createConfig({ schema, path: '/app', source, clock })).toThrow('clock.now() must return milliseconds')
  },
)

it('26. keeps working with a source whose resumed() rejects and telemetry whose methods reject', async () => {
  const probe = { refresh: rejects, notified: rejects, closed: rejects }
  const source = { ...memorySource({ parameters }), resumed: rejects }
  const config = createConfig({ schema, path: '/app', source, telemetry: { instrument: () => probe } })
  await config.ready
  await config.refresh()
  await config.close()

  expect(config.current.a).toBe('one')
})

it.each([undefined, 5, null])('26. refuses a naming that returns %s, and names the option', (returned) => {
  const naming = (() => returned) as unknown as () => string
  expect(() => defineConfig({ schema, path: '/app', naming })).toThrow(
    `naming returned ${typeof returned} and not a string`,
  )
})
