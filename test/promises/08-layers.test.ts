import { expect, it } from 'vitest'
import * as z from 'zod'
import { fromEnv, loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'

const schema = z.object({ db: z.object({ host: z.string(), port: z.number(), pool: z.number().default(5) }) })

it('8. a later layer wins for each key, overrides come last, and explain() says so', async () => {
  const aws = await localAws()
  put(aws, { '/shared/db/host': 'a', '/shared/db/port': '1', '/shop/db/host': 'b' })
  const overrides = { db: { port: '2' } }
  await using config = await loadConfig({ schema, path: ['/shared', '/shop'], overrides, ...at(aws) })

  expect(config.current).toEqual({ db: { host: 'b', port: 2, pool: 5 } })
  expect(config.explain('db.host').keys).toMatchObject([
    { parameter: '/shop/db/host', layer: '/shop', version: '1', overridden: [{ parameter: '/shared/db/host' }] },
  ])
  expect(config.explain('db.port').keys).toMatchObject([{ layer: 'overrides', overridden: [{ layer: '/shared' }] }])
  expect(config.explain('db.pool').absent).toEqual([{ key: 'db.pool', names: ['/shop/db/pool', '/shared/db/pool'] }])
  expect(config.explain().calls).toEqual([
    {
      action: 'ssm:GetParameters',
      subjects: ['/shared', '/shop'].flatMap((layer) => ['host', 'port', 'pool'].map((key) => `${layer}/db/${key}`)),
    },
  ])
  expect(() => config.explain('db.prot')).toThrow(/did you mean "db.port"/)
})

it('8. overrides can come from the environment', async ({ onTestFinished }) => {
  const aws = await localAws()
  put(aws, { '/shop/db/host': 'b', '/shop/db/port': '1' })
  process.env.SHOP_DB__PORT = '7'
  process.env.SHOP_DB__PROT = '8'
  onTestFinished(() => {
    delete process.env.SHOP_DB__PORT
    delete process.env.SHOP_DB__PROT
  })
  const warnings: string[] = []
  const logger = { warn: (message: string) => warnings.push(message) }
  await using config = await loadConfig({ schema, path: '/shop', overrides: fromEnv('SHOP_'), logger, ...at(aws) })

  expect(config.current.db.port).toBe(7)
  expect(warnings).toEqual([expect.stringContaining('SHOP_DB__PROT')])
})
