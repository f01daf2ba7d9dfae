import { expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig } from '../../src/index.ts'
import type { ParameterSource } from '../../src/source/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { loadError } from '../support/rejection.ts'

it('gives a refresh the timeout of the start', async () => {
  const { config, store, clock } = slowConfig({ timeoutMs: 30_000, startMs: 20_000 })
  await clock.advance(20_000)
  await config.ready
  store.put('/app/a', 'new')
  const refreshed = config.refresh()
  await clock.advance(20_000)

  expect(await refreshed).toBe('changed')
  expect(config.current).toEqual({ a: 'new' })
})

it('gives a refresh 10 s when the timeout of the start is shorter', async () => {
  const { config, clock } = slowConfig({ timeoutMs: 1_000, startMs: 500 })
  await clock.advance(500)
  await config.ready
  const refreshed = loadError(config.refresh())
  await clock.advance(9_999)
  expect(config.status().state).toBe('ready')
  await clock.advance(1_000)

  expect(await refreshed).toMatchObject({ unreadable: [{ code: 'TIMEOUT' }] })
})

/** A start that takes `startMs`, and refreshes that take 20 s each. */
function slowConfig({ timeoutMs, startMs }: { readonly timeoutMs: number; readonly startMs: number }) {
  const clock = createFakeClock()
  const store = memorySource({ clock, parameters: { '/app/a': 'old' } })
  let ms = startMs
  const source: ParameterSource = {
    async read(request, options) {
      const takesMs = ms
      ms = 20_000
      await clock.sleep(takesMs, options.signal)
      return store.read(request, options)
    },
  }
  const schema = z.object({ a: z.string() })
  const config = createConfig({ schema, path: '/app', poll: false, source, clock, startup: { timeoutMs } })
  return { config, store, clock }
}
