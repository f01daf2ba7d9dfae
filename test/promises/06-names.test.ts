import { expect, it } from 'vitest'
import * as z from 'zod'
import { defineConfig, loadConfig, parameter } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'

it('6. spells every key by one rule, and parameter() names the exceptions', async () => {
  const aws = await localAws()
  put(aws, {
    '/app/max-pool-size': '5',
    '/app/maxPoolSize': '6',
    '/app/legacy/hostname': 'db.local',
    '/common/region': 'eu',
    '/billing/vat': '19',
  })
  const schema = z.object({
    maxPoolSize: z.number(),
    host: parameter('legacy/hostname', z.string()),
    region: parameter('/common/region', z.string()),
    billing: parameter('/billing', z.object({ vat: z.number() })),
  })
  await using config = await loadConfig({ schema, path: '/app', naming: 'kebab-case', ...at(aws) })

  expect(config.current).toEqual({ maxPoolSize: 5, host: 'db.local', region: 'eu', billing: { vat: 19 } })
})

it('6. lets two keys share a parameter only when both name it', () => {
  const implicit = z.object({ fooBar: z.string(), foo_bar: z.string() })
  const half = z.object({ a: z.string(), b: parameter('a', z.string()) })
  const both = z.object({ a: parameter('x', z.string()), b: parameter('x', z.string()) })

  expect(() => defineConfig({ schema: implicit, path: '/app', naming: 'kebab-case' })).toThrow(/DUPLICATE_NAME/)
  expect(() => defineConfig({ schema: half, path: '/app' })).toThrow(/DUPLICATE_NAME/)
  expect(() => defineConfig({ schema: both, path: '/app' })).not.toThrow()
})
