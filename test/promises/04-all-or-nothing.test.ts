import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

const schema = z.object({ min: z.number(), max: z.number() })

describe('4. publishes a whole candidate or nothing', () => {
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

  it.each([
    ['returns false', () => false],
    ['resolves with false', async () => false],
  ])('takes a validate() that %s as a refusal, with secrets too', async (_, validate) => {
    const aws = await localAws()
    put(aws, { '/app/min': ['SecureString', '3'], '/app/max': '5' })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws), validate }))

    expect(error.invalid).toMatchObject([
      { code: 'VALIDATE_FAILED', detail: 'validate() refused the configuration: it returned false' },
    ])
  })

  it('calls prepare() last, with the frozen value and a signal', async () => {
    const aws = await localAws()
    put(aws, { '/app/min': '1', '/app/max': '3' })
    const seen: unknown[] = []
    const validate = () => seen.push('validate')
    const prepare = async (...args: unknown[]) => seen.push(...args)
    await using config = await loadConfig({ schema, path: '/app', ...at(aws), validate, prepare })

    expect(seen).toEqual(['validate', config.current, undefined, { signal: expect.any(AbortSignal) }])
  })

  it('limits the time of a hook', async () => {
    const aws = await localAws()
    put(aws, { '/app/min': '1', '/app/max': '3' })
    const prepare = () => new Promise(() => undefined)
    const error = await loadError(
      loadConfig({ schema, path: '/app', ...at(aws), prepare, startup: { timeoutMs: 200 } }),
    )

    expect(error.invalid).toMatchObject([{ code: 'PREPARE_FAILED', detail: 'prepare() did not finish in time' }])
    expect(error.invalid[0]?.remedy).toContain('200 ms')
  })

  it.each([
    ['reading', 'TIMEOUT'],
    ['validate', 'VALIDATE_FAILED'],
    ['prepare', 'PREPARE_FAILED'],
  ] as const)('gives a refresh 10 s in total, and aborts the signal of %s then', async (endless, code) => {
    const clock = createFakeClock()
    const source = memorySource({ clock, parameters: { '/app/min': '1', '/app/max': '3' } })
    const abortedAt: number[] = []
    const take = (what: string, signal: AbortSignal) => {
      if (what !== endless) return clock.sleep(4_000)
      signal.addEventListener('abort', () => abortedAt.push(clock.now()))
      return new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    const hook = (what: string) => (_next: unknown, previous: unknown, options: { readonly signal: AbortSignal }) =>
      previous && take(what, options.signal)
    const [validate, prepare] = [hook('validate'), hook('prepare')]
    await using config = await loadConfig({ schema, path: '/app', source, clock, poll: false, validate, prepare })
    const { read } = source
    source.read = async (request, options) => {
      await take('reading', options.signal)
      return read(request, options)
    }
    source.put('/app/min', '2')
    const refreshing = loadError(config.refresh())
    await clock.advance(9_999)
    expect(abortedAt).toEqual([])
    await clock.advance(1)

    expect(abortedAt).toEqual([10_000])
    expect((await refreshing).problems).toMatchObject([{ code }])
    expect(config.current).toEqual({ min: 1, max: 3 })
  })
})
