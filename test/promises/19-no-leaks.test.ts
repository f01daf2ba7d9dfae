import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { json, loadConfig, secret, sensitive } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

const canary = 'hunter2-canary'

it('19. no error, warning or explanation contains a secret', async () => {
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
