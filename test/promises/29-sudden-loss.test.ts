import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createTestConfig, type TestConfig } from '../../src/testing/index.ts'
import { loadError } from '../support/rejection.ts'

const schema = z.object({ flags: z.record(z.string(), z.string()) })
const names = Array.from({ length: 12 }, (_, index) => `/app/flags/f${index}`)
const parameters = Object.fromEntries(names.map((name) => [name, 'on']))

describe('29. holds a candidate back that lost most of its parameters', () => {
  it('publishes the loss when a second reading after 30 seconds agrees', async () => {
    await using config = await createTestConfig({ schema, path: '/app' }, { parameters })
    const error = await loadError(remove(config, 7))
    expect(error.invalid).toMatchObject([{ code: 'SHRUNK', detail: '7 of 12 parameters disappeared at once' }])
    expect(Object.keys(config.current.flags)).toHaveLength(12)

    await config.advance(29_000)
    expect(Object.keys(config.current.flags)).toHaveLength(12)
    await config.advance(1_000)
    expect(Object.keys(config.current.flags)).toHaveLength(5)
    expect(config.status().state).toBe('ready')
  })

  it('drops the candidate when the parameters are back by then', async () => {
    await using config = await createTestConfig({ schema, path: '/app' }, { parameters })
    await loadError(remove(config, 12))
    for (const name of names) config.store.put(name, 'back')
    await config.advance(30_000)

    expect(new Set(Object.values(config.current.flags))).toEqual(new Set(['back']))
  })

  it('holds a second loss of the same parameters back again', async () => {
    const stored = { value: 'on', version: 1, modifiedAt: 1 }
    const whole = Object.fromEntries(names.map((name) => [name, stored]))
    await using config = await createTestConfig({ schema, path: '/app' }, { parameters: whole })
    await loadError(remove(config, 7))
    // A store that answered half: what it answers now is what is served.
    for (const name of names.slice(0, 7)) config.store.put(name, stored)
    await config.advance(30_000)
    expect(config.pin().revision).toBe(1)

    await loadError(remove(config, 8))
    await config.advance(30_000)
    expect(Object.keys(config.current.flags)).toHaveLength(4)
  })

  it('reads a third time when the second reading lacks different parameters', async () => {
    await using config = await createTestConfig({ schema, path: '/app' }, { parameters })
    await loadError(remove(config, 7))
    for (const name of names.slice(0, 10)) config.store.delete(name)
    config.store.put('/app/flags/f0', 'back')
    await config.advance(30_000)
    expect(Object.keys(config.current.flags)).toHaveLength(12)

    await config.advance(30_000)
    expect(Object.keys(config.current.flags).sort()).toEqual(['f0', 'f10', 'f11'])
  })

  it.each([
    ['publishes the loss of exactly half at once', 6, {}],
    ['publishes a loss at once with allowShrink', 12, { allowShrink: true }],
  ])('%s', async (_, count, options) => {
    await using config = await createTestConfig({ schema, path: '/app', ...options }, { parameters })
    await remove(config, count)

    expect(Object.keys(config.current.flags)).toHaveLength(12 - count)
  })
})

function remove(config: TestConfig<typeof schema>, count: number): Promise<void> {
  return config.set({ parameters: Object.fromEntries(names.slice(0, count).map((name) => [name, undefined])) })
}
