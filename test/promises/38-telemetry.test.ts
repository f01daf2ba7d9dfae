import { Console } from 'node:console'
import { SSMClient } from '@aws-sdk/client-ssm'
import { trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type ConfigOptions, loadConfig, secret } from '../../src/index.ts'
import { openTelemetry } from '../../src/otel/index.ts'
import type { Telemetry } from '../../src/source/index.ts'
import { createTestConfig } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { Lines, loggers } from '../support/loggers.ts'
import { startOpenTelemetry } from '../support/otel.ts'

const schema = z.object({
  greeting: z.string(),
  password: z.string(),
  tenants: z.record(z.string(), z.string()),
  login: secret('login', z.string()),
})

async function store() {
  const aws = await localAws()
  put(aws, { '/app/greeting': 'x', '/app/password': ['SecureString', 'hunter2'], '/app/tenants/acme': '1' })
  aws.secrets.create({ name: 'login', value: 'hunter2' })
  return aws
}

/** A client that makes a span for each call, as the instrumentation of the AWS SDK does. */
function tracedClient(options: ConstructorParameters<typeof SSMClient>[0]): SSMClient {
  const client = new SSMClient({ ...options })
  client.middlewareStack.add(
    (next, { commandName }) =>
      (input) =>
        trace.getTracer('aws-sdk').startActiveSpan(`SSM.${commandName}`, async (span) => {
          const answer = await next(input)
          span.end()
          return answer
        }),
    { step: 'initialize' },
  )
  return client
}

describe('38. measures its work for telemetry that is passed in', () => {
  it('counts calls by action and outcome, and decryptions', async () => {
    const exported = startOpenTelemetry()
    const aws = await store()
    aws.faults.add({ kind: 'throttle', action: 'ssm:GetParametersByPath', ratePerSecond: 0, burst: 0, times: 1 })
    await using config = await loadConfig({ schema, path: '/app', telemetry: openTelemetry(), ...at(aws) })
    await config.refresh()
    const points = await exported.points()
    const calls = points['liveparam.calls']?.map(({ attributes, value, unit }) => {
      return [value, unit, attributes['liveparam.call.action'], attributes['liveparam.call.outcome']].join(' ')
    })

    expect(calls?.filter((line) => !line.startsWith('0')).sort()).toEqual([
      '1 {call} ssm:GetParametersByPath throttled',
      '2 {call} ssm:GetParametersByPath answered',
      '4 {call} ssm:GetParameters answered',
    ])
    expect(points['liveparam.decryptions']).toMatchObject([{ value: aws.counts.decryptions, unit: '{decryption}' }])
  })

  it('nests spans of the AWS SDK below the spans of the start and of each refresh', async () => {
    const exported = startOpenTelemetry()
    const aws = await store()
    const client = tracedClient(aws.clientOptions)
    await using config = await loadConfig({ schema, path: '/app', telemetry: openTelemetry(), client })
    await config.refresh()
    const spans = exported.spans()
    const parents = new Map(spans.map((span) => [span.spanContext().spanId, span.name]))
    const below = spans.map(({ name, parentSpanContext }) => {
      return `${name} < ${parents.get(parentSpanContext?.spanId ?? '') ?? ''}`
    })
    const [load] = spans.filter(({ name }) => name === 'liveparam load')

    expect(new Set(below)).toEqual(
      new Set([
        'SSM.GetParametersCommand < liveparam load',
        'SSM.GetParametersByPathCommand < liveparam load',
        'liveparam load < ',
        'SSM.GetParametersCommand < liveparam refresh',
        'SSM.GetParametersByPathCommand < liveparam refresh',
        'liveparam refresh < ',
      ]),
    )
    expect(load?.attributes['liveparam.refresh.calls']).toBe(3)
    client.destroy()
  })

  it('records no values and no names except the paths of the config', async () => {
    const exported = startOpenTelemetry()
    const aws = await store()
    await using config = await loadConfig({ schema, path: '/app', telemetry: openTelemetry(), ...at(aws) })
    put(aws, { '/app/greeting': 'moved' })
    await config.refresh()
    aws.policy.deny({ action: '*', resource: '/app/password' })
    await config.refresh().catch(() => undefined)
    aws.policy.clear()
    aws.parameters.delete('/app/greeting')
    await config.refresh().catch(() => undefined)
    const names = new Set<unknown>()
    const told = JSON.stringify(await exported.everything(), (key, value: unknown) => {
      if (key !== 'liveparam.config.name') return value
      names.add(value)
      return undefined
    })

    expect(names).toEqual(new Set(['/app']))
    for (const code of ['ACCESS_DENIED', 'MISSING_PARAMETER']) expect(told).toContain(code)
    for (const word of ['hunter2', 'moved', 'app', 'greeting', 'password', 'tenants', 'acme', 'login'])
      expect(told).not.toContain(word)
  })
})

