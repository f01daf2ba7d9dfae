import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { json, loadConfig, secret } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

it('9. names every missing, unreadable and invalid parameter in one error, and quotes no value', async () => {
  const aws = await localAws()
  put(aws, { '/app/db/hosst': 'x', '/app/max-size': '5', '/app/port': 'hunter2', '/app/features': '{hunter2' })
  aws.secrets.create({ name: 'db', value: '{"user":"hunter2"}' })
  aws.secrets.create({ name: 'denied', value: 'hunter2' })
  aws.policy.deny({ action: 'secretsmanager:GetSecretValue', resource: 'denied' })
  const schema = z.object({
    db: z.object({ host: z.string(), login: secret('db', z.object({ user: z.string(), password: z.string() })) }),
    maxSize: z.number(),
    port: z.number(),
    features: json(z.object({})),
    denied: secret('denied', z.string()),
    gone: secret('gone', z.string()),
  })
  const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))

  expect(error.missing).toMatchObject([
    {
      code: 'MISSING_PARAMETER',
      key: 'db.host',
      parameter: '/app/db/host',
      remedy: expect.stringContaining('/app/db/hosst'),
    },
    { code: 'MISSING_JSON_KEY', key: 'db.login.password', parameter: 'secret db' },
    {
      code: 'MISSING_PARAMETER',
      key: 'maxSize',
      expected: 'number',
      remedy: expect.stringContaining("naming: 'kebab-case'"),
    },
    { code: 'MISSING_SECRET', key: 'gone', parameter: 'secret gone' },
  ])
  expect(error.unreadable).toMatchObject([
    { code: 'ACCESS_DENIED', key: 'denied', requestId: expect.any(String), action: 'ssm:GetParameter' },
  ])
  expect(error.invalid).toMatchObject([
    { code: 'INVALID_VALUE', key: 'port', parameter: '/app/port', expected: 'number' },
    { code: 'INVALID_JSON', key: 'features', parameter: '/app/features' },
  ])
  for (const problem of error.problems) expect(error.message).toContain(problem.key)
  expect(error.message).not.toContain('hunter2')
})

it('9. reports a path without any parameters as empty', async () => {
  const aws = await localAws()
  const schema = z.object({ port: z.number() })
  const error = await loadError(loadConfig({ schema, path: '/typo', ...at(aws) }))

  expect(error.missing).toMatchObject([{ code: 'EMPTY_PATH', parameter: '/typo' }, { code: 'MISSING_PARAMETER' }])
})

it('9. reports a denial of an optional parameter', async () => {
  const aws = await localAws()
  aws.secrets.create({ name: 'denied', value: 'x' })
  aws.policy.deny({ action: 'secretsmanager:GetSecretValue', resource: 'denied' })
  const schema = z.object({ login: secret('denied', z.string()).optional().catch('none') })
  const error = await loadError(loadConfig({ schema, ...at(aws) }))

  expect(error.unreadable).toMatchObject([{ code: 'ACCESS_DENIED', key: 'login' }])
})

it('9. distinguishes a denied path from an empty path', async () => {
  const aws = await localAws()
  put(aws, { '/app/host': 'x' })
  aws.policy.deny({ action: 'ssm:GetParametersByPath', resource: '*' })
  const schema = z.object({ hots: z.string() })
  const error = await loadError(loadConfig({ schema, path: ['/app', '/other'], ...at(aws) }))

  const remedy = expect.stringContaining(
    'could not list /app, /other for a similar name: ssm:GetParametersByPath is denied',
  )
  expect(error.problems).toMatchObject([{ code: 'MISSING_PARAMETER', key: 'hots', remedy }])
})

it('9. lists each problem once in a printed error', async () => {
  const aws = await localAws()
  put(aws, { '/app/port': 'x' })
  const schema = z.object({ port: z.number(), host: z.string() })
  const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))

  const shown = inspect(error, { depth: 9 })
  expect(shown.match(/\/app\/host/g)).toHaveLength(1)
  expect(shown.match(/\/app\/port/g)).toHaveLength(1)
  expect([error.missing.length, error.invalid.length, error.unreadable.length]).toEqual([1, 1, 0])
})
