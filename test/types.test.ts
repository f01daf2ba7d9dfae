import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import {
  type ConfigEvents,
  type ConfigOptions,
  createConfig,
  type DeepReadonly,
  defineConfig,
  fromEnv,
  type InferConfig,
  isLoadError,
  json,
  type LiveConfig,
  loadConfig,
  type Naming,
  parameter,
  reveal,
  type Snapshot,
  secret,
  sensitive,
} from '../src/index.ts'
import { snsNotifications, sqsNotifications } from '../src/sqs/index.ts'
import { createTestConfig } from '../src/testing/index.ts'
import { memorySource } from '../src/testing/memory-source.ts'

const source = memorySource({ parameters: { '/app/port': '1' } })
const path = '/app'

// What is here is checked by `npm run types`; at run time it only has to be free of errors.
describe('types', () => {
  it('follow the output of the schema all the way', async () => {
    const schema = z.object({
      port: z.number().default(1),
      tags: z
        .array(z.string())
        .transform((tags) => new Set(tags))
        .optional(),
      kind: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('a'), a: z.number() }),
        z.object({ kind: z.literal('b') }),
      ]),
      branded: z.string().brand('Host'),
      login: secret('db', z.object({ user: z.string() })),
      certificate: secret('cert', { binary: true }),
      limits: json(z.record(z.string(), z.number())),
      hidden: sensitive(parameter('/x', z.string())),
    })
    type Config = {
      readonly port: number
      readonly tags?: Set<string> | undefined
      readonly kind: { readonly kind: 'a'; readonly a: number } | { readonly kind: 'b' }
      readonly branded: string & z.$brand<'Host'>
      readonly login: { readonly user: string }
      readonly certificate: Uint8Array
      readonly limits: Readonly<Record<string, number>>
      readonly hidden: string
    }
    const definition = defineConfig({ schema, path })
    const config = createConfig(definition)
    config.ready.catch(() => undefined)
    await config.close()

    expectTypeOf<InferConfig<typeof definition>>().toEqualTypeOf<Config>()
    expectTypeOf(config).toEqualTypeOf<LiveConfig<Config>>()
    expectTypeOf(config.pin).returns.toEqualTypeOf<Snapshot<Config>>()
    expectTypeOf(() => loadConfig(definition)).returns.resolves.toEqualTypeOf<LiveConfig<Config>>()
    expectTypeOf(reveal<Config>).returns.toEqualTypeOf<Config>()
  })

  it('make plain objects and arrays read-only at every depth, and leave everything else as it is', async () => {
    class Money {
      readonly #cents = 0
      currency = 'EUR'
      get cents(): number {
        return this.#cents
      }
    }
    const schema = z.object({
      origins: z.array(z.object({ url: z.url() })),
      pair: z.tuple([z.string(), z.number()]),
      byName: z.record(z.string(), z.object({ weight: z.number() })),
      since: z.date(),
      site: z.string().transform((text) => new URL(text)),
      bytes: z.string().transform((text) => new TextEncoder().encode(text)),
      price: z.string().transform(() => new Money()),
      parse: z.string().transform(() => (text: string) => text.length),
      later: z.string().transform(async () => Promise.resolve({ value: 1 })),
      map: z.string().transform(() => new Map([['a', { n: 1 }]])),
      anything: z.unknown(),
      whatever: z.any(),
      json: json(z.json()),
    })
    type Config = InferConfig<{ schema: typeof schema }>

    expectTypeOf<Config['origins']>().toEqualTypeOf<readonly { readonly url: string }[]>()
    expectTypeOf<Config['pair']>().toEqualTypeOf<readonly [string, number]>()
    expectTypeOf<Config['byName']>().toEqualTypeOf<{ readonly [x: string]: { readonly weight: number } }>()
    expectTypeOf<Config['since']>().toEqualTypeOf<Date>()
    expectTypeOf<Config['site']>().toEqualTypeOf<URL>()
    expectTypeOf<Config['bytes']>().toExtend<Uint8Array>()
    expectTypeOf<Config['price']>().toEqualTypeOf<Money>()
    expectTypeOf<Config['parse']>().toEqualTypeOf<(text: string) => number>()
    expectTypeOf<Config['map']>().toEqualTypeOf<Map<string, { n: number }>>()
    expectTypeOf<Config['anything']>().toBeUnknown()
    expectTypeOf<Config['whatever']>().toBeAny()
    expectTypeOf<DeepReadonly<Config['byName']>>().toEqualTypeOf<Config['byName']>()
    const document: Config['json'] = { list: [1, { deep: null }] }
    expectTypeOf(() => reveal(document)).toBeFunction()
    const refused = (current: Config) => {
      // @ts-expect-error the array is frozen
      current.origins.push({ url: 'x' })
      // @ts-expect-error so are the objects in it
      current.origins[0].url = 'x'
      // @ts-expect-error and those by name
      current.byName.a = { weight: 1 }
      current.price.currency = 'CHF'
      current.since.setFullYear(2026)
    }
    expectTypeOf(refused).toBeFunction()
  })

  it('make a definition out of the options of another', () => {
    const definition = defineConfig({ schema: z.object({ port: z.number() }), path })
    const staging = defineConfig({ ...definition, path: '/staging' })
    expectTypeOf(staging).toEqualTypeOf<typeof definition>()
    // @ts-expect-error a definition is frozen
    const refused = () => (Object.assign(definition, {}).path = '/other')
    expectTypeOf(refused).toBeFunction()
  })

  it('follow zod/mini too', async () => {
    const schema = mini.object({ port: mini.number(), level: mini.optional(mini.enum(['debug', 'info'])) })
    await using config = await loadConfig({ schema, path, source })

    expectTypeOf(config.current).toEqualTypeOf<{
      readonly port: number
      readonly level?: 'debug' | 'info' | undefined
    }>()
  })

  it('know what the hooks get', async () => {
    await using config = await loadConfig({
      schema: z.object({ port: z.number() }),
      path,
      source,
      validate: (next, previous, { signal }) => {
        expectTypeOf(next).toEqualTypeOf<{ readonly port: number }>()
        expectTypeOf(previous).toEqualTypeOf<{ readonly port: number } | undefined>()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      },
      prepare: async (next) => {
        expectTypeOf(next.port).toEqualTypeOf<number>()
      },
    })
    expectTypeOf(config.explain('port').keys[0]?.parameter).toEqualTypeOf<string | undefined>()
  })

  it('know what watchers and listeners get', async () => {
    await using config = await createTestConfig(
      { schema: z.object({ db: z.object({ port: z.number() }) }), path },
      { values: { db: { port: 1 } } },
    )
    config.watch(
      ({ db }) => db.port,
      (next, previous) => {
        expectTypeOf(next).toEqualTypeOf<number>()
        expectTypeOf(previous).toEqualTypeOf<number | undefined>()
      },
      { equals: (one, other) => one === other },
    )
    config.on('change', ({ current, changed }) => {
      expectTypeOf(current.db.port).toEqualTypeOf<number>()
      expectTypeOf(changed[0]?.from?.version).toEqualTypeOf<string | undefined>()
    })
    expectTypeOf(config.refresh).returns.resolves.toEqualTypeOf<'changed' | 'unchanged'>()
    expectTypeOf(config.health().status).toEqualTypeOf<'up' | 'degraded' | 'down'>()
    // Both are written out where they are used, for the sake of what the compiler then says.
    expectTypeOf<Parameters<LiveConfig<object>['on']>[0]>().toEqualTypeOf<keyof ConfigEvents<object>>()
    expectTypeOf<ConfigOptions['naming']>().toEqualTypeOf<Naming | undefined>()
    // @ts-expect-error there is no such event
    const refused = () => config.on('changed', () => undefined)
    expectTypeOf(refused).toBeFunction()
    // @ts-expect-error the value has no such key
    const select = ({ port }: typeof config.current) => port
    expectTypeOf(select).toBeFunction()
    // @ts-expect-error values are those of the schema
    const wrong = () => config.set({ values: { db: { prot: 1 } } })
    expectTypeOf(wrong).toBeFunction()
  })

  it('keep two configs in one program apart', async () => {
    const common = { region: z.string() }
    const shop = defineConfig({ path: '/shop', schema: z.object({ ...common, port: z.number() }) })
    const billing = defineConfig({
      path: '/billing',
      schema: z.object({ ...common, currency: z.enum(['EUR', 'CHF']) }),
    })
    await using shopConfig = await createTestConfig(shop, { values: { region: 'eu', port: 1 } })
    await using billingConfig = await createTestConfig(billing, { values: { region: 'eu', currency: 'EUR' } })
    const regionOf = (config: LiveConfig<{ readonly region: string }>) => config.current.region
    const invoice = (config: LiveConfig<InferConfig<typeof billing>>) => config.current.currency

    expectTypeOf(shopConfig.current).toEqualTypeOf<{ readonly region: string; readonly port: number }>()
    expectTypeOf(invoice(billingConfig)).toEqualTypeOf<'EUR' | 'CHF'>()
    // @ts-expect-error it is the config of another service
    expectTypeOf(invoice(shopConfig)).toBeString()
    expectTypeOf([regionOf(shopConfig), regionOf(billingConfig)]).toEqualTypeOf<string[]>()
  })

  it('take the clients of any version of the SDK', () => {
    const schema = z.object({ port: z.number() })
    // Nominal, as the clients are, and as strict about commands.
    class OtherCommand {
      readonly #input = {}
      readonly input: object = this.#input
    }
    class OtherClient {
      readonly #handlers = {}
      readonly config = { region: async () => 'eu-west-1', handlers: this.#handlers }
      async send(_: OtherCommand, _options?: { abortSignal?: AbortSignal }): Promise<object> {
        return {}
      }
    }
    const made = [
      () => defineConfig({ schema, path, client: new OtherClient(), secretsClient: new OtherClient() }),
      () => defineConfig({ schema, path, client: new SSMClient(), secretsClient: new SecretsManagerClient() }),
      () => sqsNotifications({ queueUrl: 'x', client: new OtherClient() }),
      () => snsNotifications({ topicArn: 'x', sqsClient: new OtherClient(), snsClient: new OtherClient() }),
      // @ts-expect-error that is no client
      () => defineConfig({ schema, path, client: {} }),
    ]
    expectTypeOf(made.length).toBeNumber()
  })

  it('narrow errors', () => {
    const error: unknown = undefined
    if (isLoadError(error)) expectTypeOf(error.missing[0]?.key).toEqualTypeOf<string | undefined>()
  })

  it('refuse what cannot work', () => {
    const schema = z.object({ port: z.number() })
    const refused = [
      // @ts-expect-error an unknown option
      () => defineConfig({ schema, path, pathh: '/x' }),
      // @ts-expect-error no schema
      () => defineConfig({ path }),
      // @ts-expect-error the path is text
      () => defineConfig({ schema, path: 5 }),
      // @ts-expect-error no such naming
      () => defineConfig({ schema, path, naming: 'camelCase' }),
      // @ts-expect-error overrides are stored text
      () => defineConfig({ schema, path, overrides: { port: 5 } }),
      // @ts-expect-error seconds are no option
      () => defineConfig({ schema, path, startup: { timeoutSeconds: 5 } }),
      // @ts-expect-error a helper takes the name first
      () => parameter(z.string(), 'name'),
      // @ts-expect-error a secret needs a schema
      () => secret('db'),
      // @ts-expect-error binary secrets have no schema
      () => secret('db', { binary: false }),
      // @ts-expect-error json goes around a schema
      () => json({ a: 1 }),
      // @ts-expect-error a prefix is text
      () => fromEnv(5),
      (config: LiveConfig<{ port: number }>) => {
        // @ts-expect-error what is current is not to be assigned
        config.current = { port: 1 }
      },
      // @ts-expect-error the snapshot has no such key
      (config: LiveConfig<{ port: number }>) => config.current.prot,
    ]
    expectTypeOf(refused.length).toBeNumber()
  })
})
