import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, type LiveConfig } from '../../src/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { makeNotifier } from '../support/notifier.ts'

interface Value {
  readonly a: string
}

function serve(hooks: (config: () => LiveConfig<Value>) => object) {
  const clock = createFakeClock()
  const store = memorySource({ clock, parameters: { '/app/a': '1' } })
  const options = { schema: z.object({ a: z.string() }), path: '/app', source: store, clock, poll: false as const }
  const config: LiveConfig<Value> = createConfig({ ...options, ...hooks(() => config) })
  return { clock, store, config }
}

describe('refresh() in a function that the refresh waits for', () => {
  it.each(['validate', 'prepare'])('is refused in %s()', async (hook) => {
    const errors: unknown[] = []
    const { clock, store, config } = serve((live) => ({
      [hook]: async (_: Value, previous: Value | undefined) => {
        if (previous !== undefined)
          await live()
            .refresh()
            .catch((error: unknown) => errors.push(error))
      },
    }))
    await config.ready
    store.put('/app/a', '2')
    const before = clock.now()
    expect(await config.refresh()).toBe('changed')

    expect(clock.now()).toBe(before)
    expect(errors).toEqual([
      expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(/validate\(\)/) }),
    ])
    await config.close()
  })

  it('is refused in the create() of a resource', async () => {
    const { store, config } = serve(() => ({}))
    const errors: unknown[] = []
    await config.resource(
      ({ a }) => a,
      async (a) => {
        if (a === '2') await config.refresh().catch((error: unknown) => errors.push(error))
        return a
      },
    )
    store.put('/app/a', '2')
    await config.refresh()

    expect(errors).toHaveLength(1)
    await config.close()
  })

  it('works after the function has returned, and elsewhere during the call', async () => {
    let later: Promise<unknown> | undefined
    let goOn: () => void = () => undefined
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const { store, config } = serve((live) => ({
      prepare: async (_: Value, previous: Value | undefined) => {
        if (previous === undefined) return
        later ??= waiting.then(() => live().refresh())
      },
    }))
    await config.ready
    store.put('/app/a', '2')
    await config.refresh()
    goOn()

    expect(await later).toBe('unchanged')
    await config.close()
  })
})

describe('an inbox', () => {
  const nonsense: readonly unknown[] = [
    undefined,
    null,
    5,
    'x',
    {},
    { kind: 'parameter' },
    { kind: 'parameter', name: 7, operation: 'put' },
    { kind: 'parameter', name: '/app/a', operation: 'x' },
    { kind: 'secret', name: 'db', operation: 'label', label: {} },
    { kind: 'parameter', name: '/app/a', operation: 'put', occurredAt: 'now' },
  ]

  it.each(nonsense)('counts %j as an ignored message, and does not throw', async (given) => {
    const notifier = makeNotifier()
    const { config } = serve(() => ({ notifications: notifier }))
    await config.ready
    const { inbox } = notifier
    inbox.hint(given as never)
    inbox.notice(given as never)
    inbox.failed(given as never)

    expect(config.status().notifications).toMatchObject({ ignored: 2, received: 0 })
    expect(config.status().notifications.sources).toMatchObject([
      { isHealthy: false, failure: { code: 'UNREACHABLE' } },
    ])
    await config.close()
  })
})

it('rejects retryOnAuthError() in prepare() without a retry, because a refresh would have to finish first', async () => {
  const errors: unknown[] = []
  const { clock, store, config } = serve((live) => ({
    prepare: async (_: Value, previous: Value | undefined) => {
      const use = async () => {
        throw new Error('login refused')
      }
      if (previous !== undefined)
        await live()
          .retryOnAuthError(() => true, use)
          .catch((error: unknown) => errors.push(error))
    },
  }))
  await config.ready
  store.put('/app/a', '2')
  const before = clock.now()
  await config.refresh()

  expect(clock.now()).toBe(before)
  expect(errors).toEqual([new Error('login refused')])
  await config.close()
})
