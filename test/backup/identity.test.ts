import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { identify } from '../../src/backup/identity.ts'
import { type ConfigOptions, parameter, secret, sensitive } from '../../src/index.ts'
import type { ReadingIdentity } from '../../src/ports.ts'
import { inspectDefinition } from '../../src/tools/inspect-definition.ts'

const schema = z.object({ host: z.string(), db: z.object({ port: z.number() }) })

describe('the identity of a reading', () => {
  it('is a short key and an encryption context that shows the app and the paths', () => {
    const { key, context } = identityOf({ path: ['/shared', '/shop/prod'], schema })

    expect(key).toMatch(/^shop-[\w-]{32}$/)
    expect(context).toEqual({ app: 'shop', paths: '/shared,/shop/prod', schema: expect.stringMatching(/^[\w-]{43}$/) })
  })

  it('is the same for a schema that reads the same, with other checks and defaults', () => {
    const stricter = z.object({
      db: z.object({ port: z.number().min(1).default(5432) }),
      host: sensitive(z.string().min(3)),
    })
    expect(identityOf({ path: '/shop', schema: stricter })).toEqual(identityOf({ path: '/shop', schema }))
  })

  it.each<[string, Partial<ConfigOptions>]>([
    ['path', { path: '/other' }],
    ['list of paths', { path: ['/shop', '/other'] }],
    ['label', { label: 'live' }],
    ['naming', { naming: 'PascalCase' }],
    ['key', { schema: schema.extend({ user: z.string().optional() }) }],
    ['record', { schema: schema.extend({ flags: z.record(z.string(), z.string()) }) }],
    ['open object', { schema: schema.loose() }],
    ['full name', { schema: schema.extend({ user: parameter('/team/user', z.string()) }) }],
    ['secret', { schema: schema.extend({ user: secret('login', z.object({ user: z.string() })) }) }],
  ])('is another one for another %s', (_, options) => {
    const { key, context } = identityOf({ path: '/shop', schema, ...options })
    const before = identityOf({ path: '/shop', schema })

    expect(key).not.toBe(before.key)
    expect(context).not.toEqual(before.context)
  })

  it('is another one for another app', () => {
    expect(identityOf({ path: '/shop', schema }, 'cart').key).not.toBe(identityOf({ path: '/shop', schema }).key)
  })

  it('limits the encryption context of many paths', () => {
    const path = Array.from({ length: 100 }, (_, index) => `/${'a-long-name/'.repeat(5)}${index}`)
    const { context } = identityOf({ path, schema })

    expect(context.paths).toHaveLength(1_000)
    expect(identityOf({ path: [...path, '/last'], schema }).context).not.toEqual(context)
  })

  it('has a paths entry without the option path', () => {
    const named = z.object({ user: parameter('/team/user', z.string()) })
    expect(identityOf({ schema: named }).context.paths).toBe('none')
  })
})

function identityOf(options: ConfigOptions, app = 'shop'): ReadingIdentity {
  const { paths, request } = inspectDefinition(options)
  return identify({ app, paths, request })
}
