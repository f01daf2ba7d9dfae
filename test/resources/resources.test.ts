import { describe, expect, it } from 'vitest'
import { Resources } from '../../src/resources/resources.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { rejection } from '../support/rejection.ts'

interface Value {
  readonly part: { readonly name: string }
  readonly other?: string
}

function serving(name = 'a') {
  const clock = createFakeClock()
  const trace: string[] = []
  const published: { snapshot: { readonly value: Value } } = { snapshot: { value: { part: { name } } } }
  let failure = ''
  const publisher = {
    get snapshot() {
      return published.snapshot
    },
    readiness: { ready: Promise.resolve() },
    emitter: {
      emit(_: string, event: object) {
        failure = 'error' in event && event.error instanceof Error ? event.error.message : ''
      },
    },
    warn(message: string) {
      const [, operation] = /^could not (\w+)/.exec(message) ?? []
      trace.push(`${clock.now()} ${operation} failed: ${failure}`)
    },
  }
  const resources = new Resources<Value>({ clock, random: () => 0.5, publisher, keepAlive: (promise) => promise })
  const commit = (value: Value) => {
    published.snapshot = { value }
    resources.commit(value)
  }
  const create = async ({ name: made }: Value['part'], { signal }: { readonly signal: AbortSignal }) => {
    trace.push(`${clock.now()} make ${made}`)
    if (made.startsWith('bad')) throw new Error(made)
    if (made.startsWith('slow')) await clock.sleep(5_000)
    // Ignores its signal.
    if (made.startsWith('endless')) await clock.sleep(60_000)
    trace.push(`${clock.now()} made ${made}${signal.aborted ? ' too late' : ''}`)
    return made
  }
  const destroy = (made: string) => void trace.push(`${clock.now()} destroy ${made}`)
  /** Prepares, then commits, as a refresh does. */
  const publish = async (value: Value) => {
    await resources.prepare(value, new AbortController().signal)
    commit(value)
  }
  return { clock, trace, resources, commit, create, destroy, publish }
}

const part = (value: Value) => value.part

