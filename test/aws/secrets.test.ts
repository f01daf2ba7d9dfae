import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { expect, it, onTestFinished } from 'vitest'
import type { AwsSourceOptions } from '../../src/aws/aws-source.ts'
import { loadPackage } from '../../src/aws/client.ts'
import type { Outcome, SecretRequest, StoredSecret } from '../../src/ports.ts'
import { at, localAws } from '../support/aws.ts'
import { lightClientOf, type Place } from '../support/clients.ts'
import { read } from '../support/reading.ts'
import { rejection } from '../support/rejection.ts'
import { sourceOf, ssmClient } from '../support/sources.ts'

const text = (id: string, selector?: string): SecretRequest => ({
  id,
  binary: false,
  ...(selector !== undefined && { selector }),
})
const bytes = (id: string): SecretRequest => ({ id, binary: true })

function results(outcomes: readonly Outcome<StoredSecret>[]): unknown[] {
  return outcomes.map((outcome) =>
    outcome.kind === 'failed' ? outcome.failure.code : outcome.kind === 'found' ? outcome.found.value : 'missing',
  )
}

it('reads a secret by its ARN, at the current version, a stage or a version id', async () => {
  const aws = await localAws()
  const { arn, versionId } = aws.secrets.create({ name: 'db', value: 'one' })
  aws.secrets.put({ id: 'db', value: 'two' })
  const { secrets } = await read(sourceOf(aws), {
    secrets: [text(arn), text(arn, 'AWSPREVIOUS'), text(arn, versionId), text(arn, 'NOSUCHSTAGE')],
  })

  expect(results(secrets)).toEqual(['two', 'one', 'one', 'missing'])
  expect(new Set(aws.requests.map(({ input }) => input))).toEqual(
    new Set([
      { SecretId: arn },
      { SecretId: arn, VersionStage: 'AWSPREVIOUS' },
      { SecretId: arn, VersionId: versionId },
      { SecretId: arn, VersionStage: 'NOSUCHSTAGE' },
    ]),
  )
})

it('reads a binary secret as a copy of its bytes', async () => {
  const aws = await localAws()
  aws.secrets.create({ name: 'key', value: Uint8Array.of(0, 255, 7) })
  const [outcome] = (await read(sourceOf(aws), { secrets: [bytes('key')] })).secrets
  const value = outcome?.kind === 'found' ? outcome.found.value : undefined

  expect(value).toEqual(Uint8Array.of(0, 255, 7))
  expect(value instanceof Uint8Array && value.buffer.byteLength).toBe(3)
})

it('distinguishes missing, deleted and denied secrets, and secrets of the other kind', async () => {
  const aws = await localAws()
  const { arn } = aws.secrets.create({ name: 'bytes', value: Uint8Array.of(1) })
  aws.secrets.create({ name: 'text', value: 'hunter2' })
  for (const name of ['deleted', 'denied']) aws.secrets.create({ name, value: Uint8Array.of(1) })
  aws.secrets.delete({ id: 'deleted' })
  aws.policy.deny({ action: 'secretsmanager:GetSecretValue', resource: 'denied' })
  const { secrets } = await read(sourceOf(aws), {
    secrets: [bytes('none'), bytes('deleted'), bytes('denied'), bytes('text'), text(arn)],
  })

  expect(results(secrets)).toEqual(['missing', 'SECRET_DELETED', 'ACCESS_DENIED', 'INVALID_REFERENCE', 'BINARY_SECRET'])
  expect(secrets[2]).toMatchObject({
    failure: { remedy: expect.stringMatching(/^allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:/) },
  })
})

it('names the key when a secret cannot be decrypted', async () => {
  const aws = await localAws()
  aws.secrets.create({ name: 'key', value: Uint8Array.of(1) })
  const message = "Secrets Manager can't decrypt the protected secret text using the provided KMS key."
  aws.faults.add({ kind: 'error', status: 400, name: 'DecryptionFailure', message })

  expect((await read(sourceOf(aws), { secrets: [bytes('key')] })).secrets).toMatchObject([
    { failure: { code: 'DECRYPTION_FAILED', isTransient: false, detail: message } },
  ])
})

it('uses the endpoint and credentials of the client that was passed in', async () => {
  const aws = await localAws()
  aws.secrets.create({ name: 'key', value: Uint8Array.of(1) })
  const source = sourceOf({ endpoint: 'http://127.0.0.1:9' }, { client: ssmClient(aws) })

  expect(results((await read(source, { secrets: [bytes('key')] })).secrets)).toEqual([Uint8Array.of(1)])
})

it('uses the Secrets Manager client that was passed in', async () => {
  const [own, other] = [await localAws(), await localAws()]
  other.secrets.create({ name: 'key', value: Uint8Array.of(2) })
  const secretsClient = new SecretsManagerClient(other.clientOptions)
  onTestFinished(() => secretsClient.destroy())
  const source = sourceOf(own, { secretsClient })
  const reading = await read(source, { secrets: [bytes('key')] })
  await source.close?.()

  expect(results(reading.secrets)).toEqual([Uint8Array.of(2)])
  expect(own.counts.total).toBe(0)
})

it.each<[string, (own: Place, other: Place) => Partial<AwsSourceOptions>]>([
  ['client serves secrets, too', (_, other) => ({ client: lightClientOf(other) })],
  ['secretsClient serves secrets', (own, other) => ({ ...own, secretsClient: lightClientOf(other) })],
  [
    'client leaves secrets to a secretsClient',
    (own, other) => ({ client: lightClientOf(own), secretsClient: lightClientOf(other) }),
  ],
])('a light %s', async (_, optionsFor) => {
  const [own, other] = [await localAws(), await localAws()]
  other.secrets.create({ name: 'key', value: Uint8Array.of(1) })
  const { secrets } = await read(sourceOf(own, optionsFor(at(own), at(other))), { secrets: [bytes('key')] })

  expect(results(secrets)).toEqual([Uint8Array.of(1)])
})

it('names the package that is not installed', async () => {
  const missing = rejection(
    loadPackage('@aws-sdk/client-ssm', 'reading Parameter Store', async () => {
      throw new Error("Cannot find package '@aws-sdk/client-ssm'")
    }),
  )

  expect(await missing).toMatchObject({
    failure: {
      code: 'AWS_ERROR',
      isTransient: false,
      detail: 'reading Parameter Store needs @aws-sdk/client-ssm, which cannot be loaded',
      remedy: 'npm install @aws-sdk/client-ssm',
    },
  })
})

it('gives the reason why a package that is installed cannot be loaded', async () => {
  const broken = rejection(
    loadPackage('@aws-sdk/client-ssm', 'reading Parameter Store', async () => {
      throw new Error('Dynamic require of "node:https" is not supported')
    }),
  )

  expect(await broken).toMatchObject({
    failure: {
      detail:
        'reading Parameter Store needs @aws-sdk/client-ssm, which cannot be loaded: Dynamic require of "node:https" is not supported',
      remedy: 'check how the bundler includes it, and the version of Node.js',
    },
  })
})
