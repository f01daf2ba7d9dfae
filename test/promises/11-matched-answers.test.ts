import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, parameter } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

it('11. matches answers by name, version, label and ARN, in any order', async () => {
  const aws = await localAws()
  put(aws, { '/z/last': 'z', '/a/first': 'one', root: 'r', '/m/shared': 'arn' })
  aws.parameters.label({ name: '/a/first', labels: ['live'] })
  put(aws, { '/a/first': 'two' })
  const schema = z.object({
    last: parameter('/z/last', z.string()),
    one: parameter('/a/first:1', z.string()),
    live: parameter('/a/first:live', z.string()),
    now: parameter('/a/first', z.string()),
    root: parameter('/root', z.string()),
    arn: parameter('arn:aws:ssm:us-east-1:123456789012:parameter/m/shared', z.string()),
    pinned: parameter('first:1', z.string()),
  })
  await using config = await loadConfig({ schema, path: '/a', ...at(aws) })

  expect(config.current).toEqual({
    last: 'z',
    one: 'one',
    live: 'one',
    now: 'two',
    root: 'r',
    arn: 'arn',
    pinned: 'one',
  })
  expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 1 })
})

it('11. reads the other names of a batch with one denied name', async () => {
  const aws = await localAws()
  const names = Array.from({ length: 10 }, (_, index) => `k${index}`)
  put(aws, Object.fromEntries(names.map((name) => [`/app/${name}`, 'text'])))
  aws.policy.deny({ action: 'ssm:GetParameters', resource: '/app/k3' })
  const shape = Object.fromEntries(names.map((name) => [name, parameter(`/app/${name}`, z.number())]))
  const error = await loadError(loadConfig({ schema: z.object(shape), ...at(aws) }))

  expect(error.unreadable).toMatchObject([{ code: 'ACCESS_DENIED', key: 'k3', parameter: '/app/k3' }])
  expect(error.invalid).toHaveLength(9)
})
