import { inspect } from 'node:util'
import { SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AwsSourceOptions } from '../../src/aws/aws-source.ts'
import type { ParameterSource, Reading, ReadRequest } from '../../src/ports.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { DeadlineReached } from '../../src/time/deadline.ts'
import { awsClients, lightClientOf } from '../support/clients.ts'
import { below, read } from '../support/reading.ts'
import { type Reply, scriptedAws } from '../support/scripted-aws.ts'
import { sourceOf } from '../support/sources.ts'

const region = 'us-east-1'
const canary = 'hunter2-canary'
const parameter = { Name: '/app/a', Type: 'SecureString', Value: canary, Version: 1 }
const request: ReadRequest = {
  hierarchies: [below('/app')],
  names: ['/app/a'],
  secrets: [
    { id: 'db', binary: false },
    { id: 'key', binary: true },
  ],
}

async function readOnce(sourceFrom: (options: Partial<AwsSourceOptions>) => ParameterSource): Promise<Reading> {
  const deadline = new AbortController()
  const clock = createFakeClock()
  // The first failure of each call is enough.
  const reading = read(sourceFrom({ clock }), request, deadline.signal)
  let isOver = false
  void reading.then(() => {
    isOver = true
  })
  await expect.poll(() => isOver || clock.sleepers === 4).toBe(true)
  deadline.abort(new DeadlineReached(10_000))
  return reading
}

const replies: readonly (readonly [string, Reply])[] = [
  ['is cut short', { body: { Parameters: [parameter] }, isCutShort: true }],
  ['is half a document', { body: `{"Parameters":[{"Value":"${canary}"` }],
  ['is no JSON at all', { body: `${canary} ${canary}` }],
  ['has the wrong types', { body: { Parameters: [{ ...parameter, LastModifiedDate: canary }], CreatedDate: canary } }],
  ['is a page of HTML', { status: 503, body: `<html>${canary}</html>`, headers: { 'content-type': 'text/html' } }],
  ['is a denial that is no JSON', { status: 403, body: `<html>${canary}</html>` }],
  ['is an error of some other form', { status: 500, body: { Parameters: [parameter], extra: canary } }],
  ['is an error whose type is no name', { status: 400, body: { __type: `a ${canary}`, Value: canary } }],
]

describe.each(awsClients)('with %s', (_client, clientAt) => {
  it.each(replies)('leaks no secret through an answer that %s', async (_, reply) => {
    const aws = await scriptedAws(() => reply)
    const printed: unknown[] = []
    const { warn, error } = console
    console.warn = (...all) => printed.push(all)
    console.error = (...all) => printed.push(all)
    const client = clientAt({ endpoint: aws.endpoint, region })
    const reading = await readOnce((options) => sourceOf(aws, { ...options, ...client }))
    Object.assign(console, { warn, error })

    const { names, secrets } = reading
    expect(reading.hierarchies).toMatchObject([{ failure: { isTransient: expect.any(Boolean) } }])
    expect([...names.values(), ...secrets].map(({ kind }) => kind)).toEqual(['failed', 'failed', 'failed'])
    expect(everythingIn([reading, printed])).not.toContain('canary')
  })

  it('passes on only the value of a secret', async () => {
    const SourceResult = JSON.stringify({ versionId: 'v1', secretString: canary, versionStages: ['AWSCURRENT'] })
    const Name = '/aws/reference/secretsmanager/db'
    const aws = await scriptedAws(() => ({
      body: { Parameters: [{ ...parameter, Name, Value: 'the value', SourceResult }] },
    }))
    const { secrets } = await read(sourceOf(aws, clientAt({ endpoint: aws.endpoint, region })), {
      secrets: [{ id: 'db', binary: false }],
    })

    expect(secrets).toMatchObject([{ kind: 'found', found: { value: 'the value' } }])
    expect(everythingIn(secrets)).not.toContain('canary')
  })
})

type Provider = () => Promise<never>
const ofSdk = (credentials: Provider) => {
  const client = new SSMClient({ region, endpoint: 'http://127.0.0.1:9', credentials })
  onTestFinished(() => client.destroy())
  return client
}
const ofLight = (credentials: Provider) => lightClientOf({ region, endpoint: 'http://127.0.0.1:9', credentials })

it.each([
  ['the AWS SDK', ofSdk],
  ['lightClient()', ofLight],
])('leaks no credentials through a provider of %s that quotes unparsed text', async (_, clientWith) => {
  const credentials = async (): Promise<never> => {
    throw Object.assign(new Error(`SyntaxError: Unexpected token, "${canary}" is not valid JSON`), {
      name: 'CredentialsProviderError',
    })
  }
  const { names } = await read(sourceOf({ endpoint: '' }, { client: clientWith(credentials) }), { names: ['/app/a'] })

  expect(names.get('/app/a')).toMatchObject({ failure: { code: 'NO_CREDENTIALS' } })
  expect(everythingIn(names)).not.toContain('canary')
})

function everythingIn(value: unknown): string {
  return inspect(value, {
    depth: Number.POSITIVE_INFINITY,
    showHidden: true,
    maxArrayLength: null,
    maxStringLength: null,
  })
}
