import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import type { ReadRequest } from '../../src/ports.ts'
import { createFakeClock, type MemorySource, memorySource } from '../../src/testing/index.ts'
import { makeNotifier } from '../support/notifier.ts'

const schema = z.object({ a: z.string(), b: z.string() })
const sentinel = '/app/sentinel'
const minuteMs = 60_000
let isArmed = false

/** A config that polls each minute, with what each reading asked for: `all`, or names. */
async function setUp({
  parameters = {},
  during,
  shape = schema,
  readsSentinelLast = false,
}: {
  readsSentinelLast?: boolean
  parameters?: object
  shape?: typeof schema
  during?: (store: MemorySource) => void
} = {}) {
  const clock = createFakeClock()
  const store = memorySource({ clock, parameters: { '/app/a': '1', '/app/b': '1', [sentinel]: '1', ...parameters } })
  // Long enough ago for a clock that is a little off.
  clock.jump(10 * minuteMs)
  const asked: string[] = []
  const describeRequest = ({ hierarchies, names, secrets }: ReadRequest) =>
    [...(hierarchies.length > 0 ? ['all'] : []), ...names, ...secrets.map(({ id }) => `secret ${id}`)].join(' ')
  const source: typeof store = {
    ...store,
    async read(request, options) {
      asked.push(describeRequest(request))
      const reading = await store.read(request, options)
      if (request.hierarchies.length > 0) during?.(store)
      if (!readsSentinelLast) return reading
      const { names } = await store.read({ ...request, hierarchies: [], secrets: [] }, options)
      return { ...reading, names }
    },
  }
  const notifier = makeNotifier()
  const warnings: string[] = []
  const config = await loadConfig({
    schema: shape,
    path: '/app',
    sentinel,
    source,
    clock,
    random: () => 0.5,
    notifications: notifier,
    logger: { warn: (message) => warnings.push(message) },
  })
  const starting = asked.splice(0)
  const poll = async (count = 1) => {
    asked.length = 0
    await clock.advance(count * minuteMs)
    return asked
  }
  return { config, store, clock, poll, asked, starting, warnings, notifier }
}

