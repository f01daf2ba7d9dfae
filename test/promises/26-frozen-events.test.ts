import { expect, it } from 'vitest'
import * as z from 'zod'
import { type ConfigEvents, type LiveConfig, loadConfig } from '../../src/index.ts'
import { createTestConfig, memorySource } from '../../src/testing/index.ts'
import { makeNotifier } from '../support/notifier.ts'

const schema = z.object({ a: z.string(), n: z.number() })
const parameters = { '/app/a': 'one', '/app/n': '1' }

/** Two listeners: the first writes to everything that it can reach, the second keeps what it gets. */
function listen<Value>(config: LiveConfig<Value>, event: keyof ConfigEvents<Value>) {
  const refused: string[] = []
  const kept: unknown[] = []
  config.on(event, (payload) => overwrite(payload, event, refused))
  config.on(event, (payload) => kept.push(structuredClone(JSON.parse(JSON.stringify(payload)))))
  return { refused, kept }
}

function overwrite(value: unknown, place: string, refused: string[]): void {
  // An Error is not frozen: programs add to it. The lists that it carries are.
  if (typeof value !== 'object' || value === null) return
  for (const key of Object.keys(value)) {
    overwrite(Reflect.get(value, key), `${place}.${key}`, refused)
    if (value instanceof Error) continue
    if (Reflect.set(value, key, 'overwritten')) refused.push(`${place}.${key}`)
  }
  if (Array.isArray(value) && Reflect.set(value, value.length, 'added')) refused.push(`${place}[]`)
}

it.each([
  ['change', async (config) => config.set({ values: { a: 'two' } })],
  ['unchanged', async (config) => void (await config.refresh())],
  ['rejected', async (config) => config.set({ parameters: { '/app/n': 'many' } }).catch(() => undefined)],
  [
    'stale',
    async (config) => {
      config.fail()
      await config.refresh().catch(() => undefined)
    },
  ],
  [
    'error',
    async (config) => {
      config.fail()
      await config.refresh().catch(() => undefined)
    },
  ],
  [
    'recovered',
    async (config) => {
      const failing = config.fail()
      await config.refresh().catch(() => undefined)
      failing[Symbol.dispose]()
      await config.refresh()
    },
  ],
  [
    'listenerError',
    async (config) => {
      config.on('change', () => {
        throw new Error('a listener')
      })
      await config.set({ values: { a: 'two' } })
    },
  ],
  [
    'warning',
    async (config) => {
      config.on('change', () => {
        throw new Error('a listener')
      })
      await config.set({ values: { a: 'two' } })
    },
  ],
  ['closed', async (config) => config.close()],
] as [keyof ConfigEvents<unknown>, (config: Awaited<ReturnType<typeof start>>) => Promise<void>][])(
  '26. a listener cannot change the event %s that the next one gets',
  async (event, cause) => {
    const config = await start()
    const { refused, kept } = listen(config, event)
    await cause(config)
    await config.close()

    expect(refused).toEqual([])
    expect(kept.length).toBeGreaterThan(0)
    expect(JSON.stringify(kept)).not.toContain('overwritten')
  },
)

it('26. keeps status().expiring unchanged when a listener writes to the event', async () => {
  const notifications = makeNotifier()
  const source = memorySource({ parameters })
  await using config = await loadConfig({ schema, path: '/app', poll: false, notifications, source })
  const { refused, kept } = listen(config, 'expiring')
  notifications.inbox.notice({ parameter: '/app/a', policy: 'Expiration', expiresAt: 1_000 })

  expect(refused).toEqual([])
  expect(kept).toMatchObject([{ parameter: '/app/a', keys: ['a'] }])
  expect(config.status().expiring).toMatchObject([{ parameter: '/app/a', keys: ['a'] }])
})

async function start() {
  return createTestConfig({ schema, path: '/app', poll: false }, { parameters })
}
