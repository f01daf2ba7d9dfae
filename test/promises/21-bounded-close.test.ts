import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createTestConfig } from '../../src/testing/index.ts'

const schema = z.object({ a: z.string() })
const never = () => new Promise<never>(() => undefined)

/** A config that has one resource, on a clock that is moved by hand; and what it emits, with the time. */
async function withResource(destroy: (thing: string) => unknown, graceMs?: number) {
  const config = await createTestConfig({ schema, path: '/app', poll: false }, { values: { a: 'one' } })
  const trace: string[] = []
  const note = (line: string) => trace.push(`${config.clock.now() - startedAt} ${line}`)
  config.on('listenerError', ({ event, error, resource }) => note(`${event} ${resource}: ${String(error)}`))
  config.on('warning', ({ message }) => note(`warning ${message.split(' at ')[0]}`))
  config.on('closed', () => note('closed'))
  const resource = await config.resource(
    ({ a }) => a,
    (a) => a,
    { destroy, ...(graceMs !== undefined && { graceMs }) },
  )
  const startedAt = config.clock.now()
  const close = () => {
    const closing = config.close().then(() => note('close() resolved'))
    return { closing, state: () => config.status().state }
  }
  return { config, resource, trace, note, close }
}

describe('21. close() while destroy() does not settle', () => {
  it.each([
    [undefined, 30_000],
    [5_000, 5_000],
    // A short grace is meant for uses, and leaves an asynchronous destroy() the time that it takes anyway.
    [0, 250],
  ])('waits for graceMs (%s), says so and resolves', async (graceMs, limitMs) => {
    const { config, trace, close } = await withResource(never, graceMs)
    const { closing, state } = close()
    expect(state()).toBe('closed')
    await config.advance(limitMs - 1)
    expect(trace).toEqual([])
    await config.advance(1)
    await closing

    const late = `not finished within ${limitMs} ms`
    expect(trace).toEqual([
      `${limitMs} resource 0: DeadlineReached: ${late}`,
      `${limitMs} warning could not destroy resource 0 of status().resources: ${late}: liveparam no longer waits for it: check for connections that were not released, or raise graceMs`,
      `${limitMs} closed`,
      `${limitMs} close() resolved`,
    ])
  })

  it('waits for uses first, then for destroy() with the same limit', async () => {
    const { config, resource, trace, close } = await withResource(never, 1_000)
    void resource.use(never)
    const { closing } = close()
    await config.advance(1_999)
    expect(trace).toEqual([])
    await config.advance(1)
    await closing

    expect(trace.at(-1)).toBe('2000 close() resolved')
  })

  it('starts the limit at close() for a resource that was replaced long before', async () => {
    const { config, trace, close } = await withResource((thing) => (thing === 'one' ? never() : undefined), 1_000)
    await config.set({ values: { a: 'two' } })
    await config.advance(60_000)
    expect(trace).toEqual([])
    const { closing } = close()
    await config.advance(1_000)
    await closing

    expect(trace.map((line) => line.split(':')[0])).toEqual([
      '61000 resource 0',
      '61000 warning could not destroy resource 0 of status().resources',
      '61000 closed',
      '61000 close() resolved',
    ])
  })

  it('applies the same limit to the disposal of one resource', async () => {
    const { config, resource, trace, note } = await withResource(never, 1_000)
    const disposing = resource[Symbol.asyncDispose]().then(() => note('disposed of'))
    await config.advance(1_000)
    await disposing

    expect(trace.map((line) => line.split(':')[0])).toEqual([
      '1000 resource undefined',
      '1000 warning could not destroy a resource',
      '1000 disposed of',
    ])
    await config.close()
  })

  it('refuses and publishes candidates meanwhile', async () => {
    const config = await createTestConfig({ schema, path: '/app', poll: false }, { values: { a: 'one' } })
    let isRefusing = true
    await config.resource(
      ({ a }) => a,
      (a) => a,
      { destroy: never, graceMs: 1_000 },
    )
    await config.resource(
      ({ a }) => a,
      (a) => {
        if (isRefusing && a === 'two') throw new Error('refused')
        return a
      },
      { onFailure: 'veto' },
    )
    await expect(config.set({ values: { a: 'two' } })).rejects.toThrow()
    isRefusing = false
    await config.set({ values: { a: 'three' } })
    expect(config.current.a).toBe('three')

    const closing = config.close()
    await config.advance(1_000)
    await closing
  })
})

describe('21. an error of destroy() during close()', () => {
  it.each([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
  ])('is reported before the last event when destroy() %s', async (_, destroy) => {
    const { trace, close } = await withResource(destroy)
    await close().closing

    expect(trace).toEqual([
      '0 resource 0: Error: the pool is broken',
      '0 warning could not destroy resource 0 of status().resources: Error',
      '0 closed',
      '0 close() resolved',
    ])
  })

  it('is reported to the logger without its message', async () => {
    const lines: string[] = []
    const logger = { warn: (message: string) => lines.push(message) }
    const config = await createTestConfig({ schema, path: '/app', logger }, { values: { a: 'one' } })
    await config.resource(String, String, { destroy: () => fail() })
    await config.close()

    expect(lines).toEqual([
      expect.stringMatching(/^liveparam: could not destroy resource 0 of status\(\)\.resources: Error at /),
    ])
    expect(lines.join()).not.toContain('the pool is broken')
  })
})

function fail(): never {
  throw new Error('the pool is broken')
}
