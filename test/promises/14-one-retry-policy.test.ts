import { SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import type { Fault } from '../../src/local/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { awsClients } from '../support/clients.ts'
import { loadError } from '../support/rejection.ts'

const schema = z.object({ a: z.string() })
const broken = { kind: 'error', status: 500, name: 'InternalServerError', message: '' } as const

describe.each(awsClients)('14. retries transient failures by one policy, with %s', (_, clientAt) => {
  it.each<Fault>([
    { kind: 'error', status: 400, name: 'ThrottlingException', message: 'Rate exceeded', times: 2 },
    { ...broken, times: 2 },
    { kind: 'reset', times: 2 },
    { kind: 'html-503', times: 2 },
    { kind: 'half-body', times: 2 },
    { kind: 'error', status: 400, name: 'ExpiredTokenException', message: 'expired', times: 2 },
  ])('retries $kind $name', async (fault) => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    aws.faults.add(fault)
    await using config = await loadConfig({ schema, path: '/app', ...clientAt(at(aws)) })

    expect(config.current).toEqual({ a: 'x' })
    expect(aws.counts.total).toBe(3)
  })

  it('aborts and retries a call that hangs for 2 s', async () => {
    const clock = createFakeClock()
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    aws.faults.add({ kind: 'hang', times: 2 })
    const start = loadConfig({ schema, path: '/app', ...clientAt(at(aws)), clock, random: () => 0 })
    for (const calls of [1, 2]) {
      await expect.poll(() => aws.counts.total).toBe(calls)
      await clock.advance(2_000)
    }
    await using config = await start

    expect(config.current).toEqual({ a: 'x' })
    expect(aws.counts.total).toBe(3)
  })

  it('makes one call per attempt for a permanent failure', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'error', status: 400, name: 'ValidationException', message: 'bad' })
    await loadError(loadConfig({ schema, path: '/app', ...clientAt(at(aws)) }))

    expect(aws.counts.total).toBe(3)
  })
})

it('14. leaves the retries of a passed client to that client', async () => {
  const aws = await localAws()
  aws.faults.add(broken)
  const client = new SSMClient({ ...aws.clientOptions, maxAttempts: 2 })
  const start = loadConfig({ schema, path: '/app', client, startup: { timeoutMs: 3_000 } })
  const error = await loadError(start)
  client.destroy()

  expect(error.unreadable).toMatchObject([{ code: 'AWS_ERROR', parameter: '/app/a', attempts: 2 }])
  expect(error.attempts).toBeGreaterThan(1)
})
