import { describe, expect, it } from 'vitest'
import { changeHandler, lambdaNotifications } from '../../src/lambda/index.ts'
import type { Hint, PolicyNotice } from '../../src/source/index.ts'
import { created, deleted, failedImage, inEnvelope, stageMoved, unchanged } from '../notifications/samples.ts'
import { put } from '../support/aws.ts'
import { changing, load } from '../support/changes.ts'
import { rejection } from '../support/rejection.ts'

// As of @types/aws-lambda.
function sqs(...bodies: readonly unknown[]) {
  const Records = bodies.map((body, index) => ({
    messageId: `m${index}`,
    receiptHandle: 'h',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: '1' },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:changes',
    awsRegion: 'us-east-1',
  }))
  return { Records }
}

function sns(event: unknown) {
  const Sns = {
    Type: 'Notification',
    MessageId: 'm',
    TopicArn: 't',
    Message: JSON.stringify(event),
    SigningCertUrl: '',
  }
  return { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: 's', Sns }] }
}

describe('changeHandler', () => {
  function setUp(failOn?: string) {
    const taken: string[] = []
    const handler = changeHandler(async (change: Hint | PolicyNotice) => {
      const name = 'name' in change ? `${change.operation} ${change.name}` : `${change.policy} ${change.parameter}`
      if (failOn !== undefined && name.includes(failOn)) throw new Error('no')
      taken.push(name)
    })
    return { handler, taken }
  }

  it.each<[string, unknown, readonly string[]]>([
    ['EventBridge', created, ['put MyExampleParameter']],
    ['EventBridge, by the detail alone', created.detail, ['put MyExampleParameter']],
    ['EventBridge, of a policy', unchanged, ['NoChangeNotification foo']],
    ['SNS', sns(stageMoved), ['label mySecret']],
    ['SQS', sqs(created, inEnvelope(deleted)), ['put MyExampleParameter', 'delete MyExampleParameter']],
    ['a schedule', { ...created, source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }, []],
    ['an API', { httpMethod: 'GET', path: '/' }, []],
    ['Kinesis', { Records: [{ eventSource: 'aws:kinesis', kinesis: { data: '' } }] }, []],
    ['no service', undefined, []],
    ['a list', [created], []],
    [
      'records of nothing',
      { Records: [null, 1, {}, { eventSource: 'aws:sqs' }, { EventSource: 'aws:sns', Sns: null }] },
      [],
    ],
  ])('passes on the changes in an event of %s', async (_, event, names) => {
    const { handler, taken } = setUp()
    expect(await handler(event)).toEqual({ batchItemFailures: [] })
    expect(taken).toEqual(names)
  })

  it('reports the SQS messages for which `take` failed, and no others', async () => {
    const { handler, taken } = setUp('delete')
    const batch = sqs(created, deleted, 'hello', failedImage, stageMoved)
    expect(await handler(batch)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] })
    expect(taken).toEqual(['put MyExampleParameter', 'label mySecret'])
  })

  it('fails the invocation for other services, so that Lambda retries', async () => {
    const { handler } = setUp('put')
    expect(await rejection(handler(created))).toEqual(new Error('no'))
    expect(await rejection(handler(sns(created)))).toEqual(new Error('no'))
  })
})

describe('lambdaNotifications', () => {
  it('reads the parameters in an event before its handler resolves', async () => {
    const aws = await changing()
    const changes = lambdaNotifications()
    const { config } = await load(aws, changes)
    put(aws, { '/app/a': 'moved', '/app/more/m': 'moved too' })
    expect(await changes.handler(sqs(about('/app/a'), about('/app/more/m'), 'hello'))).toEqual({
      batchItemFailures: [],
    })
    expect(config.current).toMatchObject({ a: 'moved', more: { m: 'moved too' } })
    expect(config.status().notifications).toMatchObject({ received: 2, ignored: 1, unrelated: 0 })

    const calls = aws.counts.total
    await changes.handler(about('/other'))
    expect(aws.counts.total).toBe(calls)
  })

  it('does not wait until AWS answers again', async () => {
    const aws = await changing()
    const changes = lambdaNotifications()
    const { config } = await load(aws, changes)
    const outage = aws.faults.add({ kind: 'error', status: 400, name: 'AccessDeniedException', message: 'no' })
    await changes.handler(about('/app/a'))
    outage.remove()

    expect(config.status()).toMatchObject({ state: 'stale', reason: 'source-error' })
    expect(config.current.a).toBe('x')
  })
})

/** An event with the present time. */
function about(name: string): object {
  return { ...created, id: name, time: new Date().toISOString(), detail: { ...created.detail, name } }
}