describe('a resource', () => {
  it('is not created again for an equal object', async () => {
    const { trace, resources, create, publish } = serving()
    await resources.add(
      (value) => ({ names: [value.part] }),
      async ({ names }, options) => {
        return Promise.all(names.map((name) => create(name, options)))
      },
      {},
    )
    await publish({ part: { name: 'a' }, other: 'x' })

    expect(trace).toEqual(['0 make a', '0 made a'])
  })

  it('rejects with the first error of create', async () => {
    const { trace, resources, create, destroy } = serving('bad')

    expect(await rejection(resources.add(part, create, { destroy }))).toMatchObject({ message: 'bad' })
    expect(resources.status).toEqual([])
    expect(trace).toEqual(['0 make bad'])
  })

  it('has a limit of 10 s, and is destroyed if it comes later', async () => {
    const { clock, trace, resources, create, destroy } = serving('endless')
    const failure = rejection(resources.add(part, create, { destroy }))
    await clock.advance(60_000)

    expect(await failure).toMatchObject({
      code: 'RESOURCE_FAILED',
      message: 'could not create a resource: not finished within 10000 ms',
    })
    expect(trace).toEqual(['0 make endless', '60000 made endless too late', '60000 destroy endless'])
  })

  it('is created again for a snapshot that was published during create', async () => {
    const { clock, trace, resources, create, destroy, publish } = serving('slow a')
    const adding = resources.add(part, create, { destroy })
    await clock.advance(1)
    await publish({ part: { name: 'b' } })
    await clock.advance(5_000)

    expect((await adding).current).toBe('b')
    expect(trace.slice(1)).toEqual(['5000 made slow a', '5000 make b', '5000 made b', '5000 destroy slow a'])
  })

  it('follows the latest snapshot, also if create runs for an earlier one', async () => {
    const { clock, trace, resources, commit, create, destroy } = serving()
    const resource = await resources.add(part, create, { destroy })
    commit({ part: { name: 'slow b' } })
    await clock.advance(1)
    commit({ part: { name: 'c' } })
    await clock.advance(5_000)

    expect(resource.current).toBe('c')
    expect(trace.slice(2)).toEqual([
      '0 make slow b',
      '5000 made slow b',
      '5000 destroy slow b',
      '5000 make c',
      '5000 made c',
      '5000 destroy a',
    ])
  })

  it('retries after 1 s, 2 s, 4 s … with a jitter of up to one half', async () => {
    const { clock, trace, resources, create, destroy, publish } = serving()
    await resources.add(part, create, { destroy })
    await publish({ part: { name: 'bad' } })
    await clock.advance(5_000)

    expect(trace.filter((line) => line.endsWith('make bad'))).toEqual(['0 make bad', '750 make bad', '2250 make bad'])
    expect(resources.status).toEqual([{ isCurrent: false, failures: 3 }])
    await publish({ part: { name: 'b' } })
    expect(resources.status).toEqual([{ isCurrent: true, failures: 0 }])
  })

  it('aborts a retry of create on a pause, without a failure, and starts it again', async () => {
    const { clock, trace, resources, commit, create, destroy } = serving()
    const resource = await resources.add(part, create, { destroy })
    commit({ part: { name: 'slow b' } })
    await clock.advance(1_000)
    resources.pause()
    await clock.advance(2_000)
    resources.resume()
    await clock.advance(5_000)

    expect(resource.current).toBe('slow b')
    expect(resources.status).toEqual([{ isCurrent: true, failures: 0 }])
    expect(trace.slice(2)).toEqual([
      '0 make slow b',
      '3000 make slow b',
      '5000 made slow b too late',
      '5000 destroy slow b',
      '8000 made slow b',
      '8000 destroy a',
    ])
  })

  it('closes during a pause', async () => {
    const { clock, trace, resources, create, destroy } = serving()
    const resource = await resources.add(part, create, { destroy, graceMs: 1_000 })
    const use = resource.use(() => clock.sleep(60_000))
    resources.pause()
    const closing = resources.close()
    await clock.advance(60_000)
    await Promise.all([closing, use])

    expect(trace.at(-1)).toBe('1000 destroy a')
  })

  it('is destroyed if its candidate is rejected', async () => {
    const { trace, resources, create, destroy } = serving()
    await resources.add(part, create, { destroy })
    await resources.add(
      part,
      async () => {
        if (trace.length > 2) throw new Error('no')
      },
      { onFailure: 'veto' },
    )
    const signal = new AbortController().signal
    expect(await rejection(resources.prepare({ part: { name: 'b' } }, signal))).toMatchObject({ message: 'no' })

    expect(trace.slice(2)).toEqual(['0 make b', '0 made b', '0 destroy b'])
    expect(resources.status.map(({ isCurrent }) => isCurrent)).toEqual([true, true])
  })

  it('closes when it is disposed of, and with the config', async () => {
    const { trace, resources, create, destroy } = serving()
    const first = await resources.add(part, create, { destroy })
    const second = await resources.add(part, create, { destroy })
    await first[Symbol.asyncDispose]()
    expect(() => first.current).toThrow('the resource is closed, or its config is')
    expect(resources.status).toHaveLength(1)

    await resources.close()
    expect(await rejection(second.use(() => 'never'))).toMatchObject({ code: 'CLOSED' })
    expect(await rejection(resources.add(part, create, { destroy }))).toMatchObject({ code: 'CLOSED' })
    expect(trace.filter((line) => line.includes('destroy'))).toEqual(['0 destroy a', '0 destroy a'])
  })

  it('reports errors of destroy', async () => {
    const { trace, resources, create, publish } = serving()
    const destroy = () => Promise.reject(new Error('still busy'))
    await resources.add(part, create, { destroy })
    await publish({ part: { name: 'b' } })
    await resources.close()

    expect(trace.slice(4)).toEqual(['0 destroy failed: still busy', '0 destroy failed: still busy'])
  })
})
