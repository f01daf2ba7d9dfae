import { expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, isConfigError, secret } from '../../src/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { makeNotifier } from '../support/notifier.ts'

const schema = z.object({ a: z.string(), login: secret('login', z.string()) })

/** A start, two hooks, a resource, a hinted change and a refresh: all work that close() can interrupt. */
function startEverything() {
  const [clock, notifier] = [createFakeClock(), makeNotifier()]
  const source = memorySource({ clock, parameters: { '/app/a': 'x' }, secrets: { login: 'p' } })
  const things = { made: 0, destroyed: 0 }
  const events: string[] = []
  const config = createConfig({
    schema,
    path: '/app',
    clock,
    random: () => 0.5,
    source,
    notifications: notifier,
    validate: async () => void (await Promise.resolve()),
    prepare: async () => void (await Promise.resolve()),
  })
  for (const event of ['ready', 'change', 'unchanged', 'stale', 'error', 'rejected', 'closed'] as const) {
    config.on(event, () => events.push(event))
  }
  const work = (async () => {
    await config.resource(
      ({ a }) => a,
      async () => {
        await Promise.resolve()
        return ++things.made
      },
      { destroy: () => ++things.destroyed },
    )
    source.put('/app/a', 'y')
    await config.refresh()
    source.put('/app/a', 'z')
    notifier.inbox.hint({ kind: 'parameter', name: '/app/a', operation: 'put' })
    await clock.advance(1_000)
    await config.retryOnAuthError(
      () => true,
      () => {
        if (config.current.login === 'p') throw new Error('refused')
      },
    )
  })()
  return { config, clock, things, events, work }
}

it('leaves no timer, call or event behind when it is closed at any moment', { timeout: 120_000 }, async () => {
  const ends = new Set<string>()
  for (let moment = 0; moment < 250; moment++) {
    const { config, clock, things, events, work } = startEverything()
    const end = work.then(
      () => 'done',
      (error: unknown) => (isConfigError(error) ? error.code : String(error)),
    )
    for (let turn = 0; turn < moment; turn++) await Promise.resolve()
    // When all work waits for the clock or the event loop, more microtasks change nothing.
    if (moment >= 150) for (let turn = 150; turn < moment; turn++) await new Promise((resolve) => setImmediate(resolve))
    await config.close()
    await clock.advance(600_000)
    ends.add(await end)

    expect({ moment, left: things.made - things.destroyed, last: events.at(-1), sleepers: clock.sleepers }).toEqual({
      moment,
      left: 0,
      last: 'closed',
      sleepers: 0,
    })
    expect(config.status().state).toBe('closed')
  }
  expect([...ends].sort()).toEqual(['CLOSED', 'Error: refused'])
})

it('shares two refreshes among 10,000 concurrent calls: the running refresh and one more', async () => {
  const clock = createFakeClock()
  const memory = memorySource({ clock, parameters: { '/app/a': 'x' }, secrets: { login: 'p' } })
  let reads = 0
  const source: typeof memory = {
    ...memory,
    read(request, options) {
      reads++
      return memory.read(request, options)
    },
  }
  await using config = createConfig({ schema, path: '/app', clock, source })
  await config.ready
  reads = 0
  const results = await Promise.all(Array.from({ length: 10_000 }, () => config.refresh()))

  expect(new Set(results)).toEqual(new Set(['unchanged']))
  expect(reads).toBe(2)
})
