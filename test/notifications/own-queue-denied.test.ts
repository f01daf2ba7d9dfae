import { describe, expect, it } from 'vitest'
import { snsNotifications } from '../../src/sqs/index.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/index.ts'
import { at, put } from '../support/aws.ts'
import { load, withTopic } from '../support/changes.ts'

describe('a role without all permissions', () => {
  it.each([
    ['subscribe nor delete', ['sns:Subscribe', 'sqs:DeleteQueue']],
    ['subscribe', ['sns:Subscribe']],
    ['set attributes nor delete', ['sqs:SetQueueAttributes', 'sqs:DeleteQueue']],
    ['get attributes nor delete', ['sqs:GetQueueAttributes', 'sqs:DeleteQueue']],
  ])('leaves one queue after any number of attempts: it may not %s', async (_, denied) => {
    const clock = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic()
    const denials = denied.map((action) => aws.policy.deny({ action, resource: '*' }))
    const { config } = await load(aws, snsNotifications({ topicArn: topic.arn, ...at(aws) }), { clock })
    const [call = ''] = denied
    const attempts = () => aws.counts.calls[call] ?? 0
    await expect.poll(attempts).toBe(1)
    const names = [...aws.queues.names]
    expect(names).toHaveLength(1)
    for (let seen = 1; seen < 8; seen = attempts()) {
      await clock.advance(60_000)
      await expect.poll(attempts).toBeGreaterThan(seen)
      expect(aws.queues.names).toEqual(names)
    }
    for (const denial of denials) denial.remove()
    const isHealthy = () => config.status().notifications.sources[0]?.isHealthy
    await expect.poll(afterSome(clock, isHealthy)).toBe(true)
    put(aws, { '/app/a': 'y' })
    await expect.poll(afterSome(clock, () => config.current.a)).toBe('y')
    await config.close()

    expect(aws.queues.names).toEqual([])
    expect(aws.topics.subscribers(topic.arn)).toEqual([])
  })

  it('creates one queue although the answer to CreateQueue is lost', async () => {
    const clock = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic()
    aws.faults.add({ kind: 'half-body', action: 'sqs:CreateQueue', times: 3 })
    const { config } = await load(aws, snsNotifications({ topicArn: topic.arn, ...at(aws) }), { clock })
    const isHealthy = () => config.status().notifications.sources[0]?.isHealthy
    await expect.poll(afterSome(clock, isHealthy)).toBe(true)

    expect(aws.queues.names).toHaveLength(1)
  })
})

/** Reads a value repeatedly, each time after a retry may have been due. */
function afterSome<Value>(clock: FakeClock, read: () => Value): () => Promise<Value> {
  return async () => {
    await clock.advance(5_000)
    return read()
  }
}
