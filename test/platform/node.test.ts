import { expect, it } from 'vitest'
import { platform, startupTimeoutMs } from '../../src/platform/node.ts'
import { rejection } from '../support/rejection.ts'

const onDemand = { AWS_LAMBDA_FUNCTION_NAME: 'shop', AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' }
const provisioned = { ...onDemand, AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' }

it.each([
  ['a server', {}, 3_000, 10_000],
  ['an on-demand function that has just begun', onDemand, 300, 5_000],
  ['an on-demand function late in its init phase', onDemand, 6_000, 3_000],
  ['an on-demand function at the end of its init phase', onDemand, 9_500, 1_000],
  ['an on-demand function whose init phase is over', onDemand, 600_000, 5_000],
  ['a function with provisioned concurrency', provisioned, 20_000, 5_000],
])('%s has its time to start', (_, environment, uptimeMs, expected) => {
  expect(startupTimeoutMs(environment, uptimeMs)).toBe(expected)
})

it('wakes a sleeper whose signal aborts, for the signal’s reason', async () => {
  const controller = new AbortController()
  const slept = rejection(platform.clock.sleep(60_000, controller.signal))
  controller.abort('closing')

  expect(await slept).toBe('closing')
})
