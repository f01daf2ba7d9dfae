import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { json, loadConfig } from '../../src/index.ts'
import { createTestConfig } from '../../src/testing/index.ts'
import { nest } from '../support/arbitrary-json.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

const schema = z.object({ open: z.record(z.string(), z.string()), document: json(z.unknown()) })

describe('41. whoever may write a parameter can have it refused, and do no other harm', () => {
  it('no name reaches into a prototype, and what looks like a name is another', async () => {
    const aws = await localAws()
    put(aws, { '/app/document': '{}', '/app/open/constructor': 'x', '/app/open/__proto__': 'x', '/app/open/Port': 'x' })
    const { problems } = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))
    expect(problems.map(({ code, parameter }) => [code, parameter])).toEqual([
      ['FORBIDDEN_SEGMENT', '/app/open/__proto__'],
      ['FORBIDDEN_SEGMENT', '/app/open/constructor'],
    ])
    expect({}).not.toHaveProperty('x')
  })

  it('JSON of any depth leaves what is served as it is', async () => {
    const parameters = { '/app/open/a': 'a', '/app/document': '[]' }
    await using config = await createTestConfig({ path: '/app', schema }, { parameters })
    const before = config.current
    const change = config.set({ parameters: { '/app/document': nest(4_000, ['[', ']']) } })
    await expect(change).rejects.toMatchObject({ problems: [{ code: 'INVALID_JSON', key: 'document' }] })
    expect(config.current).toBe(before)
    expect(config.status()).toMatchObject({ state: 'stale', reason: 'candidate-rejected' })
  })
})
