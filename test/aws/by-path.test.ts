import { describe, expect, it } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import type { HierarchyReading, ParameterSource } from '../../src/ports.ts'
import { localAws, put } from '../support/aws.ts'
import { below, read } from '../support/reading.ts'
import { scriptedAws } from '../support/scripted-aws.ts'
import { sourceOf } from '../support/sources.ts'

async function readPath(source: ParameterSource, ...request: Parameters<typeof below>): Promise<HierarchyReading> {
  const [reading] = (await read(source, { hierarchies: [below(...request)] })).hierarchies
  if (reading === undefined) throw new Error('no reading')
  return reading
}

function store(aws: LocalAws, count: number): void {
  for (let index = 0; index < count; index++) put(aws, { [`/app/k${index}`]: String(index) })
}

const values = ({ parameters }: HierarchyReading) => parameters.map(({ value }) => value).sort()

describe('pages', () => {
  it('follows tokens through short and empty pages', async () => {
    const aws = await localAws()
    store(aws, 7)
    aws.faults.add({ kind: 'sparse-pages' })

    expect((await readPath(sourceOf(aws), '/app')).parameters).toHaveLength(7)
    expect(aws.counts.total).toBe(6)
  })

  it('requests each page after the one before it', async () => {
    const aws = await localAws()
    store(aws, 25)
    await readPath(sourceOf(aws), '/app')
    const tokens = aws.requests.map(({ input }) => input.NextToken !== undefined)

    expect(tokens).toEqual([false, true, true])
    expect(aws.requests[0]?.input).toEqual({ Path: '/app', Recursive: true, WithDecryption: true, MaxResults: 10 })
  })

  it('restarts after an invalid token', async () => {
    const aws = await localAws()
    store(aws, 25)
    const when = (input: object) => 'NextToken' in input
    aws.faults.add({ kind: 'error', status: 400, name: 'InvalidNextToken', message: 'stale', when, times: 2 })

    expect((await readPath(sourceOf(aws), '/app')).parameters).toHaveLength(25)
    expect(aws.counts.total).toBe(7)
  })

  it('gives up after repeated invalid tokens', async () => {
    const aws = await localAws()
    store(aws, 25)
    const when = (input: object) => 'NextToken' in input
    aws.faults.add({ kind: 'error', status: 400, name: 'InvalidNextToken', message: 'stale', when })

    expect(await readPath(sourceOf(aws), '/app')).toMatchObject({
      parameters: [],
      failure: { code: 'AWS_ERROR', detail: 'InvalidNextToken: stale', isTransient: false },
    })
    expect(aws.counts.total).toBe(6)
  })

  it('fails when a token comes twice', async () => {
    const aws = await scriptedAws(({ input }) => ({
      body: { Parameters: [], NextToken: input.NextToken === 'one' ? 'two' : 'one' },
    }))

    expect((await readPath(sourceOf(aws), '/app')).failure).toMatchObject({ code: 'AWS_ERROR', isTransient: false })
    expect(aws.calls).toHaveLength(3)
  })

  it('returns no parameter of a path whose last page failed', async () => {
    const aws = await localAws()
    store(aws, 25)
    const when = (input: object) => 'NextToken' in input
    aws.faults.add({ kind: 'error', status: 400, name: 'SomethingElse', message: 'no', when })

    expect(await readPath(sourceOf(aws), '/app')).toMatchObject({ parameters: [], failure: { code: 'AWS_ERROR' } })
  })
})

