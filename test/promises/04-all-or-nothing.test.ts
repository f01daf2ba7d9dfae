import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

const schema = z.object({ min: z.number(), max: z.number() })

describe('4. a candidate is published as a whole or not at all', () => {
  it('fails when one page of many cannot be read', async () => {
    const aws = await localAws()
    for (let index = 0; index < 25; index++) aws.parameters.put({ name: `/app/k${index}`, value: 'x' })
    const when = (input: object) => 'NextToken' in input
    aws.faults.add({ kind: 'error', status: 400, name: 'AccessDeniedException', message: 'no', when })
    const options = { schema: z.record(z.string(), z.string()), path: '/app', ...at(aws) }
    const error = await loadError(loadConfig(options))

    expect(error.unreadable).toMatchObject([{ code: 'ACCESS_DENIED', parameter: '/app' }])
  })

  it('lets validate() refuse what the schema accepts', async () => {
    const aws = await localAws()
    put(aws, { '/app/min': '5', '/app/max': '3' })
    const validate = ({ min, max }: z.output<typeof schema>) => {
      if (min > max) throw new Error('min lies above max')
    }
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws), validate }))

    expect(error.invalid).toMatchObject([
      { code: 'VALIDATE_FAILED', detail: expect.stringContaining('min lies above max') },
    ])
  })

  it('lets prepare() come last, with the frozen value and a signal', async () => {
    const aws = await localAws()
    put(aws, { '/app/min': '1', '/app/max': '3' })
    const seen: unknown[] = []
    const validate = () => seen.push('validate')
    const prepare = async (...args: unknown[]) => seen.push(...args)
    await using config = await loadConfig({ schema, path: '/app', ...at(aws), validate, prepare })

    expect(seen).toEqual(['validate', config.current, undefined, { signal: expect.any(AbortSignal) }])
  })

  it('does not wait for a hook for ever', async () => {
    const aws = await localAws()
    put(aws, { '/app/min': '1', '/app/max': '3' })
    const prepare = () => new Promise(() => undefined)
    const error = await loadError(
      loadConfig({ schema, path: '/app', ...at(aws), prepare, startup: { timeoutMs: 200 } }),
    )

    expect(error.invalid).toMatchObject([{ code: 'PREPARE_FAILED', detail: 'prepare() did not finish in time' }])
  })
})
