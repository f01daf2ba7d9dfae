import { expect, it } from 'vitest'
import { platform, runtimeOf, startTimer, startupTimeoutMs } from '../../src/platform/node.ts'
import { rejection } from '../support/rejection.ts'

const onDemand = { AWS_LAMBDA_FUNCTION_NAME: 'shop', AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' }
const managed = { ...onDemand, AWS_LAMBDA_INITIALIZATION_TYPE: 'lambda-managed-instances' }
const snapStart = { ...onDemand, AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' }
const provisioned = { ...onDemand, AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' }

it.each([
  ['a server', {}, 3_000, 10_000],
  ['an on-demand function that has just begun', onDemand, 300, 5_000],
  ['an on-demand function late in its init phase', onDemand, 6_000, 3_000],
  ['an on-demand function at the end of its init phase', onDemand, 9_500, 1_000],
  ['an on-demand function whose init phase is over', onDemand, 600_000, 5_000],
  ['a function with provisioned concurrency', provisioned, 20_000, 5_000],
  ['a function with SnapStart', snapStart, 300, 5_000],
  ['a function on Lambda Managed Instances that has just begun', managed, 300, 10_000],
  ['a function on Lambda Managed Instances late in its init phase', managed, 600_000, 10_000],
])('%s has its time to start', (_, environment, uptimeMs, expected) => {
  expect(startupTimeoutMs(environment, uptimeMs)).toBe(expected)
})

it.each([
  [{}, 'server'],
  [onDemand, 'lambda'],
  [provisioned, 'lambda'],
  [snapStart, 'lambda'],
  [{ AWS_LAMBDA_FUNCTION_NAME: 'shop' }, 'lambda'],
  [managed, 'lambda-managed-instances'],
])('%j is the runtime %s', (environment, runtime) => {
  expect(runtimeOf(environment)).toBe(runtime)
})

it('wakes a sleeper whose signal aborts, for the signal’s reason', async () => {
  const controller = new AbortController()
  const slept = rejection(platform.clock.sleep(60_000, controller.signal))
  controller.abort('closing')

  expect(await slept).toBe('closing')
})

it.each([2 ** 31, 2 ** 32, 2 ** 53])(
  'does not wake at once from a sleep of %d ms, which a timer cannot hold',
  async (ms) => {
    const { clock } = platform
    const controller = new AbortController()
    const woken: string[] = []
    const long = clock.sleep(ms, controller.signal).then(
      () => woken.push('sleeper'),
      () => woken.push('stopped'),
    )
    const stop = clock.timer?.(ms, () => woken.push('alarm'))
    await clock.sleep(10)
    controller.abort()
    await long
    stop?.()

    expect(woken).toEqual(['stopped'])
  },
)

it('waits in pieces for as long as all of them take together', async () => {
  const startedAt = performance.now()
  await new Promise<void>((resolve) => startTimer(10, resolve, 3))

  // A timer of Node may fire up to 1 ms early.
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(9)
})

it('stops between two pieces', async () => {
  const rung: string[] = []
  const stop = startTimer(6, () => rung.push('long'), 2)
  await new Promise<void>((resolve) => startTimer(3, resolve))
  stop()
  await new Promise<void>((resolve) => startTimer(20, resolve))

  expect(rung).toEqual([])
})
