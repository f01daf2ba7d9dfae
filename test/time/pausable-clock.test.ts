import { expect, it } from 'vitest'
import { createFakeClock } from '../../src/testing/index.ts'
import { PausableClock } from '../../src/time/pausable-clock.ts'

function setUp() {
  const inner = createFakeClock()
  const clock = new PausableClock(inner)
  const trace: string[] = []
  const sleep = (ms: number, signal?: AbortSignal) =>
    clock.sleep(ms, signal).then(
      () => trace.push(`${ms} at ${inner.now()}`),
      () => trace.push(`${ms} aborted at ${inner.now()}`),
    )
  return { inner, clock, trace, sleep }
}

it('wakes no sleeper while it is paused, and the due sleepers when it resumes', async () => {
  const { inner, clock, trace, sleep } = setUp()
  for (const ms of [100, 1_000, 5_000]) void sleep(ms)
  await inner.advance(500)
  clock.pause()
  void sleep(200)
  expect(inner.sleepers).toBe(0)
  await inner.advance(2_000)
  expect(trace).toEqual(['100 at 100'])

  clock.resume()
  await inner.advance(10_000)
  expect(trace).toEqual(['100 at 100', '1000 at 2500', '200 at 2500', '5000 at 5000'])
  expect(inner.sleepers).toBe(0)
})

it('ends an aborted sleep, paused or not', async () => {
  const { inner, clock, trace, sleep } = setUp()
  const controller = new AbortController()
  void sleep(100, controller.signal)
  clock.pause()
  controller.abort(new Error('enough'))
  void sleep(200, controller.signal)
  await inner.advance(0)
  clock.resume()
  await inner.advance(1_000)

  expect(trace).toEqual(['100 aborted at 0', '200 aborted at 0'])
  expect(inner.sleepers).toBe(0)
})
