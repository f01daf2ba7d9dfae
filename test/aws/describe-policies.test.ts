import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { dueBy } from '../../src/aws/policies.ts'
import type { LocalAws } from '../../src/local/index.ts'
import type { ParameterSource, ReadRequest } from '../../src/source/index.ts'
import { openSource } from '../../src/tools/read-aws.ts'
import { localAws } from '../support/aws.ts'

const dayMs = 86_400_000
const expiresAt = Date.parse('2018-12-02T21:34:33.000Z')
const expiration = { Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: '2018-12-02T21:34:33.000Z' } }
const leading = (count: number, Unit = 'Days') => {
  return { Type: 'ExpirationNotification', Version: '1.0', Attributes: { Before: String(count), Unit } }
}
const quietFor = (count: number, Unit = 'Days') => {
  return { Type: 'NoChangeNotification', Version: '1.0', Attributes: { After: String(count), Unit } }
}

describe('the notices of policies', () => {
  it.each<[string, object[], object[]]>([
    ['none', [], []],
    ['for an expiration alone, a week before it', [expiration], [{ dueAt: expiresAt - 7 * dayMs, expiresAt }]],
    [
      'for an expiration, at the requested time',
      [leading(15), expiration],
      [{ dueAt: expiresAt - 15 * dayMs, expiresAt }],
    ],
    ['for an expiration, in hours', [expiration, leading(12, 'Hours')], [{ dueAt: expiresAt - dayMs / 2, expiresAt }]],
    ['for a missing expiration', [leading(15)], []],
    ['for a parameter that has not changed', [quietFor(20)], [{ dueAt: 1_000 + 20 * dayMs }]],
    ['for unknown policies', [{}, { Type: 'Expiration' }, leading(1, 'Years'), quietFor(Number.NaN)], []],
  ])('%s', (_, policies, due) => {
    const texts = [...policies.map((policy) => JSON.stringify(policy)), 'no JSON', '[]', undefined]

    expect(dueBy({ parameter: '/a', modifiedAt: 1_000, texts })).toMatchObject(due)
    expect(dueBy({ parameter: '/a', modifiedAt: 1_000, texts })).toHaveLength(due.length)
  })
})

describe('policies in Parameter Store', () => {
  const request: ReadRequest = {
    hierarchies: ['/common', '/app'].map((path) => ({ path, covers: () => true })),
    names: ['/root'],
    secrets: [],
  }

  /** The source that the command line reads a definition with. */
  function sourceOf({ endpoint }: LocalAws): ParameterSource {
    const source = openSource({ schema: z.object({}), endpoint, region: 'us-east-1' })
    onTestFinished(() => source.close?.())
    return source
  }

  function read(source: ParameterSource, signal: AbortSignal = new AbortController().signal) {
    return source.readPolicies?.(request, { signal })
  }

  it('are found below every path and by name, in the tiers that have policies', async () => {
    const aws = await localAws()
    for (const name of ['root', '/app/a', '/app/more/m', '/common/a', '/elsewhere/a']) {
      aws.parameters.put({ name, value: 'x', tier: 'Advanced', policies: JSON.stringify([quietFor(0)]) })
    }
    aws.parameters.put({ name: '/app/standard', value: 'x' })
    aws.faults.add({ kind: 'sparse-pages', action: 'ssm:DescribeParameters' })
    const policies = await read(sourceOf(aws))

    expect(policies?.map(({ parameter }) => parameter).sort()).toEqual(['/app/a', '/app/more/m', '/common/a', '/root'])
  })

  it('reject with the missing permission', async () => {
    const aws = await localAws()
    aws.policy.deny({ action: 'ssm:DescribeParameters', resource: '*' })

    await expect(read(sourceOf(aws))).rejects.toMatchObject({
      failure: { code: 'ACCESS_DENIED', action: 'ssm:DescribeParameters' },
    })
  })

  it('do not slow down readings when they are throttled', async () => {
    const aws = await localAws()
    aws.parameters.put({ name: '/root', value: 'r' })
    aws.faults.add({ kind: 'throttle', action: 'ssm:DescribeParameters', ratePerSecond: 0, burst: 0 })
    const [source, limit] = [sourceOf(aws), new AbortController()]
    const described = Promise.allSettled([read(source, limit.signal)])
    await expect.poll(() => aws.counts.calls['ssm:DescribeParameters']).toBeGreaterThan(2)

    const { names } = await source.read(request, { signal: limit.signal })
    expect(names.get('/root')).toMatchObject({ kind: 'found' })
    limit.abort()
    await described
  })
})
