import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { localAws } from '../support/aws.ts'
import { read } from '../support/reading.ts'
import { loadError } from '../support/rejection.ts'
import { scriptedAws } from '../support/scripted-aws.ts'
import { sourceOf, ssmClient } from '../support/sources.ts'

const wave = 100
const keys = Array.from({ length: 1_000 }, (_, index) => `k${index}`)
const schema = z.object(Object.fromEntries(keys.map((key) => [key, z.string()])))

async function filled(nameOf: (key: string, index: number) => string = (key) => `/app/${key}`): Promise<LocalAws> {
  const aws = await localAws()
  for (const [index, key] of keys.entries()) aws.parameters.put({ name: nameOf(key, index), value: 'x' })
  return aws
}

// The tests count calls. On a busy machine, a hundred calls can take longer than a start has by default, and a client of
// liveparam's own repeats a call that takes longer than 2 s.
const unhurried = { strategy: 'by-name', poll: false, startup: { timeoutMs: 60_000 } } as const

const denyAll = (aws: LocalAws, resource: string) => aws.policy.deny({ action: 'ssm:GetParameters', resource })
const arn = (name: string) => `arn:aws:ssm:*:*:parameter${name}`

describe('a role that may read none of 1,000 names', () => {
  it('fails its start within 1.5 times the calls of one wave, and names all of them', async () => {
    const aws = await filled()
    denyAll(aws, arn('/app/*'))
    const error = await loadError(loadConfig({ schema, path: '/app', ...unhurried, client: ssmClient(aws) }))

    expect(aws.counts.calls['ssm:GetParameters']).toBeLessThanOrEqual(1.5 * wave)
    expect(error.message).toContain('allow ssm:GetParameters on parameter/app/*')
  })

  it('refreshes within that limit, and in one wave once it may read', async () => {
    const aws = await filled()
    await using config = await loadConfig({ schema, path: '/app', ...unhurried, client: ssmClient(aws) })
    const denial = denyAll(aws, arn('/app/*'))
    for (let attempt = 0; attempt < 2; attempt++) {
      aws.resetCounts()
      await expect(config.refresh()).rejects.toThrow(/denied|allow/)
      expect(aws.counts.calls['ssm:GetParameters']).toBeLessThanOrEqual(1.5 * wave)
    }
    denial.remove()
    aws.resetCounts()
    expect(await config.refresh()).toBe('unchanged')
    expect(aws.counts.calls['ssm:GetParameters']).toBe(wave)
  })

  it.each([403, 407])('fails as quickly behind a proxy that answers %i', async (status) => {
    const { endpoint, calls } = await scriptedAws(() => ({
      status,
      body: '<html>no</html>',
      headers: { 'content-type': 'text/html', 'x-amzn-requestid': '' },
    }))
    const client = ssmClient({ clientOptions: { endpoint, region: 'us-east-1' } })
    const error = await loadError(loadConfig({ schema, path: '/app', ...unhurried, client }))

    expect(calls.length).toBeLessThanOrEqual(3 * wave)
    expect(error.message).toContain(`is not AWS: it answered with HTTP ${status}`)
  })
})

describe('a readable name', () => {
  async function readAll(aws: LocalAws, names: readonly string[]) {
    aws.resetCounts()
    const reading = await read(sourceOf(aws, { client: ssmClient(aws) }), { names: [...names] })
    const count = (kind: string) => [...reading.names.values()].filter((outcome) => outcome.kind === kind).length
    return { found: count('found'), failed: count('failed'), calls: aws.counts.calls['ssm:GetParameters'] ?? 0 }
  }

  it('is read beside a denied path, at little cost', async () => {
    const nameOf = (key: string, index: number) => `/${index < 503 ? 'denied' : 'app'}/${key}`
    const aws = await filled(nameOf)
    denyAll(aws, arn('/denied/*'))
    const { found, failed, calls } = await readAll(aws, keys.map(nameOf))

    expect({ found, failed }).toEqual({ found: 497, failed: 503 })
    expect(calls).toBeLessThanOrEqual(1.5 * wave)
  })

  it('is read among scattered denied names', async () => {
    const aws = await filled()
    const denied = keys.filter((_, index) => index % 61 === 7)
    for (const key of denied) denyAll(aws, arn(`/app/${key}`))
    const { found, failed } = await readAll(
      aws,
      keys.map((key) => `/app/${key}`),
    )

    expect({ found, failed }).toEqual({ found: 1_000 - denied.length, failed: denied.length })
  })

  it('is read beside one denied name in each batch', async () => {
    const aws = await filled()
    const denied = keys.filter((_, index) => index % 10 === 3)
    for (const key of denied) denyAll(aws, arn(`/app/${key}`))
    const { found, failed } = await readAll(
      aws,
      keys.map((key) => `/app/${key}`),
    )

    expect({ found, failed }).toEqual({ found: 900, failed: 100 })
  })
})
