import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type ConfigOptions, createConfig, json, loadConfig, secret, sensitive } from '../src/index.ts'
import { type LocalAws, startLocalAws } from '../src/local/index.ts'
import { openTelemetry } from '../src/otel/index.ts'
import type { ParameterSource } from '../src/ports.ts'
import { createTestConfig, memorySource, type TestContents } from '../src/testing/index.ts'
import { at, put } from './support/aws.ts'
import { shapes } from './support/canaries.ts'
import { startOpenTelemetry } from './support/otel.ts'
import { Printed } from './support/printed.ts'

describe.each(shapes)('%s is found nowhere', (_, canary) => {
  it('after a load', async () => {
    await using aws = await storeWith(canary)
    const printed = new Printed()
    await using config = await loadConfig({ ...shown, ...at(aws), logger: printed.console })

    printed.everythingAbout(config)
    printed.everythingAbout(config.current)
    printed.everythingAbout(config.pin())
    printed.everythingIn(config.explain())
    printed.everythingAbout({ nested: [config.current, { config }], map: new Map([['config', config.current]]) })
    expect(config.current.secret.text).toBe(canary)
    expect(printed.of(canary)).toEqual([])
  })

  it('while it lives: changed, rejected, cut off, and with listeners that throw it', async () => {
    const printed = new Printed()
    const exported = startOpenTelemetry()
    const options = { ...shown, logger: printed.console, telemetry: openTelemetry() }
    const config = await createTestConfig(options, contentsOf(canary))
    for (const event of [
      'change',
      'unchanged',
      'rejected',
      'stale',
      'error',
      'recovered',
      'warning',
      'closed',
    ] as const) {
      config.on(event, (payload) => printed.everythingAbout(payload))
    }
    config.on('change', () => fail(canary))
    config.watch(
      ({ marked }) => marked,
      (text) => throwIt(text),
    )
    const secure = { type: 'SecureString', value: `${canary} ` } as const
    const steps = [
      () => config.set({ parameters: { '/app/marked': secure, '/app/record/b': secure } }),
      () => config.set({ parameters: { '/app/marked': undefined } }),
      () => config.set({ parameters: { '/app/marked': secure } }),
      () => config.fail({ detail: 'away' }) && config.refresh(),
    ]
    for (const step of steps) {
      printed.everythingAbout(await step().catch((error: unknown) => error))
      printed.everythingAbout(config)
      printed.everythingIn(config.status())
      printed.everythingIn(config.health())
      printed.everythingIn(config.explain())
    }
    await config.close()
    printed.everythingAbout(await exported.everything())

    expect(exported.spans()).toHaveLength(1 + steps.length)
    expect(config.current.record.b).toBe(secure.value)
    expect(printed.of(canary)).toEqual([])
  })

  it('beside a denial', async () => {
    await using aws = await storeWith(canary)
    aws.policy.deny({ action: '*', resource: '/app/marked' })
    aws.policy.deny({ action: 'secretsmanager:GetSecretValue', resource: 'canary' })
    const schema = z.object({ secure: z.number().max(-1), marked: z.string(), other: secret('canary', z.string()) })
    await refuses(canary, { schema, ...at(aws) })
  })

  it.each(Object.entries(failures))('in the error of %s', async (_name, makeOptions) => {
    await refuses(canary, { ...makeOptions(canary), source: memoryWith(canary) })
  })
})

async function refuses(canary: string, options: ConfigOptions<z.ZodType>): Promise<void> {
  const printed = new Printed()
  const exported = startOpenTelemetry()
  const telling = { logger: printed.console, telemetry: openTelemetry() }
  const config = createConfig({ path: '/app', random: () => 0, ...telling, ...options })
  const error = await config.ready.catch((reason: unknown) => reason)

  expect(error).toMatchObject({ code: 'LOAD_FAILED' })
  printed.everythingIn(error)
  printed.everythingAbout(config)
  await expect.poll(() => exported.spans()).toHaveLength(1)
  printed.everythingAbout(await exported.everything())
  expect(printed.of(canary)).toEqual([])
}

const shown = {
  path: '/app',
  schema: z.object({
    secure: z.string(),
    marked: sensitive(z.string()),
    followed: sensitive(z.string()),
    list: sensitive(z.array(z.string())),
    transformed: sensitive(z.string()).transform((text) => ({ made: [text], of: new Map([['it', text]]) })),
    wholeObject: sensitive(z.object({ inner: z.string() })),
    secret: z.object({ text: secret('canary', z.string()) }),
    record: z.record(z.string(), z.string()),
  }),
} satisfies ConfigOptions

type Canary = { readonly secure: string }

