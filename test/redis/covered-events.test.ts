import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type CountedHint,
  countReading,
  covers,
  decodeEvents,
  encodeEvents,
  noEvents,
  openHints,
  settle,
} from '../../src/redis/covered-events.ts'
import { parseHead, signHead } from '../../src/redis/head.ts'

it('an event is covered once its names were read', () => {
  const events = countReading(noEvents, [hintOf('a')])

  expect(covers(events, [hintOf('a')])).toBe(true)
  expect(covers(events, [hintOf('a'), hintOf('b')])).toBe(false)
})

it('an instance that has read the names waits for one more reading, until the value has changed', () => {
  const events = countReading(noEvents, [hintOf('a')])
  expect(covers(events, [hintOf('a', 1)])).toBe(false)

  expect(covers(settle(events, [hintOf('a')]), [hintOf('a', 2)])).toBe(true)
})

it('names are read three times if the value does not change', () => {
  const { hint } = hintOf('a')
  const task = { scope: 'hints', hints: new Map([['a', { hint, attempts: 0, dueAt: 0 }]]) } as const
  let events = noEvents
  const open = [1, 2, 3, 4].map(() => {
    events = countReading(events, [hintOf('a')])
    return openHints(events, task, [hint]).length
  })

  expect(open).toEqual([1, 1, 0, 0])
})

it('a poll that was answered with a reading from before an event leaves the event open', () => {
  const { hint } = hintOf('a')
  const hints = new Map([['a', { hint, attempts: 0, dueAt: 0 }]])

  expect(openHints(noEvents, { scope: 'poll', hints }, [])).toEqual([hint])
  expect(openHints(countReading(noEvents, [hintOf('a')]), { scope: 'poll', hints }, [])).toEqual([])
})

it('a hint without an identity is never covered', () => {
  for (const eventId of [undefined, '']) {
    const hint = { ...hintOf('a').hint, eventId: eventId as string }
    expect(covers(settle(noEvents, [{ hint, attempts: 0 }]), [{ hint, attempts: 0 }])).toBe(false)
  }
})

it('the last events are kept, in a text that is bounded', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.boolean()), { maxLength: 400 }), (readings) => {
      let events = noEvents
      for (const [id, hasChanged] of readings) events = (hasChanged ? settle : countReading)(events, [hintOf(id)])
      const text = encodeEvents(events)
      const head = { number: 1, full: 0, asked: 0, verifiedAt: 0, id: '0'.repeat(32), events }
      const signed = signHead(head, Buffer.alloc(32), 'test')
      expect([...(parseHead(signed.text)?.events ?? [])]).toEqual([...events])
      expect([...decodeEvents(text)]).toEqual([...events])
      const last = [...new Set(readings.map(([id]) => id).reverse())].slice(0, 200)
      expect(
        covers(
          events,
          last.map((id) => hintOf(id)),
        ),
      ).toBe(true)
    }),
  )
})

function hintOf(eventId: string, attempts = 0): CountedHint {
  return { hint: { kind: 'parameter', name: '/a', operation: 'put', eventId }, attempts }
}
