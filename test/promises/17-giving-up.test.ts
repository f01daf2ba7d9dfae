import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, isDefinitionError, loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError, rejection } from '../support/rejection.ts'

const schema = z.object({ a: z.string() })

describe('17. rejects as soon as further attempts cannot help', () => {
  it('rejects an invalid definition immediately, with every problem', async () => {
    const options = { schema: z.object({ set: z.set(z.string()) }), path: 'app', lable: 'live' }
    const error = await rejection(loadConfig(options))

    expect(isDefinitionError(error) && error.problems.map(({ code }) => code)).toEqual([
      'UNKNOWN_OPTION',
      'INVALID_PATH',
      'UNSUPPORTED_SCHEMA',
    ])
  })

  it('makes two more attempts for missing parameters, then rejects', async () => {
    const aws = await localAws()
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))

    expect(error.attempts).toBe(3)
    // The path is listed once, to see whether another name was meant.
    expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 3, 'ssm:GetParametersByPath': 1 })
  })

  it('does not list a completely read path again', async () => {
    const aws = await localAws()
    await loadError(loadConfig({ schema, path: '/app', strategy: 'by-path', ...at(aws) }))

    expect(aws.counts.calls).toEqual({ 'ssm:GetParametersByPath': 3 })
  })

  it('succeeds when the store is corrected between two attempts', async () => {
    const aws = await localAws()
    const when = () => {
      put(aws, { '/app/a': 'x' })
      return true
    }
    aws.faults.add({ kind: 'stale', forMs: 1_000, times: 1, when })
    await using config = await loadConfig({ schema, path: '/app', ...at(aws) })

    expect(config.current).toEqual({ a: 'x' })
  })

  it('retries transient failures until the deadline', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'error', status: 503, name: 'ServiceUnavailable', message: '' })
    const start = loadConfig({ schema, path: '/app', ...at(aws), startup: { timeoutMs: 1_000 }, random: () => 0.02 })
    const error = await loadError(start)

    expect(error.unreadable).toMatchObject([{ code: 'AWS_ERROR', attempts: expect.any(Number) }])
    expect(aws.counts.total).toBeGreaterThan(4)
  })

  it('rejects a missing region after one attempt', async () => {
    const config = createConfig({ schema, path: '/app', endpoint: 'http://127.0.0.1:9' })
    const error = await loadError(config.ready)

    expect(error).toMatchObject({ attempts: 1, problems: [{ code: 'NO_REGION' }] })
  })
})
