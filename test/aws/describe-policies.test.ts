import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { dueBy } from '../../src/aws/policies.ts'
import { loadConfig, parameter } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { at, localAws } from '../support/aws.ts'
import { passing } from '../support/passing.ts'

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
  const schema = z.object({
    a: z.string(),
    more: z.record(z.string(), z.string()),
    root: parameter('/root', z.string()),
  })

  it('are found below every path and by name, in the tiers that have policies', async () => {
    const aws = await localAws()
    aws.parameters.put({ name: 'root', value: 'r', tier: 'Advanced', policies: JSON.stringify([quietFor(0)]) })
    for (const name of ['/app/a', '/app/more/m', '/common/a', '/elsewhere/a', '/app/unused']) {
      aws.parameters.put({ name, value: 'x', tier: 'Advanced', policies: JSON.stringify([quietFor(0)]) })
    }
    aws.faults.add({ kind: 'sparse-pages', action: 'ssm:DescribeParameters' })
    const { config } = await load(aws)
    await expect
      .poll(() => config.status().expiring.map(({ parameter: name, keys }) => [name, ...keys]))
      .toEqual([
        ['/app/a', 'a'],
        ['/app/more/m', 'more.m'],
        ['/common/a', 'a'],
        ['/root', 'root'],
      ])
  })

  it('are read only if the option is set', async () => {
    const aws = await localAws()
    fill(aws)
    const clock = createFakeClock(Date.now())
    const { config } = await load(aws, { policies: false, clock })
    await clock.advance(2 * dayMs)

    expect(aws.counts.calls['ssm:DescribeParameters']).toBeUndefined()
    expect(config.explain().calls.map(({ action }) => action)).not.toContain('ssm:DescribeParameters')
  })

  it('cause a warning and a retry if they may not be read, and do not affect the config', async () => {
    const aws = await localAws()
    fill(aws)
    const clock = createFakeClock(Date.now())
    const denial = aws.policy.deny({ action: 'ssm:DescribeParameters', resource: '*' })
    const { config } = await load(aws, { clock })
    await clock.advance(60_000)
    const warnings = () => config.explain().warnings.filter((warning) => warning.startsWith('policies: '))
    await expect.poll(warnings).toMatchObject([expect.stringContaining('ssm:DescribeParameters')])
    expect(config.status().state).toBe('ready')
    denial.remove()

    await expect.poll(passing(clock, 1_000, () => config.status().expiring)).toHaveLength(1)
  })

  it('do not slow down readings when DescribeParameters is throttled', async () => {
    const aws = await localAws()
    fill(aws)
    aws.faults.add({ kind: 'throttle', action: 'ssm:DescribeParameters', ratePerSecond: 0, burst: 0 })
    const { config } = await load(aws)
    await expect.poll(() => aws.counts.calls['ssm:DescribeParameters']).toBeGreaterThan(2)

    expect(await config.refresh()).toBe('unchanged')
    await config.close()
  })

  async function load(aws: LocalAws, options: object = {}) {
    const path = ['/common', '/app']
    const config = await loadConfig({
      schema,
      path,
      policies: true,
      random: () => 0,
      poll: false,
      ...at(aws),
      ...options,
    })
    onTestFinished(() => config.close())
    return { config }
  }

  function fill(aws: LocalAws): void {
    aws.parameters.put({ name: '/app/a', value: 'x', tier: 'Advanced', policies: JSON.stringify([quietFor(0)]) })
    aws.parameters.put({ name: '/root', value: 'r' })
  }
})