// What refuses a candidate, with every way in which code of the user's or of zod's could quote it.
const failures: Record<string, (canary: string) => ConfigOptions<z.ZodType>> = {
  'a number': () => ({ schema: z.object({ secure: z.number().max(-1) }) }),
  'a boolean': () => ({ schema: z.object({ secure: z.coerce.boolean(), secret: secret('canary', z.stringbool()) }) }),
  'an enum': () => ({ schema: z.object({ secure: z.enum(['a', 'b']), marked: sensitive(z.literal('a')) }) }),
  'a format': () => ({ schema: z.object({ secure: z.ipv4(), secret: secret('canary', z.uuid()) }) }),
  'a template': () => ({ schema: z.object({ secure: z.templateLiteral(['never-', z.number()]) }) }),
  'a union': () => ({ schema: z.object({ secure: z.union([z.number().max(-1), z.ipv6(), z.literal('x')]) }) }),
  'a list': () => ({ schema: z.object({ secure: z.array(z.number()), marked: sensitive(z.tuple([z.number()])) }) }),
  JSON: () => ({
    schema: z.object({
      secure: json(z.object({ a: z.number() })),
      secret: secret('canary', z.object({ a: z.number() })),
    }),
  }),
  'JSON keys': () => ({ schema: z.object({ keys: secret('keys', z.record(z.string(), z.number())) }) }),
  'strict JSON': () => ({ schema: z.object({ keys: secret('keys', z.strictObject({})) }) }),
  'a refinement': (canary) => ({ schema: z.object({ secure: z.string().refine(() => false, `not ${canary}`) }) }),
  'an issue of many kinds': () => ({
    schema: z.object({ secure: z.string(), other: z.string().optional() }).check(quote),
  }),
  'a thrown transform': () => ({ schema: z.object({ secure: z.string().transform((text) => fail(text)) }) }),
  'a thrown value': () => ({ schema: z.object({ secure: z.string().transform((text): string => throwIt(text)) }) }),
  'a parser': () => ({ schema: z.object({ secure: z.string().transform((text) => JSON.parse(`${text}}`)) }) }),
  'validate()': () => ({ schema: z.object({ secure: z.string() }), validate: (next) => fail((next as Canary).secure) }),
  'prepare()': () => ({
    schema: z.object({ secure: z.string() }),
    prepare: (next) => throwIt({ ...(next as Canary) }),
  }),
  'a wrong override': (canary) => ({
    schema: z.object({ secure: sensitive(z.number().max(-1)) }),
    overrides: { secure: canary },
  }),
}

function quote(context: z.core.ParsePayload<{ secure: string; other?: string | undefined }>): void {
  const { secure } = context.value
  const common = { input: secure, path: ['other'], message: secure }
  context.issues.push({ ...common, code: 'custom', params: { secure } })
  context.issues.push({ ...common, code: 'invalid_value', values: [secure] })
  context.issues.push({ ...common, code: 'invalid_format', format: secure })
  context.issues.push({ ...common, code: 'unrecognized_keys', keys: [secure], input: {} })
  context.issues.push({ ...common, code: 'custom', path: [secure] })
}

function fail(text: string): never {
  const error = new RangeError(`${text} is wrong`, { cause: { text } })
  error.name = `Error ${text}`
  throw Object.assign(error, { text })
}

function throwIt(thrown: unknown): never {
  throw thrown
}

const secureKeys = ['secure', 'marked', 'transformed', 'wholeObject/inner', 'record/a']

function jsonSecret(canary: string): string {
  return JSON.stringify({ value: canary, [canary]: canary })
}

async function storeWith(canary: string): Promise<LocalAws> {
  const aws = await startLocalAws()
  for (const key of secureKeys) {
    aws.parameters.put({ name: `/app/${key}`, value: canary, type: 'SecureString', tier: 'Advanced' })
  }
  put(aws, { '/app/list': ['SecureString', JSON.stringify([canary])] })
  put(aws, { '/app/followed': '/aws/reference/secretsmanager/keys#value' })
  aws.secrets.create({ name: 'canary', value: canary })
  aws.secrets.create({ name: 'keys', value: jsonSecret(canary) })
  return aws
}

function memoryWith(canary: string): ParameterSource {
  const secure = secureKeys.map((key) => [`/app/${key}`, { type: 'SecureString', value: canary }] as const)
  return memorySource({ parameters: Object.fromEntries(secure), secrets: { canary, keys: jsonSecret(canary) } })
}

function contentsOf(canary: string): TestContents<(typeof shown)['schema']> {
  const secure = (value: string) => ({ type: 'SecureString', value }) as const
  const parameters = Object.fromEntries(secureKeys.map((key) => [`/app/${key}`, secure(canary)]))
  const more = {
    '/app/list': secure(JSON.stringify([canary])),
    '/app/followed': '/aws/reference/secretsmanager/keys#value',
  }
  return { parameters: { ...parameters, ...more }, secrets: { canary, keys: jsonSecret(canary) } }
}
