import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { loadConfig, sensitive } from '../../src/index.ts'
import { memorySource } from '../../src/testing/index.ts'
import { loadError } from '../support/rejection.ts'

vi.mock('../../src/diagnostics/diagnostics.ts', () => {
  throw new Error('no such file')
})

const startup = { timeoutMs: 1_000 }

describe('if the module that describes problems cannot be loaded', () => {
  it('names the keys and parameters of a rejected candidate', async () => {
    const schema = z.object({ port: z.number(), host: z.string(), flags: z.array(z.string()) })
    const source = memorySource({ parameters: { '/app/port': 'hunter2', '/app/flags': '{' } })
    const error = await loadError(loadConfig({ schema, path: '/app', source, startup }))

    expect(error.missing).toMatchObject([{ code: 'MISSING_PARAMETER', key: 'host', parameter: '/app/host' }])
    expect(error.invalid).toMatchObject([
      { code: 'INVALID_VALUE', key: 'port', parameter: '/app/port', detail: 'the schema rejected a stored value' },
      { code: 'INVALID_VALUE', key: 'flags', parameter: '/app/flags' },
    ])
    expect(error.message).toContain('could not be loaded')
    expect(error.message).not.toContain('hunter2')
  })

  it('names no key that a check made up', async () => {
    const schema = z.object({ a: z.string() }).superRefine(({ a }, context) => {
      context.addIssue({ code: 'custom', path: [a], message: a })
    })
    const source = memorySource({ parameters: { '/app/a': 'hunter2' } })
    const error = await loadError(loadConfig({ schema, path: '/app', source, startup }))

    expect(error.invalid).toHaveLength(1)
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
  })

  it('rejects a text that did not decode although the schema accepts it', async () => {
    const source = memorySource({ parameters: { '/app/a': 'perhaps' } })
    const schema = z.object({ a: z.coerce.boolean() })
    const error = await loadError(loadConfig({ schema, path: '/app', source, startup }))

    expect(error.invalid).toMatchObject([{ key: 'a', parameter: '/app/a' }])
  })

  it('withholds the message of a hook', async () => {
    const source = memorySource({ parameters: { '/app/a': 'hunter2' } })
    const validate = ({ a }: { readonly a: string }) => {
      throw new Error(`${a} is too short`)
    }
    const schema = z.object({ a: sensitive(z.string()) })
    const error = await loadError(loadConfig({ schema, path: '/app', source, startup, validate }))

    expect(error.invalid).toMatchObject([{ code: 'VALIDATE_FAILED', remedy: expect.stringContaining('withheld') }])
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
  })

  it('shows the whole value as redacted if a check could have copied a secret', async () => {
    const source = memorySource({ parameters: { '/app/a': 'hunter2', '/app/b': 'plain' } })
    const schema = z.object({ a: sensitive(z.string()), b: z.string() }).refine(() => true)
    await using config = await loadConfig({ schema, path: '/app', source, startup, poll: false })

    expect(inspect(config.current)).toBe("'[redacted]'")
    expect(config.current).toMatchObject({ a: 'hunter2', b: 'plain' })
  })
})
