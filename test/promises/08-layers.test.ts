import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { fromEnv, loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'

const schema = z.object({ db: z.object({ host: z.string(), port: z.number(), pool: z.number().default(5) }) })

it('8. lets a later layer win for each key and overrides last, as explain() reports', async () => {
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

describe('8. overrides from the environment', () => {
  const shop = z.object({
    db: schema.shape.db,
    origins: z.array(z.url()),
    ports: z.array(z.number()).optional(),
    debug: z.boolean().default(false),
  })

  async function loadWith(variables: Readonly<Record<string, string>>) {
    const aws = await localAws()
    put(aws, { '/shop/db/host': 'b', '/shop/db/port': '1', '/shop/origins': ['StringList', 'https://a.example'] })
    const warnings: string[] = []
    const logger = { warn: (message: string) => warnings.push(message) }
    Object.assign(process.env, variables)
    try {
      const config = await loadConfig({ schema: shop, path: '/shop', overrides: fromEnv('SHOP_'), logger, ...at(aws) })
      await config.close()
      return { value: config.current, warnings }
    } finally {
      for (const name of Object.keys(variables)) delete process.env[name]
    }
  }

  it('replace stored values, and report a variable that matches no key', async () => {
    const { value, warnings } = await loadWith({ SHOP_DB__PORT: '7', SHOP_DB__PROT: '8' })
    expect(value.db.port).toBe(7)
    expect(warnings).toEqual([expect.stringContaining('SHOP_DB__PROT')])
  })

  it('ignore empty variables of every type, and report them', async () => {
    const empty = { SHOP_DB__HOST: '', SHOP_DB__PORT: '', SHOP_DEBUG: '', SHOP_ORIGINS: '', SHOP_PORTS: '' }
    const { value, warnings } = await loadWith(empty)
    expect(value).toMatchObject({ db: { host: 'b', port: 1 }, debug: false, origins: ['https://a.example'] })
    expect(value.ports).toBeUndefined()
    expect(warnings).toEqual([expect.stringMatching(/SHOP_DB__HOST, .*SHOP_PORTS are empty and ignored/)])
  })

  it.each([
    ['commas', 'https://x.example,https://y.example', '80, 443'],
    ['JSON', '["https://x.example", "https://y.example"]', '[80,443]'],
  ])('write a list with %s', async (_, origins, ports) => {
    const { value } = await loadWith({ SHOP_ORIGINS: origins, SHOP_PORTS: ports })
    expect(value.origins).toEqual(['https://x.example', 'https://y.example'])
    expect(value.ports).toEqual([80, 443])
  })
})

it('8. takes a list in an overrides object with commas or as JSON', async () => {
  const origins = z.object({ origins: z.array(z.url()) })
  for (const text of ['https://x.example,https://y.example', '["https://x.example","https://y.example"]']) {
    const options = { schema: origins, path: '/shop', overrides: { origins: text } }
    await using config = await loadConfig({ ...options, ...at(await localAws()) })
    expect(config.current.origins).toEqual(['https://x.example', 'https://y.example'])
  }
})

it('8. treats an override for a key named environmentPrefix as text', async () => {
  const keys = z.object({ environmentPrefix: z.string() })
  const options = { schema: keys, path: '/shop', overrides: { environmentPrefix: 'SHOP_' } }
  await using config = await loadConfig({ ...options, ...at(await localAws()) })
  expect(config.current.environmentPrefix).toBe('SHOP_')
})
