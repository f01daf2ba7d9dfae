import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createTestConfig, type TestConfig } from '../../src/testing/index.ts'

const schema = z.object({ a: z.number(), b: z.object({ c: z.string() }) })
const values = { a: 1, b: { c: 'x' } }
const load = () => createTestConfig({ schema, path: '/app' }, { values })

describe('26. reports a change to every listener after publishing it, independently of other listeners', () => {
  it('passes the current and the previous value', async () => {
    await using config = await load()
    const seen: unknown[] = []
    config.on('change', ({ current, previous, revision, cause, changed }) => {
      seen.push({ current, previous, revision, cause, changed, read: config.current === current })
    })
    await config.set({ values: { a: 2 } })

    expect(seen).toMatchObject([
      {
        current: { a: 2 },
        previous: { a: 1 },
        revision: 2,
        cause: 'refresh',
        read: true,
        changed: [{ key: 'a', kind: 'updated', from: { version: '1' }, to: { version: '2' }, isSensitive: false }],
      },
    ])
  })

  it('calls a watcher only when its selected value changes', async () => {
    await using config = await load()
    const calls: unknown[] = []
    config.watch(
      ({ a }) => a,
      (next, previous) => calls.push([next, previous]),
    )
    config.watch(
      ({ b }) => b,
      () => calls.push('never'),
    )
    config.watch(
      ({ a }) => a,
      (next, previous) => calls.push(['immediate', next, previous]),
      { immediate: true },
    )
    config.watch(
      ({ a }) => a,
      (next) => calls.push(['parity', next]),
      { equals: (x, y) => x % 2 === y % 2 },
    )
    await config.set({ values: { b: { c: 'x' } } })
    await config.set({ values: { a: 3 } })

    expect(calls).toEqual([
      ['immediate', 1, undefined],
      [3, 1],
      ['immediate', 3, 1],
    ])
  })

  it('calls a slow watcher serially, with the latest value only', async () => {
    await using config = await load()
    const calls: unknown[] = []
    const releases: (() => void)[] = []
    config.watch(
      ({ a }) => a,
      async (next, previous) => {
        calls.push([next, previous])
        await new Promise<void>((resolve) => releases.push(resolve))
      },
    )
    for (const a of [2, 3, 4]) await config.set({ values: { a } })
    expect(calls).toEqual([[2, 1]])
    releases.shift()?.()
    await config.advance(0)

    expect(calls).toEqual([
      [2, 1],
      [4, 2],
    ])
  })

  it('stops calling after disposal, abort or close()', async () => {
    const config = await load()
    const calls: string[] = []
    const abort = new AbortController()
    const disposable = config.watch(
      ({ a }) => a,
      () => calls.push('disposed'),
    )
    config.watch(
      ({ a }) => a,
      () => calls.push('aborted'),
      { signal: abort.signal },
    )
    config.watch(
      ({ a }) => a,
      () => calls.push('kept'),
    )
    const listener = config.on('change', () => calls.push('listener'))
    disposable[Symbol.dispose]()
    abort.abort()
    listener[Symbol.dispose]()
    await config.set({ values: { a: 2 } })
    await config.close()

    expect(calls).toEqual(['kept'])
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('listener')
      },
    ],
    ['rejects', () => Promise.reject(new Error('listener'))],
    ['never settles', () => new Promise(() => undefined)],
  ])('calls a listener although another listener %s', async (_, misbehave) => {
    await using config = await load()
    const failures: string[] = []
    const told: string[] = []
    config.on('listenerError', ({ event }) => failures.push(event))
    config.on('listenerError', misbehave)
    config.on('change', misbehave)
    config.on('change', () => told.push('change'))
    config.watch(({ a }) => a, misbehave)
    config.watch(
      () => misbehave(),
      () => undefined,
    )
    config.watch(
      ({ a }) => a,
      () => told.push('watch'),
    )
    await twice(config)

    expect(told).toEqual(['change', 'watch', 'change', 'watch'])
    expect(new Set(failures).has('change')).toBe(misbehave.toString().includes('Error'))
  })
})

async function twice(config: TestConfig<typeof schema>): Promise<void> {
  for (const a of [2, 3]) {
    await config.set({ values: { a } })
    await config.advance(0)
  }
}
