import { expect, it } from 'vitest'
import type { Outcome, SecretRequest, StoredSecret } from '../../src/ports.ts'
import { localAws } from '../support/aws.ts'
import { read } from '../support/reading.ts'
import { scriptedAws } from '../support/scripted-aws.ts'
import { sourceOf } from '../support/sources.ts'

const secret = (id: string, selector?: string): SecretRequest => ({
  id,
  binary: false,
  ...(selector !== undefined && { selector }),
})

function results(outcomes: readonly Outcome<StoredSecret>[]): string[] {
  return outcomes.map((outcome) => (outcome.kind === 'failed' ? outcome.failure.code : outcome.kind))
}

const answered = (parameter: object) => ({
  body: {
    Parameters: [
      { Name: '/aws/reference/secretsmanager/db', Type: 'SecureString', Value: 'hunter2', Version: 0, ...parameter },
    ],
  },
})

it('reads ten references a call, with decryption and without duplicates', async () => {
  const aws = await localAws()
  const ids = Array.from({ length: 12 }, (_, index) => `db${index}`)
  for (const name of ids) aws.secrets.create({ name, value: `value of ${name}` })
  const { secrets } = await read(sourceOf(aws), {
    secrets: [...ids.map((id) => secret(id)), secret('db0', 'AWSCURRENT')],
  })

  expect(secrets.map((outcome) => outcome.kind === 'found' && outcome.found.value)).toEqual(
    [...ids, 'db0'].map((id) => `value of ${id}`),
  )
  expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 2 })
  expect(aws.requests.every(({ input }) => input.WithDecryption === true)).toBe(true)
})

it('reads references separately from parameters', async () => {
  const aws = await localAws()
  aws.parameters.put({ name: '/app/a', value: 'x' })
  aws.secrets.create({ name: 'db', value: 'hunter2' })
  await read(sourceOf(aws), { names: ['/app/a'], secrets: [secret('db')] })

  const batches = aws.requests.map(({ input }) => input.Names)
  expect(new Set(batches)).toEqual(new Set([['/app/a'], ['/aws/reference/secretsmanager/db']]))
})

it('reads references that a batch does not answer alone, and classifies them', async () => {
  const aws = await localAws()
  aws.secrets.create({ name: 'good', value: 'hunter2' })
  aws.secrets.create({ name: 'deleted', value: 'hunter2' })
  aws.secrets.delete({ id: 'deleted' })
  aws.secrets.create({ name: 'bytes', value: Uint8Array.of(1) })
  const { secrets } = await read(sourceOf(aws), {
    secrets: [
      secret('none'),
      secret('good', 'NOSUCHSTAGE'),
      secret('deleted'),
      secret('bytes'),
      secret('a', 'b:c'),
      secret('good'),
    ],
  })

  expect(results(secrets)).toEqual([
    'missing',
    'missing',
    'SECRET_DELETED',
    'BINARY_SECRET',
    'INVALID_REFERENCE',
    'found',
  ])
  expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 1, 'ssm:GetParameter': 4 })
})

it('finds the denied reference in a refused batch, and reads it alone from then on', async () => {
  const aws = await localAws()
  const ids = ['one', 'two', 'denied']
  for (const name of ids) aws.secrets.create({ name, value: 'hunter2' })
  const denial = aws.policy.deny({ action: 'secretsmanager:GetSecretValue', resource: 'denied' })
  const source = sourceOf(aws)
  const all = ids.map((id) => secret(id))
  const { secrets } = await read(source, { secrets: all })
  expect(results(secrets)).toEqual(['found', 'found', 'ACCESS_DENIED'])
  expect(secrets[2]).toMatchObject({
    failure: {
      remedy:
        'allow ssm:GetParameter and ssm:GetParameters on parameter/aws/reference/secretsmanager/denied, and secretsmanager:GetSecretValue on the secret',
    },
  })
  expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 1, 'ssm:GetParameter': 3 })

  aws.resetCounts()
  await read(source, { secrets: all })
  expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 1, 'ssm:GetParameter': 1 })

  denial.remove()
  await read(source, { secrets: all })
  aws.resetCounts()
  expect(results((await read(source, { secrets: all })).secrets)).toEqual(['found', 'found', 'found'])
  expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 1 })
})

it('identifies a version by its id, and the secret by its ARN', async () => {
  const aws = await localAws()
  const { arn, versionId } = aws.secrets.create({ name: 'db', value: 'hunter2' })
  const { secrets } = await read(sourceOf(aws), { secrets: [secret('db')] })

  expect(secrets).toEqual([
    { kind: 'found', found: { versionId, arn, modifiedAt: expect.any(Number), value: 'hunter2' } },
  ])
})

it.each([
  ['as AWS spells it', JSON.stringify({ versionId: 'v1', secretString: 'hunter2' }), 'v1'],
  ['as AWS documents it', JSON.stringify({ VersionId: 'v1', SecretString: 'hunter2' }), 'v1'],
  ['where it is missing', JSON.stringify({ secretString: 'hunter2' }), 'modified-1700000000000'],
  ['where it cannot be parsed', '{"secretString":"hunter2', 'modified-1700000000000'],
  ['where there is no source', undefined, 'modified-1700000000000'],
])('finds the version id %s', async (_, SourceResult, versionId) => {
  const aws = await scriptedAws(() => answered({ LastModifiedDate: 1_700_000_000, SourceResult }))

  expect((await read(sourceOf(aws), { secrets: [secret('db')] })).secrets).toMatchObject([{ found: { versionId } }])
})

it('does not confuse the ARN of a parameter with that of a secret', async () => {
  const ARN = 'arn:aws:ssm:us-east-1:123456789012:parameter/db'
  const aws = await scriptedAws(() => answered({ ARN }))
  const [outcome] = (await read(sourceOf(aws), { secrets: [secret('db')] })).secrets

  expect(outcome).toEqual({ kind: 'found', found: { versionId: 'modified-unknown', value: 'hunter2' } })
})
