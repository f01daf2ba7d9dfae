import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { type Route, routes } from '../../examples/infrastructure/template.ts'
import { loadConfig, secret, sensitive } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { platform } from '../../src/platform/node.ts'
import type { Clock } from '../../src/ports.ts'
import { snsNotifications, sqsNotifications } from '../../src/sqs/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { callsOf } from '../support/calls.ts'
import { allows, type Call, grantsOf, statementsIn } from '../support/iam.ts'
import { passing } from '../support/passing.ts'
import { patternOf, place, propertiesOf } from '../support/templates.ts'

describe.each(routes)('the policy for a service in examples/infrastructure/%s.yaml', (route) => {
  it('allows exactly the calls of liveparam', async () => {
    const { calls, statements } = await serviceLife(route)
    const grants = statements.flatMap((statement) => grantsOf(statement))

    expect(calls.filter((call) => !statements.some((statement) => allows(statement, call)))).toEqual([])
    expect(grants.filter((grant) => !calls.some((call) => allows(grant, call)))).toEqual([])
  })

  it('allows no call for other resources', async () => {
    const { calls, statements } = await serviceLife(route)
    const elsewhere = calls.filter(({ resource }) => resource !== '*').map(moved)

    expect(elsewhere.filter((call) => statements.some((statement) => allows(statement, call)))).toEqual([])
  })

  it('names every resource, except for the one action that supports none', async () => {
    const unlimited = statementsIn(propertiesOf(route, 'ServicePolicy').PolicyDocument).filter(({ Resource }) =>
      Resource?.includes('*'),
    )

    expect(unlimited.flatMap(({ Action }) => Action)).toEqual(route === 'topic' ? ['sqs:ListQueues'] : [])
  })
})

// The same call for a resource with a similar name.
function moved(call: Call): Call {
  const elsewhere = (arn: string) =>
    arn
      .replace('/shop/prod', '/shop/produce')
      .replace('prod/', 'product/')
      .replace(/:(Queue|Topic|Key|liveparam)/, ':other-$1')
  const context = Object.entries(call.context ?? {}).map(([key, arn]) => [key, elsewhere(arn)])
  return { ...call, resource: elsewhere(call.resource), context: Object.fromEntries(context) }
}

/** The calls of a service that is notified on a route, and the statements of the template's policy. */
async function serviceLife(route: Route) {
  let aheadMs = 0
  const clock: Clock = { now: () => Date.now() + aheadMs, sleep: (ms, signal) => platform.clock.sleep(ms, signal) }
  const aws = await localAws({ clock })
  const jump = (ms: number) => {
    aheadMs += ms
  }
  put(aws, { '/shop/prod/a': 'x', '/shop/prod/key': ['SecureString', 's'], '/shop/prod/more/m': '1' })
  aws.secrets.create({ name: 'prod/login', value: 'p' })
  const { arn: other } = aws.secrets.create({ name: 'prod/other', value: 'p' })
  const { arn: key } = aws.secrets.create({ name: 'Key', value: 'k' })
  const schema = z.object({
    a: z.string(),
    key: sensitive(z.string()),
    more: z.record(z.string(), z.string()),
    login: secret('prod/login', z.string()),
    absent: secret('prod/absent', z.string()).optional(),
    other: secret(other, z.string()),
    ...(route === 'api-destination' && { header: secret(key, z.string()) }),
  })
  const load = async (options: object) => {
    const config = await loadConfig({ schema, path: '/shop/prod', poll: false, ...options, ...at(aws) })
    onTestFinished(() => config.close())
    return config
  }
  await load({ strategy: 'by-path' })
  await lives[route](aws, load, jump)
  const nameOf = (logicalId: string) => (logicalId === 'Key' ? (key.split(':').at(-1) ?? '') : logicalId)
  const { PolicyDocument } = propertiesOf(route, 'ServicePolicy', { ...place, nameOf })
  // AWS's own key encrypts the key, which needs no permission.
  const calls = callsOf(aws).filter(({ context }) => context?.['kms:EncryptionContext:SecretARN'] !== key)
  return { calls, statements: statementsIn(PolicyDocument) }
}

interface Loaded {
  readonly current: { readonly a: string }
  close(): Promise<void>
}

/** @param jump Advances the clock of AWS. */
type Live = (aws: LocalAws, load: (options: object) => Promise<Loaded>, jump: (ms: number) => void) => Promise<void>

const reads: Live = async (_, load) => {
  await load({})
}

const lives: Readonly<Record<Route, Live>> = {
  async queue(aws, load) {
    const queue = aws.queues.create('Queue')
    aws.events.route(patternOf('queue'), queue.arn)
    const config = await load({ notifications: sqsNotifications({ queueUrl: queue.url, ...at(aws) }) })
    put(aws, { '/shop/prod/a': 'y' })
    await expect.poll(() => config.current.a).toBe('y')
    await expect.poll(() => aws.queues.messages(queue.url)).toEqual({ visible: 0, inFlight: 0 })
  },
  async topic(aws, load, jump) {
    const topic = aws.topics.create('Topic')
    aws.events.route(patternOf('topic'), topic.arn)
    const clock = createFakeClock(1_700_000_000_000)
    const options = { clock, notifications: snsNotifications({ topicArn: topic.arn, ...at(aws) }) }
    // A crashed instance leaves its queue behind. Another instance deletes it a day later.
    const removal = ['sqs:DeleteQueue', 'sns:Unsubscribe']
    aws.faults.add({ kind: 'error', status: 403, name: 'AccessDenied', message: '', action: removal })
    const dead = await load(options)
    await expect.poll(() => aws.topics.subscribers(topic.arn)).toHaveLength(1)
    await dead.close()
    aws.faults.clear()
    const received = aws.counts.calls['sqs:ReceiveMessage'] ?? 0
    const living = await load({ ...options, random: () => 0.5 })
    await expect.poll(() => aws.counts.calls['sqs:ReceiveMessage']).toBeGreaterThan(received)
    jump(90_000_000)
    await clock.advance(300_000)
    await expect.poll(() => aws.queues.names).toHaveLength(1)
    put(aws, { '/shop/prod/a': 'y' })
    await expect.poll(passing(clock, 1_000, () => aws.counts.calls['sqs:DeleteMessageBatch'])).toBe(1)
    await expect.poll(passing(clock, 1_000, () => living.current.a)).toBe('y')
    // An hour after its creation. The last steps are small, so that calls can finish.
    await clock.advance(3_200_000)
    await expect.poll(passing(clock, 5_000, () => aws.counts.calls['sqs:TagQueue'])).toBe(1)
    await living.close()
  },
  webhook: reads,
  'api-destination': reads,
  lambda: reads,
}
