import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, secret } from '../../src/index.ts'
import { at, localAws } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

it('13. identifies a secret by its version id, although its reference reports version 0', async () => {
  const aws = await localAws()
  const { versionId } = aws.secrets.create({ name: 'db', value: 'hunter2' })
  const schema = z.object({ password: secret('db', z.string()) })
  await using first = await loadConfig({ schema, ...at(aws) })
  const rotated = aws.secrets.put({ id: 'db', value: 'hunter2' })
  await using second = await loadConfig({ schema, ...at(aws) })

  expect(first.pin().keys).toMatchObject([{ parameter: 'secret db', version: versionId }])
  expect(second.pin().keys).toMatchObject([{ version: rotated.versionId }])
  expect(second.pin().id).not.toBe(first.pin().id)
})

it('13. classifies every kind of failed reference, and hides no valid reference', async () => {
  const aws = await localAws()
  aws.secrets.create({ name: 'good', value: 'text' })
  aws.secrets.create({ name: 'deleted', value: 'text' })
  aws.secrets.delete({ id: 'deleted' })
  aws.secrets.create({ name: 'binary', value: new Uint8Array([1]) })
  aws.secrets.create({ name: 'denied', value: 'text' })
  aws.policy.deny({ action: 'secretsmanager:GetSecretValue', resource: 'denied' })
  const schema = z.object({
    good: secret('good', z.number()),
    gone: secret('gone', z.string()),
    stage: secret('good:NOSUCHSTAGE', z.string()),
    deleted: secret('deleted', z.string()),
    binary: secret('binary', z.string()),
    denied: secret('denied', z.string()),
    notBinary: secret('good', { binary: true }),
  })
  const error = await loadError(loadConfig({ schema, ...at(aws) }))

  expect(Object.fromEntries(error.problems.map(({ key, code }) => [key, code]))).toEqual({
    good: 'INVALID_VALUE',
    gone: 'MISSING_SECRET',
    stage: 'MISSING_SECRET',
    deleted: 'SECRET_DELETED',
    binary: 'BINARY_SECRET',
    denied: 'ACCESS_DENIED',
    notBinary: 'INVALID_REFERENCE',
  })
})
