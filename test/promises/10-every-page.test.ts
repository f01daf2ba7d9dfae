import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

const schema = z.record(z.string(), z.number())

function store(aws: LocalAws, count: number): Record<string, number> {
  const stored = Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]))
  for (const [key, value] of Object.entries(stored)) aws.parameters.put({ name: `/app/${key}`, value: String(value) })
  return stored
}

describe('10. reads a path to its last page', () => {
  it('follows every token', async () => {
    const aws = await localAws()
    const stored = store(aws, 41)
    await using config = await loadConfig({ schema, path: '/app', ...at(aws) })

    expect(config.current).toEqual(stored)
    expect(aws.counts.calls).toEqual({ 'ssm:GetParametersByPath': 5 })
  })

  it('continues after empty pages', async () => {
    const aws = await localAws()
    const stored = store(aws, 12)
    aws.faults.add({ kind: 'sparse-pages' })
    await using config = await loadConfig({ schema, path: '/app', ...at(aws) })

    expect(config.current).toEqual(stored)
    expect(aws.counts.total).toBeGreaterThan(6)
  })

  it('reads a whole hierarchy at a label', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': '1', '/app/b': '5' })
    aws.parameters.label({ name: '/app/a', labels: ['live'] })
    put(aws, { '/app/a': '2' })
    await using config = await loadConfig({ schema, path: '/app', label: 'live', ...at(aws) })

    expect(config.current).toEqual({ a: 1 })
  })

  it('names the denied action', async () => {
    const aws = await localAws()
    store(aws, 1)
    aws.policy.deny({ action: 'ssm:GetParametersByPath', resource: '/app' })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))

    expect(error.problems).toMatchObject([
      {
        code: 'ACCESS_DENIED',
        parameter: '/app',
        remedy: expect.stringMatching(/allow ssm:GetParametersByPath on arn:/),
      },
    ])
  })

  it('reads the covered parameters although the role may not use the KMS key of another parameter', async () => {
    const aws = await localAws()
    store(aws, 12)
    const { keyId } = aws.keys.create({ alias: 'alias/foreign' })
    aws.parameters.put({ name: '/app/foreign', value: 'x', type: 'SecureString', keyId })
    put(aws, { '/app/own': ['SecureString', '7'] })
    aws.policy.deny({ action: 'kms:Decrypt', resource: 'alias/foreign' })
    const closed = z.object({ k1: z.number(), own: z.number() })
    await using config = await loadConfig({ schema: closed, path: '/app', ...at(aws) })
    const error = await loadError(loadConfig({ schema: z.object({ foreign: z.string() }), path: '/app', ...at(aws) }))

    expect(config.current).toEqual({ k1: 1, own: 7 })
    expect(error.problems).toMatchObject([{ code: 'DECRYPTION_FAILED', key: 'foreign', parameter: '/app/foreign' }])
  })
})
