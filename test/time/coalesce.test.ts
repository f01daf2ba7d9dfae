import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { Coalescer } from '../../src/time/coalesce.ts'
import { rejection } from '../support/rejection.ts'

const { signal } = new AbortController()

function airport() {
  const coalescer = new Coalescer<string, string>()
  const departures: {
    land: (result: string) => void
    crash: (error: unknown) => void
    signal: AbortSignal
    tell: (news: string) => void
  }[] = []
  const board = (key: string, options: { signal?: AbortSignal; onProgress?: (news: string) => void } = {}) =>
    coalescer.run(
      key,
      (own, tell) =>
        new Promise<string>((land, crash) => {
          departures.push({ land, crash, signal: own, tell })
          own.addEventListener('abort', () => crash(own.reason))
        }),
      { signal, ...options },
    )
  return { board, departures }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('lets concurrent callers of one key share a flight', async () => {
  const { board, departures } = airport()
  const all = Promise.all([board('a'), board('a'), board('a')])
  await turn()
  departures[0]?.land('here')

  expect(await all).toEqual(['here', 'here', 'here'])
  expect(departures).toHaveLength(1)
})

it('flies for each key, and again once a flight has landed', async () => {
  const { board, departures } = airport()
  const both = Promise.all([board('a'), board('b')])
  await turn()
  for (const { land } of departures) land('here')
  await both
  const again = board('a')
  await turn()
  departures[2]?.land('again')

  expect(await again).toBe('again')
})

it('fails all who share it, and forgets', async () => {
  const { board, departures } = airport()
  const errors = Promise.all([rejection(board('a')), rejection(board('a'))])
  await turn()
  departures[0]?.crash('down')

  expect(await errors).toEqual(['down', 'down'])
  void board('a')
  await turn()
  expect(departures).toHaveLength(2)
})

it('goes on without a caller who leaves', async () => {
  const { board, departures } = airport()
  const leaving = new AbortController()
  const left = rejection(board('a', { signal: leaving.signal }))
  const stays = board('a')
  await turn()
  leaving.abort('enough')

  expect(await left).toBe('enough')
  expect(departures[0]?.signal.aborted).toBe(false)
  departures[0]?.land('here')
  expect(await stays).toBe('here')
})

it('is called off when the last caller has left, and the next one starts anew', async () => {
  const { board, departures } = airport()
  const [one, two] = [new AbortController(), new AbortController()]
  const left = Promise.all([
    rejection(board('a', { signal: one.signal })),
    rejection(board('a', { signal: two.signal })),
  ])
  await turn()
  one.abort('one')
  expect(departures[0]?.signal.aborted).toBe(false)
  two.abort('two')

  expect(await left).toEqual(['one', 'two'])
  expect(departures[0]?.signal.aborted).toBe(true)
  void board('a')
  await turn()
  expect(departures).toHaveLength(2)
})

it('lets the last caller go only when the flight has ended', async () => {
  const coalescer = new Coalescer<string>()
  const leaving = new AbortController()
  const trace: string[] = []
  const start = async (own: AbortSignal): Promise<string> => {
    await new Promise((resolve) => own.addEventListener('abort', resolve))
    await turn()
    trace.push('flight ended')
    throw own.reason
  }
  const left = rejection(coalescer.run('a', start, leaving)).then(() => trace.push('caller left'))
  await turn()
  leaving.abort('enough')
  await left

  expect(trace).toEqual(['flight ended', 'caller left'])
})

it('starts nothing for a caller whose signal has aborted', async () => {
  const { board, departures } = airport()

  expect(await rejection(board('a', { signal: AbortSignal.abort('gone') }))).toBe('gone')
  await turn()
  expect(departures).toHaveLength(0)
})

it('tells the news to everybody, and the last of it to who joins late', async () => {
  const { board, departures } = airport()
  const heard: string[] = []
  const first = board('a', { onProgress: (news) => heard.push(`first: ${news}`) })
  await turn()
  departures[0]?.tell('delayed')
  const second = board('a', { onProgress: (news) => heard.push(`second: ${news}`) })
  await turn()
  departures[0]?.tell('again')
  departures[0]?.land('here')
  await Promise.all([first, second])

  expect(heard).toEqual(['first: delayed', 'second: delayed', 'first: again', 'second: again'])
})

it('leaves no listener on a signal that outlives it', async () => {
  const { board, departures } = airport()
  const controller = new AbortController()
  const result = board('a', { signal: controller.signal })
  await turn()
  departures[0]?.land('here')
  await result

  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

it('needs one listener on a signal, however many coalescer it is for', async () => {
  const { board, departures } = airport()
  const controller = new AbortController()
  const left = Promise.all(
    Array.from({ length: 100 }, (_, key) => rejection(board(String(key), { signal: controller.signal }))),
  )
  await turn()
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)

  controller.abort('enough')
  expect(new Set(await left)).toEqual(new Set(['enough']))
  expect(departures.every((departure) => departure.signal.aborted)).toBe(true)
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})
