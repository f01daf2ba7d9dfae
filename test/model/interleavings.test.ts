import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runs } from '../support/suite.ts'
import { type Delivery, ModelWorld } from './world.ts'

type Step = (world: ModelWorld) => unknown

const delivery = fc.constantFrom<Delivery>('delivered', 'lost', 'duplicated', 'late', 'reordered')
const lag = fc.constantFrom(0, 0, 500, 4_000)
const number = fc.integer({ min: 1, max: 9 })

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(number, delivery, delivery, lag).map(
      ([n, one, other, lagMs]): Step =>
        (world) => {
          world.put('/app/a', String(n), one, lagMs)
          world.put('/app/b', String(n), other, lagMs)
        },
    ),
  },
  // Half of a change, or a value of the wrong type: rejected until a later write corrects it.
  {
    weight: 2,
    arbitrary: fc.tuple(number, delivery).map(
      ([n, how]): Step =>
        (world) =>
          world.put('/app/a', String(n), how),
    ),
  },
  {
    weight: 1,
    arbitrary: delivery.map(
      (how): Step =>
        (world) =>
          world.put('/app/b', 'many', how),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('f0', 'f1', 'f2'), fc.boolean(), delivery, lag).map(
      ([flag, isOn, how, lagMs]): Step =>
        (world) =>
          world.put(`/app/flags/${flag}`, String(isOn), how, lagMs),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('/app/maybe', '/app/flags/f1'), delivery).map(
      ([name, how]): Step =>
        (world) =>
          world.delete(name, how),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.string({ minLength: 1 }), delivery).map(
      ([text, how]): Step =>
        (world) =>
          world.put('/app/maybe', text, how),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(number, delivery).map(
      ([n, how]): Step =>
        (world) =>
          world.label(`l${n}`, how),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(number, delivery, lag).map(
      ([n, how, lagMs]): Step =>
        (world) =>
          world.rotate(n, how, lagMs),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(100, 5_000, 60_000).map(
      (ms): Step =>
        (world) =>
          world.failFor(ms),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(1_000, 10_000).map(
      (ms): Step =>
        (world) =>
          world.staleFor(ms),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Step>((world) => void world.config.refresh().catch(() => undefined)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(0, 30, 250, 1_000, 7_000, 70_000).map(
      (ms): Step =>
        (world) =>
          world.clock.advance(ms),
    ),
  },
)

it('publishes the last write after any sequence of events, and never half of a change', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(steps, { minLength: 5, maxLength: 40 }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      async (script, chance) => {
        const world = new ModelWorld(chance)
        await world.start()
        for (const step of script) {
          await step(world)
          world.check()
        }
        // A write without a notification completes the change.
        world.put('/app/a', '5', 'lost')
        world.put('/app/b', '5', 'lost')
        // The longest backoff, the longest poll interval, and the five minutes of secrets.
        await world.clock.advance(700_000)
        world.check()
        const { current } = world.config
        const stored = world.stored()
        const { state } = world.config.status()
        await world.close()

        expect(world.problems).toEqual([])
        expect(current).toEqual(stored)
        expect(state).toBe('ready')
        expect(world.events.at(-1)).toBe('closed')
      },
    ),
    { numRuns: runs(100) },
  )
})

it('emits nothing after close() at any moment, and reads continue', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 15 }), fc.nat(400), async (script, ms) => {
      const world = new ModelWorld(0.4)
      await world.start()
      for (const step of script) await step(world)
      await world.clock.advance(ms)
      await world.close()
      const emitted = world.events.length
      await world.clock.advance(3_600_000)

      expect(world.problems).toEqual([])
      expect(world.events).toHaveLength(emitted)
      expect(world.config.current).toBe(world.published.at(-1))
      expect(world.config.status().state).toBe('closed')
    }),
    { numRuns: runs(50) },
  )
})
