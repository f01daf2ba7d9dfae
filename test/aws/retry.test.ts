import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { type RetryOptions, retryAfter } from '../../src/aws/retry.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { exponential } from '../../src/time/backoff.ts'
import { rejection } from '../support/rejection.ts'

const backoff = exponential({ baseMs: 100, maxMs: 2_000 })

function setUp({ isWorthRetrying = true } = {}) {
  const clock = createFakeClock()
  const controller = new AbortController()
  const trace: string[] = []
  const options: RetryOptions = {
    signal: controller.signal,
    clock,
    async delayAfter(error, failures) {
      trace.push(`${failures} failed at ${clock.now()}: ${said(error)}`)
      return isWorthRetrying ? backoff.delay(failures, () => 1) : undefined
    },
  }
  return { clock, controller, trace, options }
}

function retry<Result>(call: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  return call().catch((error: unknown) => retryAfter(error, call, options))
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function failing(times: number, make: () => unknown = () => new Error('busy')) {
  let calls = 0
  return async () => {
    calls++
    if (calls <= times) throw make()
    return `after ${calls}`
  }
}

it('waits between attempts on the injected clock', async () => {
  const { clock, trace, options } = setUp()
  const result = retry(failing(7), options)
  await clock.advance(60_000)

  expect(await result).toBe('after 8')
  expect(trace).toEqual([
    '1 failed at 0: busy',
    '2 failed at 100: busy',
    '3 failed at 300: busy',
    '4 failed at 700: busy',
    '5 failed at 1500: busy',
    '6 failed at 3100: busy',
    '7 failed at 5100: busy',
  ])
})

it('gives up without a delay, with the original error', async () => {
  const { trace, options } = setUp({ isWorthRetrying: false })
  const denied = new Error('denied')

  expect(
    await rejection(
      retry(
        failing(1, () => denied),
        options,
      ),
    ),
  ).toBe(denied)
  expect(trace).toEqual(['1 failed at 0: denied'])
})

it('retries after a TypeError and after a thrown value that is not an error', async () => {
  const { clock, options } = setUp()
  const typeError = retry(
    failing(1, () => new TypeError('terminated')),
    options,
  )
  const text = retry(
    failing(1, () => 'a text'),
    options,
  )
  await clock.advance(100)

  expect(await Promise.all([typeError, text])).toEqual(['after 2', 'after 2'])
})

it('stops when the signal aborts during a wait', async () => {
  const { clock, controller, trace, options } = setUp()
  const result = rejection(retry(failing(Number.POSITIVE_INFINITY), options))
  await clock.advance(150)
  controller.abort('time is up')

  expect(await result).toBe('time is up')
  expect(trace).toEqual(['1 failed at 0: busy', '2 failed at 100: busy'])
  expect(clock.sleepers).toBe(0)
})

it('reports an attempt that fails when the signal aborts', async () => {
  const { controller, trace, options } = setUp()
  const result = retry(async () => {
    controller.abort('time is up')
    throw new Error('busy')
  }, options)

  expect(await rejection(result)).toBe('time is up')
  expect(trace).toEqual(['1 failed at 0: busy'])
})

it('returns the result of an attempt during which the signal aborts', async () => {
  const { controller, options } = setUp()
  const result = retry(async () => {
    controller.abort('too late')
    return 'result'
  }, options)

  expect(await result).toBe('result')
})

it('leaves no listener on a signal that outlives it', async () => {
  const { clock, controller, options } = setUp()
  const result = retry(failing(3), options)
  await clock.advance(10_000)
  await result

  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  expect(clock.sleepers).toBe(0)
})
