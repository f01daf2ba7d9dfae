import { getEventListeners } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { Coalescer } from '../../src/time/coalesce.ts'
import { rejection } from '../support/rejection.ts'

const { signal } = new AbortController()

function setUp() {
  const coalescer = new Coalescer<string, string>()
  const started: {
    resolve: (result: string) => void
    reject: (error: unknown) => void
    signal: AbortSignal
    report: (progress: string) => void
  }[] = []
  const run = (key: string, options: { signal?: AbortSignal; onProgress?: (progress: string) => void } = {}) =>
    coalescer.run(
      key,
      (own, report) =>
        new Promise<string>((resolve, reject) => {
          started.push({ resolve, reject, signal: own, report })
          own.addEventListener('abort', () => reject(own.reason))
        }),
      { signal, ...options },
    )
  return { run, started }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

it('shares one call among concurrent callers with the same key', async () => {
  const { run, started } = setUp()
  const all = Promise.all([run('a'), run('a'), run('a')])
  await nextTurn()
  started[0]?.resolve('here')

  expect(await all).toEqual(['here', 'here', 'here'])
  expect(started).toHaveLength(1)
})

it('starts a call for each key, and a new one after the call has ended', async () => {
  const { run, started } = setUp()
  const both = Promise.all([run('a'), run('b')])
  await nextTurn()
  for (const { resolve } of started) resolve('here')
  await both
  const again = run('a')
  await nextTurn()
  started[2]?.resolve('again')

  expect(await again).toBe('again')
})

it('rejects all callers of a failed call, and does not keep the failure', async () => {
  const { run, started } = setUp()
  const errors = Promise.all([rejection(run('a')), rejection(run('a'))])
  await nextTurn()
  started[0]?.reject('down')

  expect(await errors).toEqual(['down', 'down'])
  void run('a')
  await nextTurn()
  expect(started).toHaveLength(2)
})

it('continues without a caller that leaves', async () => {
  const { run, started } = setUp()
  const leaving = new AbortController()
  const left = rejection(run('a', { signal: leaving.signal }))
  const stays = run('a')
  await nextTurn()
  leaving.abort('enough')

  expect(await left).toBe('enough')
  expect(started[0]?.signal.aborted).toBe(false)
  started[0]?.resolve('here')
  expect(await stays).toBe('here')
})

it('aborts the call when the last caller leaves, and the next caller starts a new one', async () => {
  const { run, started } = setUp()
  const [one, two] = [new AbortController(), new AbortController()]
  const left = Promise.all([rejection(run('a', { signal: one.signal })), rejection(run('a', { signal: two.signal }))])
  await nextTurn()
  one.abort('one')
  expect(started[0]?.signal.aborted).toBe(false)
  two.abort('two')

  expect(await left).toEqual(['one', 'two'])
  expect(started[0]?.signal.aborted).toBe(true)
  void run('a')
  await nextTurn()
  expect(started).toHaveLength(2)
})

it('rejects the last caller only after the call has ended', async () => {
  const coalescer = new Coalescer<string>()
  const leaving = new AbortController()
  const trace: string[] = []
  const start = async (own: AbortSignal): Promise<string> => {
    await new Promise((resolve) => own.addEventListener('abort', resolve))
    await nextTurn()
    trace.push('call ended')
    throw own.reason
  }
  const left = rejection(coalescer.run('a', start, leaving)).then(() => trace.push('caller left'))
  await nextTurn()
  leaving.abort('enough')
  await left

  expect(trace).toEqual(['call ended', 'caller left'])
})

it('starts nothing for a caller whose signal has aborted', async () => {
  const { run, started } = setUp()

  expect(await rejection(run('a', { signal: AbortSignal.abort('gone') }))).toBe('gone')
  await nextTurn()
  expect(started).toHaveLength(0)
})

it('reports progress to all callers, and the latest progress to a late caller', async () => {
  const { run, started } = setUp()
  const reported: string[] = []
  const first = run('a', { onProgress: (progress) => reported.push(`first: ${progress}`) })
  await nextTurn()
  started[0]?.report('delayed')
  const second = run('a', { onProgress: (progress) => reported.push(`second: ${progress}`) })
  await nextTurn()
  started[0]?.report('again')
  started[0]?.resolve('here')
  await Promise.all([first, second])

  expect(reported).toEqual(['first: delayed', 'second: delayed', 'first: again', 'second: again'])
})

it('leaves no listener on a signal that outlives it', async () => {
  const { run, started } = setUp()
  const controller = new AbortController()
  const result = run('a', { signal: controller.signal })
  await nextTurn()
  started[0]?.resolve('here')
  await result

  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

it('ends any number of calls on one signal, without a warning of a leak', async () => {
  const warned: Error[] = []
  const note = (warning: Error) => void warned.push(warning)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const { run, started } = setUp()
  const controller = new AbortController()
  const left = Promise.all(
    Array.from({ length: 100 }, (_, key) => rejection(run(String(key), { signal: controller.signal }))),
  )
  await nextTurn()
  controller.abort('enough')
  expect(new Set(await left)).toEqual(new Set(['enough']))
  expect(started.every((call) => call.signal.aborted)).toBe(true)
  expect(warned).toEqual([])
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})
