import { describe, expect, it } from 'vitest'
import type { Outcome, StoredParameter } from '../../src/ports.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { localAws, put } from '../support/aws.ts'
import { read } from '../support/reading.ts'
import { scriptedAws } from '../support/scripted-aws.ts'
import { sourceOf } from '../support/sources.ts'

const ten = Array.from({ length: 10 }, (_, index) => `/app/k${index}`)
const stored = Object.fromEntries(ten.map((name) => [name, `value of ${name}`]))

function results(names: ReadonlyMap<string, Outcome<StoredParameter>>): string[] {
  return [...names.values()].map((outcome) => (outcome.kind === 'failed' ? outcome.failure.code : outcome.kind))
}

describe('batches', () => {
  it('hold ten names a call, and all calls run in parallel', async () => {
    const clock = createFakeClock()
    const aws = await localAws({ clock })
    const names = Array.from({ length: 100 }, (_, index) => `/app/n${index}`)
    put(aws, Object.fromEntries(names.map((name) => [name, 'x'])))
    aws.faults.add({ kind: 'latency', ms: 300 })
    const reading = read(sourceOf(aws), { names })
    // Nothing is answered yet.
    await expect.poll(() => aws.counts.calls).toEqual({ 'ssm:GetParameters': 10 })
    await clock.advance(300)

    expect([...(await reading).names.values()].every(({ kind }) => kind === 'found')).toBe(true)
  })

  it('cause no listener warning for hundreds of names', async () => {
    const aws = await localAws()
    const names = Array.from({ length: 300 }, (_, index) => `/app/n${index}`)
    const warnings: Error[] = []
    const listen = (warning: Error) => warnings.push(warning)
    process.on('warning', listen)
    await read(sourceOf(aws), { names })
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', listen)

    expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([])
  })
})

describe('matching', () => {
  it('accepts an answer without selectors if the name was requested once', async () => {
    const aws = await scriptedAws(() => ({
      body: {
        Parameters: [
          { Name: '/app/b', Type: 'String', Value: 'b at 3', Version: 3 },
          { Name: '/app/a', Type: 'String', Value: 'a', Version: 1 },
        ],
      },
    }))
    const { names } = await read(sourceOf(aws), { names: ['/app/a', '/app/b:3'] })

    expect(names.get('/app/a')).toMatchObject({ found: { value: 'a' } })
    expect(names.get('/app/b:3')).toMatchObject({ found: { value: 'b at 3' } })
  })

  it('does not guess the version of an answer if several were requested', async () => {
    const parameter = { Name: '/app/a', Type: 'String', Value: 'some version', Version: 3 }
    const aws = await scriptedAws(() => ({ body: { Parameters: [parameter] } }))
    const { names } = await read(sourceOf(aws), { names: ['/app/a:3', '/app/a:live'] })

    expect(results(names)).toEqual(['AWS_ERROR', 'AWS_ERROR'])
  })

  it('reports a name that is not in the answer as failed, not as missing', async () => {
    const aws = await scriptedAws(() => ({ body: { Parameters: [], InvalidParameters: ['/app/a'] } }))

    expect(results((await read(sourceOf(aws), { names: ['/app/a', '/app/b'] })).names)).toEqual([
      'missing',
      'AWS_ERROR',
    ])
  })
})

describe('denied names', () => {
  it('are found by halves, and their neighbours are read', async () => {
    const aws = await localAws()
    put(aws, stored)
    aws.policy.deny({ action: 'ssm:GetParameters', resource: '/app/k3' })
    const { names } = await read(sourceOf(aws), { names: ten })

    expect(results(names)).toEqual(ten.map((name) => (name === '/app/k3' ? 'ACCESS_DENIED' : 'found')))
    expect(names.get('/app/k3')).toMatchObject({
      failure: {
        action: 'ssm:GetParameters',
        remedy: 'allow ssm:GetParameters on arn:aws:ssm:us-east-1:123456789012:parameter/app/k3',
      },
    })
    // 10 → 5 + 5 → 3 + 2 → 2 + 1 and 1 + 1: the fourth name is alone after four cuts.
    expect(aws.requests.map(({ input }) => (input.Names as string[]).length)).toEqual([10, 5, 5, 3, 2, 1, 1])
  })

  it('are read alone from then on, so that the others stay in batches', async () => {
    const aws = await localAws()
    put(aws, stored)
    aws.policy.deny({ action: 'ssm:GetParameters', resource: '/app/k3' })
    const source = sourceOf(aws)
    await read(source, { names: ten })
    aws.resetCounts()
    const { names } = await read(source, { names: ten })

    expect(results(names).filter((result) => result === 'found')).toHaveLength(9)
    expect(aws.requests.map(({ input }) => (input.Names as string[]).length)).toEqual([9, 1])
  })

  it('join a batch again after a successful read', async () => {
    const aws = await localAws()
    put(aws, stored)
    const denial = aws.policy.deny({ action: 'ssm:GetParameters', resource: '/app/k3' })
    const source = sourceOf(aws)
    await read(source, { names: ten })
    denial.remove()
    expect(results((await read(source, { names: ten })).names)).toEqual(ten.map(() => 'found'))
    aws.resetCounts()
    await read(source, { names: ten })

    expect(aws.counts.total).toBe(1)
  })

  it('include names with a denied KMS key', async () => {
    const aws = await localAws()
    put(aws, { '/app/plain': 'x' })
    const { keyId } = aws.keys.create({ alias: 'alias/foreign' })
    aws.parameters.put({ name: '/app/foreign', value: 'x', type: 'SecureString', keyId })
    aws.policy.deny({ action: 'kms:Decrypt', resource: 'alias/foreign' })
    const { names } = await read(sourceOf(aws), { names: ['/app/plain', '/app/foreign'] })

    expect(results(names)).toEqual(['found', 'DECRYPTION_FAILED'])
  })

  it('are not searched for when AWS refuses the credentials', async () => {
    const aws = await localAws()
    put(aws, stored)
    const message = 'The security token included in the request is invalid.'
    aws.faults.add({ kind: 'error', status: 400, name: 'UnrecognizedClientException', message })
    const { names } = await read(sourceOf(aws), { names: ten })

    expect(results(names)).toEqual(ten.map(() => 'NO_CREDENTIALS'))
    expect(aws.counts.total).toBe(1)
  })
})
