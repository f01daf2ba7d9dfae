import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  afterReading,
  type CountedHint,
  covers,
  decodeEvents,
  encodeEvents,
  eventsForm,
  isSettled,
  noEvents,
} from '../../src/redis/covered-events.ts'

const always = () => true
const never = () => false

it('an event is covered once its names were read', () => {
  const read = afterReading(noEvents, [hintOf('a')], always)

  expect(covers(read, [hintOf('a')])).toBe(true)
  expect(covers(read, [hintOf('a'), hintOf('b')])).toBe(false)
})

it('an instance that has read the names waits for one more reading, until the value has changed', () => {
  let events = afterReading(noEvents, [hintOf('a')], always)
  expect([covers(events, [hintOf('a', 1)]), isSettled(events, hintOf('a').hint)]).toEqual([false, false])

  events = afterReading(events, [hintOf('a')], never)
  expect([covers(events, [hintOf('a', 2)]), isSettled(events, hintOf('a').hint)]).toEqual([true, true])
})

it('names are read three times if the value does not change', () => {
  let events = noEvents
  const seen = [1, 2, 3, 4].map(() => {
    events = afterReading(events, [hintOf('a')], always)
    return isSettled(events, hintOf('a').hint)
  })

  expect(seen).toEqual([false, false, true, true])
})

it('a hint without an identity is never covered', () => {
  for (const eventId of [undefined, '']) {
    const hint = { ...hintOf('a').hint, eventId: eventId as string }
    expect(covers(afterReading(noEvents, [{ hint, attempts: 0 }], never), [{ hint, attempts: 0 }])).toBe(false)
  }
})

it('the last events are kept, in a text that is bounded', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.boolean()), { maxLength: 400 }), (readings) => {
      let events = noEvents
      for (const [id, isUnconfirmed] of readings) events = afterReading(events, [hintOf(id)], () => isUnconfirmed)
      const text = encodeEvents(events)
      expect(text).toMatch(new RegExp(`^${eventsForm}$`))
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