describe('38. logs to any logger', () => {
  it.each(Object.entries(loggers))('logs keys without values to %s', async (_, make) => {
    const stream = new Lines()
    const { logger, read } = make(stream)
    await change({ logger })

    expect(stream.lines.map(read)).toEqual([
      'info liveparam: loaded as revision 1',
      'info liveparam: changed to revision 2 (refresh): a',
      expect.stringMatching(
        /^warn liveparam: could not refresh the configuration, the last one stays in use: 1 invalid/,
      ),
    ])
    expect(stream.lines.join()).not.toContain('hunter2')
  })

  it('logs to the console, and to a logger with warn() only', async () => {
    const stream = new Lines()
    const warnings: string[] = []
    await change({ logger: new Console(stream) })
    await change({ logger: { warn: (message) => warnings.push(message) } })

    expect(stream.lines.slice(0, 2)).toEqual([
      'liveparam: loaded as revision 1',
      'liveparam: changed to revision 2 (refresh): a',
    ])
    expect(warnings).toEqual([
      expect.stringContaining('could not refresh the configuration, the last one stays in use'),
    ])
  })
})

describe('38. keeps working', () => {
  const full = () => {
    throw new Error('the disk is full')
  }
  const rejecting = async () => full()
  const silent = { notified: () => undefined, closed: () => undefined }

  it.each([
    ['throws', full],
    ['rejects', rejecting],
  ])('with a logger that %s', async (_, log) => {
    expect(await change({ logger: { info: log, warn: log, error: log } })).toEqual([])
  })

  it.each<[string, Telemetry]>([
    ['throws in instrument()', { instrument: full }],
    ['throws in every method', { instrument: () => ({ refresh: full, notified: full, closed: full }) }],
    ['rejects', { instrument: () => ({ refresh: rejecting, notified: rejecting, closed: rejecting }) }],
    ['throws after a refresh', { instrument: () => ({ refresh: (_, run) => run().then(full), ...silent }) }],
  ])('with telemetry that %s, and warns once', async (_, telemetry) => {
    expect(await change({ telemetry })).toEqual([expect.stringMatching(/^telemetry: Error at .* was thrown$/)])
  })

  // Where @opentelemetry/api is not installed either: test/package/absent-peers.test.ts.
  it('without an OpenTelemetry SDK, and does not warn', async () => {
    expect(await change({ telemetry: openTelemetry() })).toEqual([])
  })
})

/** Loads, changes, is refused, and closes: nothing of which may fail. @returns What it warned of. */
async function change(told: Pick<ConfigOptions, 'logger' | 'telemetry'>): Promise<readonly string[]> {
  const options = { schema: z.object({ a: z.string() }), path: '/app', ...told }
  const config = await createTestConfig(options, { values: { a: 'hunter2' } })
  const changes: unknown[] = []
  config.on('change', ({ revision }) => changes.push(revision))
  await config.set({ values: { a: 'hunter2-moved' } })
  using _rejection = config.reject()
  await config.set({ values: { a: 'hunter2-refused' } }).catch(() => undefined)
  await config.close()
  expect(changes).toEqual([2])
  expect(config.current).toEqual({ a: 'hunter2-moved' })
  return config.explain().warnings
}
