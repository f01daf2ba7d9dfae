import { SSMClient } from '@aws-sdk/client-ssm'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, loadConfig, secret } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'

const schema = z.object({ a: z.string(), login: secret('db', z.string()) })

it('15. makes the calls of one load for concurrent loads of the same parameters', async () => {
  const aws = await localAws()
  put(aws, { '/app/a': 'x' })
  aws.secrets.create({ name: 'db', value: 'y' })
  aws.faults.add({ kind: 'latency', ms: 50 })
  const client = new SSMClient(aws.clientOptions)
  const configs = await Promise.all(Array.from({ length: 20 }, () => loadConfig({ schema, path: '/app', client })))

  expect(configs.map(({ current }) => current.a)).toEqual(Array(20).fill('x'))
  expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 2 })
  await Promise.all(configs.map((config) => config.close()))
  client.destroy()
})

it('15. shares one start among all callers that wait for a config', async () => {
  const aws = await localAws()
  put(aws, { '/app/a': 'x' })
  aws.secrets.create({ name: 'db', value: 'y' })
  await using config = createConfig({ schema, path: '/app', ...at(aws) })
  await Promise.all(Array.from({ length: 20 }, () => config.ready))

  expect(aws.counts.total).toBe(2)
})