describe('33. reads only the sentinel on a quiet poll', () => {
  it('reads everything when the sentinel changes', async () => {
    const { config, store, poll } = await setUp()
    expect(await poll(3)).toEqual([sentinel, sentinel, sentinel])
    // Half of a change, by whoever moves the sentinel last.
    store.put('/app/a', '2')
    expect(await poll()).toEqual([sentinel])
    expect(config.current).toEqual({ a: '1', b: '1' })

    store.put('/app/b', '2')
    store.put(sentinel, '2')
    expect(await poll()).toEqual([sentinel, 'all', sentinel])
    expect(config.current).toEqual({ a: '2', b: '2' })
    expect(await poll(2)).toEqual([sentinel, sentinel])
    expect(config.status().state).toBe('ready')
    await config.close()
  })

  it.each([
    ['not a key', schema],
    ['a key', schema.extend({ sentinel: z.string() })],
  ])(
    'reads the sentinel at the start, so that a partial change before the first poll is not published: %s',
    async (_, shape) => {
      const { config, store, poll, starting } = await setUp({ shape })
      expect(starting).toEqual([`all ${sentinel}`])
      store.put('/app/a', '2')
      expect(await poll()).toEqual([sentinel])
      expect(config.current.a).toBe('1')
      store.put('/app/b', '2')
      store.put(sentinel, '2')
      await poll()
      expect(config.current).toMatchObject({ a: '2', b: '2' })
      await config.close()
    },
  )

  it('reads the sentinel in refresh(), so that a partial change before the next poll is not published', async () => {
    const { config, store, poll } = await setUp()
    store.put('/app/a', '2')
    store.put(sentinel, '2')
    expect(await config.refresh()).toBe('changed')
    store.put('/app/a', '3')
    await poll()
    expect(config.current.a).toBe('2')
    await config.close()
  })

  it('reads everything once more when the sentinel changes just before the start', async () => {
    let hasMoved = false
    const { config, poll, starting } = await setUp({
      readsSentinelLast: true,
      during(moving) {
        if (hasMoved) return
        hasMoved = true
        // After the start has read everything else, and before it reads the sentinel.
        moving.put('/app/a', '2')
        moving.put(sentinel, '2')
      },
    })
    expect(starting).toEqual([`all ${sentinel}`, 'all', sentinel])
    expect(config.current.a).toBe('2')
    expect(await poll()).toEqual([sentinel])
    await config.close()
  })

  it('updates verifiedAt on a quiet poll', async () => {
    const { config, clock, poll } = await setUp()
    await poll(5)

    expect(clock.now() - (config.status().verifiedAt ?? 0)).toBeLessThan(minuteMs)
    await config.close()
  })

  it('repeats a reading during which the sentinel changes', async () => {
    const moves = ['2', '3']
    const { config, store, poll } = await setUp({
      during(store) {
        const next = isArmed ? moves.shift() : undefined
        if (next === undefined) return
        store.put('/app/b', next)
        store.put(sentinel, next)
      },
    })
    isArmed = true
    store.put('/app/a', '2')
    store.put(sentinel, '1b')
    expect(await poll()).toEqual([sentinel, 'all', sentinel, 'all', sentinel, 'all', sentinel])
    expect(config.current).toEqual({ a: '2', b: '3' })
    await config.close()
  })

  it('becomes stale while the sentinel keeps changing, and publishes no torn reading', async () => {
    let count = 0
    const { config, store, poll } = await setUp({ during: (store) => isArmed && store.put(sentinel, String(count++)) })
    isArmed = true
    store.put('/app/a', '2')
    store.put(sentinel, 'moved')
    await poll()

    expect(config.current.a).toBe('1')
    expect(config.status()).toMatchObject({ state: 'stale', reason: 'source-error' })
    expect(config.status().lastError?.message).toContain(`the sentinel ${sentinel} changed during each of 3 readings`)
    isArmed = false
    await poll(5)
    expect(config.current.a).toBe('2')
    await config.close()
  })

  it('reads without a sentinel change on a hint, on refresh() and every 15 minutes', async () => {
    const { config, store, clock, poll, asked, notifier } = await setUp()
    store.put('/app/a', '2')
    notifier.inbox.hint({ kind: 'parameter', name: '/app/a', operation: 'put' })
    await clock.advance(250)
    expect(config.current.a).toBe('2')

    asked.length = 0
    store.put('/app/a', '3')
    expect(await config.refresh()).toBe('changed')
    expect(asked).toEqual([`all ${sentinel}`])

    expect(await poll()).toEqual([sentinel])
    store.put('/app/a', '4')
    const quarter = await poll(15)
    expect(config.current.a).toBe('4')
    expect(quarter.filter((request) => request === 'all')).toHaveLength(1)
    await config.close()
  })

  it('warns once about a denied sentinel, and reads everything on every poll', async () => {
    const { config, store, poll, warnings } = await setUp()
    const denied = { code: 'ACCESS_DENIED', isTransient: false, detail: 'denied', remedy: 'allow it' } as const
    store.fail(sentinel, denied)

    expect(await poll(2)).toEqual([sentinel, 'all', sentinel, 'all'])
    expect(warnings.filter((warning) => warning.includes('sentinel'))).toEqual([
      `liveparam: sentinel: ${sentinel} cannot be read, so every poll reads all parameters: allow it`,
    ])
    await config.close()
  })

  it('reads everything on every poll without the sentinel parameter, and warns once', async () => {
    const { config, store, poll, warnings } = await setUp()
    store.delete(sentinel)
    store.put('/app/a', '2')
    expect(await poll(2)).toEqual([sentinel, 'all', sentinel, 'all'])
    expect(config.current.a).toBe('2')
    expect(warnings).toEqual([`liveparam: sentinel: ${sentinel} is not stored, so every poll reads all parameters`])
    await config.close()
  })
})
