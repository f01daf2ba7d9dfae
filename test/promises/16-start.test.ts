import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, defineConfig, loadConfig } from '../../src/index.ts'
import { startupTimeoutMs } from '../../src/platform/node.ts'
import type { ParameterSource } from '../../src/source/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

const schema = z.object({ a: z.string() })

describe('16. does nothing on definition, and ends a load by its deadline', () => {
  it('makes no call before the load', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    const definition = defineConfig({ schema, path: '/app', ...at(aws) })
    expect(aws.counts.total).toBe(0)

    await using config = await loadConfig(definition)
    expect(config.current).toEqual({ a: 'x' })
  })

  it('rejects at the deadline, and reports the pending work', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'hang' })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws), startup: { timeoutMs: 150 } }))

    expect(error.unreadable).toMatchObject([{ code: 'TIMEOUT', parameter: '/app/a', action: 'ssm:GetParameters' }])
  })

  it('keeps the deadline with a source that never answers', async () => {
    const clock = createFakeClock()
    const source: ParameterSource = { read: () => new Promise(() => undefined) }
    const config = createConfig({ schema, path: '/app', clock, source })
    await clock.advance(10_000)
    await clock.advance(250)

    expect(await loadError(config.ready)).toMatchObject({ unreadable: [{ code: 'TIMEOUT' }] })
  })

  it('keeps the deadline with an asynchronous refinement', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    const slow = z.object({ a: z.string().refine(() => new Promise<boolean>(() => undefined)) })
    const error = await loadError(loadConfig({ schema: slow, path: '/app', ...at(aws), startup: { timeoutMs: 150 } }))

    expect(error.unreadable).toMatchObject([{ code: 'TIMEOUT' }])
  })

  it.each([
    ['a server', {}, 60_000, 10_000],
    ['Lambda on demand', { AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' }, 500, 5_000],
    [
      'a slow Lambda init',
      { AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' },
      6_000,
      3_000,
    ],
    [
      'provisioned Lambda',
      { AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' },
      8_000,
      5_000,
    ],
  ])('sets the default deadline on %s', (_, environment, uptimeMs, expected) => {
    expect(startupTimeoutMs(environment, uptimeMs)).toBe(expected)
  })
})
