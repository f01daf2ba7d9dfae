import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, json, loadConfig, secret, sensitive } from '../../src/index.ts'
import { createTestConfig, memorySource } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

const canary = 'hunter2-canary'

it('19. puts no secret into an error, a warning or an explanation', async () => {
  const aws = await localAws()
  aws.secrets.create({ name: 'json', value: `{"password": "${canary}` })
  aws.secrets.create({ name: 'record', value: JSON.stringify({ [canary]: canary }) })
  put(aws, {
    '/app/number': ['SecureString', canary],
    '/app/throws': ['SecureString', canary],
    '/app/custom': ['SecureString', canary],
    '/app/other': 'plain',
    '/app/broken': ['SecureString', `{"a": ${canary}`],
  })
  const refuse = (text: string, context: z.RefinementCtx) =>
    context.addIssue({ code: 'custom', message: `no ${text}`, path: [text] })
  const schema = z.object({
    number: z.number(),
    throws: z.string().refine((text) => text === '', `not ${canary}`),
    custom: sensitive(z.string()).superRefine(refuse),
    broken: json(z.object({ a: z.string() })),
    json: secret('json', z.object({ password: z.string() })),
    record: secret('record', z.record(z.string(), z.number())),
  })
  const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))
  const thrown = await loadError(
    loadConfig({
      schema: z.object({ throws: z.string().transform((text) => JSON.parse(text)) }),
      path: '/app',
      ...at(aws),
    }),
  )
  const foreign = await loadError(
    loadConfig({
      schema: z.object({ throws: z.string(), other: z.string().min(1) }).superRefine(({ throws }, context) => {
        context.addIssue({ code: 'custom', message: `no ${throws}`, path: ['other'] })
        context.addIssue({ code: 'invalid_value', values: [throws], path: ['other'] })
      }),
      path: '/app',
      ...at(aws),
    }),
  )
  const refused = await loadError(
    loadConfig({
      schema: z.object({ throws: z.string() }),
      path: '/app',
      ...at(aws),
      validate: ({ throws }) => {
        throw new Error(`${throws} is wrong`)
      },
    }),
  )

  expect(error.invalid.map(({ key }) => key)).toEqual(['number', 'throws', 'custom.*', 'broken', 'json', 'record.*'])
  expect(thrown.invalid).toMatchObject([{ code: 'SCHEMA_THREW' }])
  expect(foreign.invalid.map(({ key }) => key)).toEqual(['other', 'other'])
  expect(refused.invalid).toMatchObject([{ code: 'VALIDATE_FAILED' }])
  for (const failure of [error, thrown, foreign, refused]) {
    const printed = [
      failure.message,
      failure.stack,
      inspect(failure, { depth: null, showHidden: true }),
      JSON.stringify(failure),
    ]
    expect(printed.join('\n')).not.toContain('canary')
  }
})

const secure = (value: string) => ({ type: 'SecureString', value }) as const

it('19. logs failures of a live config without a secret', async () => {
  const { logger, told } = listLogger()
  const schema = z.object({ stored: z.string(), marked: sensitive(z.string()), login: secret('login', z.string()) })
  const validate = ({ stored }: z.output<typeof schema>) => {
    if (stored.endsWith('refused')) throw new Error(stored)
  }
  const parameters = { '/app/stored': secure(canary), '/app/marked': canary }
  const contents = { parameters, secrets: { login: canary } }
  await using config = await createTestConfig({ schema, path: '/app', logger, validate }, contents)
  config.on('change', ({ current }) => fail(current.login))
  config.watch(({ marked }) => marked, fail)
  await config.resource(
    ({ marked }) => marked,
    (marked) => marked === canary || fail(marked),
  )
  await config.set({ parameters: { '/app/marked': `${canary}-2` }, secrets: { login: `${canary}-2` } })
  const refused = config.set({ parameters: { '/app/stored': secure(`${canary} refused`) } })
  await expect(refused).rejects.toMatchObject({ problems: [{ code: 'VALIDATE_FAILED' }] })
  using _outage = config.fail()
  await config.refresh().catch(() => undefined)

  for (const said of [
    'changed to revision 2 (refresh): login, marked',
    'a listener of change failed',
    'a listener of watch failed',
    'could not create resource 0 of status().resources',
    'VALIDATE_FAILED',
    'stale (source-error)',
  ])
    expect(told()).toContain(said)
  expect(told()).not.toContain('canary')
})

it('19. logs the failure of a start without a secret', async () => {
  const { logger, told } = listLogger()
  const schema = z.object({ stored: z.number(), login: secret('login', z.object({ port: z.number() })) })
  const secrets = { login: JSON.stringify({ port: canary }) }
  const source = memorySource({ parameters: { '/app/stored': secure(canary) }, secrets })
  const startup = { mode: 'background' } as const
  await using config = createConfig({ schema, path: '/app', source, logger, random: () => 0, startup })
  await expect.poll(told).toContain('could not load the configuration: 2 invalid')

  expect(config.status().state).toBe('failed')
  expect(told()).not.toContain('canary')
})

/** A logger, and all that it was told, however it was told it. */
function listLogger() {
  const calls: unknown[][] = []
  const log = (...call: unknown[]) => calls.push(call)
  const told = () => inspect(calls, { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null })
  return { logger: { info: log, warn: log, error: log }, told }
}

function fail(text: string): never {
  throw new Error(`${text} is wrong`)
}