describe('denials', () => {
  it('names the action, the path and the permission to grant', async () => {
    const aws = await localAws()
    store(aws, 1)
    aws.policy.deny({ action: 'ssm:GetParametersByPath', resource: '/app' })
    const { failure } = await readPath(sourceOf(aws), '/app')

    expect(failure).toMatchObject({ code: 'ACCESS_DENIED', isTransient: false, action: 'ssm:GetParametersByPath' })
    expect(failure?.remedy).toBe('allow ssm:GetParametersByPath on arn:aws:ssm:us-east-1:123456789012:parameter/app')
    expect(aws.counts.calls).toEqual({ 'ssm:GetParametersByPath': 1 })
  })

  it('names the path when AWS does not', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'error', status: 400, name: 'AccessDeniedException', message: '' })

    expect((await readPath(sourceOf(aws), '/app')).failure?.remedy).toBe(
      'allow ssm:GetParametersByPath on the path /app',
    )
  })

  it('does not affect the other paths', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': '1', '/shared/a': '2' })
    aws.policy.deny({ action: 'ssm:GetParametersByPath', resource: '/app' })
    const { hierarchies } = await read(sourceOf(aws), { hierarchies: [below('/app'), below('/shared')] })

    expect(hierarchies.map((reading) => [reading.failure?.code, values(reading)])).toEqual([
      ['ACCESS_DENIED', []],
      [undefined, ['2']],
    ])
  })
})

describe('KMS keys that the role may not use', () => {
  async function withForeignKey(): Promise<LocalAws> {
    const aws = await localAws()
    store(aws, 12)
    put(aws, { '/app/own': ['SecureString', 'old'] })
    aws.parameters.label({ name: '/app/own', labels: ['live'] })
    put(aws, { '/app/own': ['SecureString', 'new'] })
    const { keyId } = aws.keys.create({ alias: 'alias/foreign' })
    aws.parameters.put({ name: '/app/foreign', value: 'x', type: 'SecureString', keyId })
    aws.policy.deny({ action: 'kms:Decrypt', resource: 'alias/foreign' })
    return aws
  }

  it('do not matter for parameters that are not covered', async () => {
    const aws = await withForeignKey()
    const reading = await readPath(sourceOf(aws), '/app', (name) => name !== '/app/foreign')

    expect(reading.failures.size).toBe(0)
    expect(reading.parameters).toHaveLength(13)
    expect(reading.parameters.find(({ name }) => name === '/app/own')).toMatchObject({ value: 'new', version: 2 })
    expect(reading.listed).toContain('/app/foreign')
  })

  it('fail only the covered parameters that they encrypt', async () => {
    const aws = await withForeignKey()
    const reading = await readPath(sourceOf(aws), '/app')

    expect([...reading.failures]).toMatchObject([['/app/foreign', { code: 'DECRYPTION_FAILED', isTransient: false }]])
    expect(reading.failures.get('/app/foreign')?.remedy).toMatch(
      /^allow kms:Decrypt on .*, in .* and in the key policy$/,
    )
    expect(reading.parameters).toHaveLength(13)
  })

  it('leave no ciphertext among the values', async () => {
    const aws = await withForeignKey()
    const reading = await readPath(sourceOf(aws), '/app')

    expect(values(reading)).toEqual([...Array.from({ length: 12 }, (_, index) => String(index)), 'new'].sort())
  })

  it('do not fail the other parameters at the version of a label', async () => {
    const aws = await withForeignKey()
    aws.parameters.label({ name: '/app/foreign', labels: ['live'] })
    const hierarchy = { ...below('/app', (name) => name === '/app/own'), label: 'live' }
    const [reading] = (await read(sourceOf(aws), { hierarchies: [hierarchy] })).hierarchies

    expect(reading?.parameters).toMatchObject([{ name: '/app/own', value: 'old', version: 1 }])
  })

  it('may be disabled', async () => {
    const aws = await localAws()
    const { keyId } = aws.keys.create()
    put(aws, { '/app/a': '1' })
    aws.parameters.put({ name: '/app/b', value: 'x', type: 'SecureString', keyId })
    aws.keys.disable(keyId)
    const reading = await readPath(sourceOf(aws), '/app')

    expect(values(reading)).toEqual(['1'])
    expect(reading.failures.get('/app/b')).toMatchObject({ code: 'DECRYPTION_FAILED', action: 'ssm:GetParameters' })
  })
})
