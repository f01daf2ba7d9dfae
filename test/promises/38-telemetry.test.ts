import { SSMClient } from '@aws-sdk/client-ssm'
import { trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { openTelemetry } from '../../src/adapters/otel.ts'
import { loadConfig, secret } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { startOpenTelemetry } from '../support/otel.ts'

const schema = z.object({
  a: z.string(),
  password: z.string(),
  more: z.record(z.string(), z.string()),
  login: secret('login', z.string()),
})

async function store() {
  const aws = await localAws()
  put(aws, { '/app/a': 'x', '/app/password': ['SecureString', 'hunter2'], '/app/more/m': '1' })
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

describe('38. what it does is measured where that is wanted, and nowhere else', () => {
  it('calls by action and by how they ended, and decryptions', async () => {
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

  it('spans of the AWS SDK stand below those of the start and of each refresh', async () => {
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

  it('neither values nor names of parameters and secrets', async () => {
    const exported = startOpenTelemetry()
    const aws = await store()
    await using config = await loadConfig({ schema, path: '/app', telemetry: openTelemetry(), ...at(aws) })
    aws.policy.deny({ action: '*', resource: '/app/password' })
    put(aws, { '/app/a': 'moved' })
    await config.refresh().catch(() => undefined)
    const told = JSON.stringify(await exported.everything())

    expect(told).toContain('ACCESS_DENIED')
    for (const word of ['hunter2', 'password', 'login', 'moved', '/app/']) expect(told).not.toContain(word)
  })
})
