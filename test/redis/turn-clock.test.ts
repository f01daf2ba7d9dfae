import { expect, it } from 'vitest'
import type { Clock } from '../../src/ports.ts'
import { turnClock } from '../../src/redis/turn-clock.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

it('fires once its time has passed and the event loop has turned ten times', async () => {
  const { clock, delays, fire } = manualClock()
  let fired = 0
  turnClock(clock, turn).timer?.(500, () => fired++)
  for (let part = 0; part < 9; part++) await fire()
  expect(fired).toBe(0)

  await fire()
  expect(fired).toBe(1)
  expect(delays).toEqual(Array(10).fill(50))
})

it('does not fire after it was cancelled, in the last turn too', async () => {
  const { clock, fire } = manualClock()
  let fired = 0
  const cancel = turnClock(clock, turn).timer?.(500, () => fired++)
  for (let part = 0; part < 9; part++) await fire()
  const last = fire()
  cancel?.()
  await last

  expect(fired).toBe(0)
})

/** A clock whose timers fire when the test says so. */
function manualClock() {
  const waiting: (() => void)[] = []
  const delays: number[] = []
  const clock: Clock = {
    now: () => 0,
    sleep: () => Promise.reject(new Error('not used')),
    timer(ms, fire) {
      delays.push(ms)
      waiting.push(fire)
      return () => undefined
    },
  }
  const fire = async () => {
    waiting.shift()?.()
    await turn()
    await turn()
  }
  return { clock, delays, fire }
}
