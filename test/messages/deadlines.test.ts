import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, loadConfig } from '../../src/index.ts'
import type { ParameterSource } from '../../src/source/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

const startup = { timeoutMs: 600 }

function stored(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`/app/k${index}`, String(index)]))
}

describe('an error for a deadline reports the progress', () => {
  it('counts the pages that were read of a path', async () => {
    const aws = await localAws()
    put(aws, stored(300))
    aws.faults.add({ kind: 'latency', ms: 60 })
    const schema = z.record(z.string(), z.number())
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws), startup }))

    expect(error.unreadable).toMatchObject([{ code: 'TIMEOUT', parameter: '/app', action: 'ssm:GetParametersByPath' }])
    const [, pages, parameters] = /(\d+) pages? of this path \((\d+) parameters\) were read/.exec(error.message) ?? []
    expect(Number(pages)).toBeGreaterThan(0)
    expect(Number(parameters)).toBe(Number(pages) * 10)
    expect(error.message).not.toMatch(/no answer|VPC|proxy|can be reached/)
  })

  it('counts the calls that were answered', async () => {
    const aws = await localAws()
    put(aws, stored(50))
    let calls = 0
    aws.faults.add({ kind: 'hang', when: () => ++calls > 3 })
    const schema = z.object(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, z.number()])))
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws), startup }))

    expect(error.message).toContain('3 other calls were answered')
    expect(error.message.split('\n')).toContain('  3 calls were answered, 0 throttled')
    expect(error.message).not.toMatch(/VPC|proxy/)
  })

  it('points to the network where no call was answered', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'hang' })
    const error = await loadError(
      loadConfig({ schema: z.object({ a: z.string() }), path: '/app', ...at(aws), startup }),
    )

    expect(error.unreadable).toMatchObject([
      { detail: 'no answer within 600 ms', remedy: expect.stringContaining('VPC') },
    ])
  })

  it.each(['validate', 'prepare'] as const)('names %s() while that runs', async (hook) => {
    const source = memorySource({ parameters: { '/app/a': 'x' } })
    const slow = { [hook]: () => new Promise(() => undefined) }
    const error = await loadError(
      loadConfig({ schema: z.object({ a: z.string() }), path: '/app', source, startup, ...slow }),
    )

    expect(error.invalid).toMatchObject([
      {
        detail: `${hook}() did not finish in time`,
        remedy: 'make it faster: the limit is 600 ms, or raise startup.timeoutMs',
      },
    ])
  })

  it('names the schema while that validates', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    const schema = z.object({ a: z.string().refine(() => new Promise<boolean>(() => undefined)) })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws), startup }))

    expect(error.unreadable).toMatchObject([
      {
        detail:
          'everything was read (1 call was answered, 0 throttled), and the schema was still validating at the deadline',
      },
    ])
  })

  it('does not say that everything was read if it was not, however far the validation is', async () => {
    const source = memorySource({ parameters: { '/app/a': 'x', '/app/b': 'x' } })
    source.fail('/app/b', { code: 'UNREACHABLE', isTransient: true, detail: 'no', remedy: 'none' })
    const schema = z.object({ a: z.string().refine(() => new Promise<boolean>(() => undefined)), b: z.string() })
    const error = await loadError(loadConfig({ schema, path: '/app', source, startup }))

    expect(error.unreadable).toMatchObject([
      { code: 'TIMEOUT', detail: expect.stringMatching(/^the reading had not ended at the deadline/) },
    ])
  })

  it('names neither the schema nor the network where a source is throttled', async () => {
    const clock = createFakeClock()
    let throttled = 0
    const usage = () => ({
      calls: { 'ssm:GetParameters': { answered: 2, throttled, failed: 0, aborted: 0 } },
      decryptions: 0,
    })
    const source: ParameterSource = {
      usage,
      read: () => {
        throttled = 7
        return new Promise(() => undefined)
      },
    }
    const config = createConfig({ schema: z.object({ a: z.string() }), path: '/app', clock, source })
    await clock.advance(10_000)
    await clock.advance(250)
    const error = await loadError(config.ready)

    expect(error.unreadable).toMatchObject([
      { code: 'THROTTLED', detail: 'the reading had not ended at the deadline (0 calls were answered, 7 throttled)' },
    ])
  })
})

it('counts the calls of a throttled start', async () => {
  const aws = await localAws()
  put(aws, { '/app/a': 'x' })
  aws.faults.add({ kind: 'error', status: 400, name: 'ThrottlingException', message: 'Rate exceeded' })
  const error = await loadError(loadConfig({ schema: z.object({ a: z.string() }), path: '/app', ...at(aws), startup }))

  expect(error.unreadable).toMatchObject([{ code: 'THROTTLED' }])
  expect(error.message).toMatch(/^ {2}0 calls were answered, [1-9]\d* throttled$/m)
})

it('groups 820 throttled names into one entry with a few names and a count', async () => {
  const names = Array.from({ length: 820 }, (_, index) => `k${index}`)
  const source = memorySource({ parameters: { '/app/other': 'x' } })
  for (const name of names)
    source.fail(`/app/${name}`, {
      code: 'THROTTLED',
      isTransient: true,
      detail: 'AWS asks for fewer calls',
      remedy: 'wait',
    })
  source.put('/app/other', 'x')
  for (const name of names) source.put(`/app/${name}`, '1')
  const schema = z.object({ ...Object.fromEntries(names.map((name) => [name, z.string()])), other: z.string() })
  const error = await loadError(loadConfig({ schema, path: '/app', source, startup: { timeoutMs: 50 } }))

  expect(error.problems).toHaveLength(820)
  expect(error.message.split('\n')).toEqual([
    expect.stringContaining('could not load the configuration: 820 unreadable'),
    '',
    'Could not be read',
    '  820 keys  [THROTTLED]',
    ...[...names]
      .sort()
      .slice(0, 5)
      .map((name) => `    - ${name}  /app/${name}`),
    '    … and 815 more',
    '      AWS asks for fewer calls',
    '      → wait',
  ])
})
