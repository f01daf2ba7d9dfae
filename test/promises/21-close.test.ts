import { SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { rejection } from '../support/rejection.ts'

const schema = z.object({ a: z.string() })

describe('21. close() ends everything that the config started, and nothing else', () => {
  it('is idempotent, and reads continue', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    const config = await loadConfig({ schema, path: '/app', ...at(aws) })
    await Promise.all([config.close(), config.close()])
    await config[Symbol.asyncDispose]()

    expect(config.current).toEqual({ a: 'x' })
  })

  it('aborts a running start', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'hang' })
    const config = createConfig({ schema, path: '/app', ...at(aws) })
    await expect.poll(() => aws.counts.total).toBe(1)
    await config.close()

    expect(await rejection(config.ready)).toMatchObject({ code: 'CLOSED' })
    expect(() => config.current).toThrow(expect.objectContaining({ code: 'CLOSED' }))
  })

  it('runs when the signal aborts', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'hang' })
    const controller = new AbortController()
    const start = loadConfig({ schema, path: '/app', ...at(aws), signal: controller.signal })
    await expect.poll(() => aws.counts.total).toBe(1)
    controller.abort(new Error('shutting down'))

    expect(await rejection(start)).toMatchObject({ code: 'ABORTED', cause: controller.signal.reason })
  })

  it('does not close a passed client', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    const client = new SSMClient(aws.clientOptions)
    for (const _ of ['first', 'second']) {
      await using config = await loadConfig({ schema, path: '/app', client })
      expect(config.current).toEqual({ a: 'x' })
    }
    client.destroy()
  })
})
