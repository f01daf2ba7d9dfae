import { expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig } from '../../src/index.ts'
import type { NotificationSource, ParameterSource } from '../../src/source/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'

const schema = z.object({ a: z.string() })
const never = new Promise<never>(() => undefined)
const store = memorySource({ parameters: { '/app/a': 'x' } })

/** The time until the promise settles, in milliseconds on the clock. */
async function timeOf(clock: ReturnType<typeof createFakeClock>, promise: Promise<unknown>): Promise<number> {
  const before = clock.now()
  let isOver = false
  const end = () => {
    isOver = true
  }
  promise.then(end, end)
  while (!isOver && clock.now() - before < 120_000) await clock.advance(50)
  return clock.now() - before
}

it('ends a start and close() by their deadlines when the source never answers and ignores its signal', async () => {
  const clock = createFakeClock()
  const source: ParameterSource = { read: () => never, close: () => never }
  const config = createConfig({ schema, path: '/app', source, clock, startup: { timeoutMs: 1_000 } })

  expect(await timeOf(clock, config.ready)).toBeLessThanOrEqual(1_500)
  expect(await timeOf(clock, config.close())).toBeLessThanOrEqual(11_000)
})

it.each<[string, object]>([
  ['validate', { validate: () => never }],
  ['prepare', { prepare: () => never }],
  ['an asynchronous refinement', { schema: z.object({ a: z.string().refine(() => never) }) }],
])('ends a start by its deadline although %s never settles', async (_, more) => {
  const clock = createFakeClock()
  const options = { schema, path: '/app', source: store, clock, startup: { timeoutMs: 1_000 } }
  const config = createConfig({ ...options, ...more })

  expect(await timeOf(clock, config.ready)).toBeLessThanOrEqual(1_500)
  expect(await timeOf(clock, config.close())).toBeLessThanOrEqual(1_000)
})

it('closes when a notification source never stops', async () => {
  const clock = createFakeClock()
  const notifications: NotificationSource = { name: 'own', listen: () => never }
  const config = createConfig({ schema, path: '/app', source: store, clock, notifications })
  await clock.advance(100)
  await config.ready

  expect(await timeOf(clock, config.close())).toBeLessThanOrEqual(31_000)
})
