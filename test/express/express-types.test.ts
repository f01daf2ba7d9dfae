import express, { type Request } from 'express'
import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { type ExpressConfig, expressConfig, type RequestWith } from '../../src/express/index.ts'
import { defineConfig, type InferConfig, type Snapshot } from '../../src/index.ts'
import { createTestConfig } from '../../src/testing/index.ts'

const shop = defineConfig({ path: '/shop', schema: z.object({ db: z.object({ port: z.number() }) }) })
const billing = defineConfig({ path: '/billing', schema: z.object({ currency: z.string() }) })

// Two packages of a monorepo, each with its own property.
declare module '../../src/express/index.ts' {
  interface RequestConfigs {
    readonly shopConfig: InferConfig<typeof shop>
  }
}
declare module '../../src/express/index.ts' {
  interface RequestConfigs {
    readonly billingConfig: InferConfig<typeof billing>
  }
}

async function both() {
  return {
    shop: expressConfig(await createTestConfig(shop, { values: { db: { port: 1 } } }), { property: 'shopConfig' }),
    billing: expressConfig(await createTestConfig(billing, { values: { currency: 'EUR' } })),
    other: expressConfig(await createTestConfig(shop, { values: { db: { port: 1 } } })),
  }
}

// The compiler checks this file. At run time it must only run without errors.
describe('the types of liveparam/express', () => {
  it('type declared properties in every handler', () => {
    express().get('/', (request) => {
      expectTypeOf(request.shopConfig).toEqualTypeOf<{ readonly db: { readonly port: number } }>()
      expectTypeOf(request.billingConfig.currency).toEqualTypeOf<string>()
      // @ts-expect-error this property is not declared
      expectTypeOf(request.undeclared).toBeUnknown()
      // @ts-expect-error the property is readonly
      request.shopConfig = { db: { port: 2 } }
    })
  })

  it('allow two configs with the same property in handler()', async () => {
    const { billing, other } = await both()
    other.handler((request) => expectTypeOf(request.config).toEqualTypeOf<{ readonly db: { readonly port: number } }>())
    billing.handler((request) => {
      expectTypeOf(request.config).toEqualTypeOf<{ readonly currency: string }>()
      expectTypeOf(request.get('x')).toEqualTypeOf<string | undefined>()
      // @ts-expect-error the value has no such key
      expectTypeOf(request.config.curency).toBeUnknown()
    })
    expectTypeOf<RequestWith<typeof billing>['config']>().toEqualTypeOf<{ readonly currency: string }>()
    expectTypeOf<RequestWith<typeof billing>['path']>().toEqualTypeOf<Request['path']>()
  })

  it('type the argument and the result of a selector', async () => {
    const { shop } = await both()
    expectTypeOf(shop).toEqualTypeOf<ExpressConfig<{ readonly db: { readonly port: number } }, 'shopConfig'>>()
    const inRequest = () => {
      expectTypeOf(shop.getConfig()).toEqualTypeOf<{ readonly db: { readonly port: number } }>()
      expectTypeOf(shop.getConfig(({ db }) => db.port)).toEqualTypeOf<number>()
      // @ts-expect-error the value has no such key
      shop.getConfig(({ db }) => db.prot)
    }
    expectTypeOf(inRequest).toBeFunction()
    expectTypeOf(shop.getConfig).returns.not.toBeAny()
    expectTypeOf(shop.getSnapshot).returns.toEqualTypeOf<Snapshot<{ readonly db: { readonly port: number } }>>()
  })

  it('reject wrong arguments', async () => {
    const { shop } = await both()
    const refused = [
      // @ts-expect-error an unknown option
      () => shop.statusPage({ authorise: () => true }),
      // @ts-expect-error authorize returns a boolean
      () => shop.statusPage({ authorize: () => 'yes' }),
      // @ts-expect-error no live config
      () => expressConfig({ current: {} }),
    ]
    expectTypeOf(refused.length).toBeNumber()
  })
})
