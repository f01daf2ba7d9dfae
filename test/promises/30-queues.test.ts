import { describe, expect, it } from 'vitest'
import { snsNotifications } from '../../src/sqs/index.ts'
import { at, put } from '../support/aws.ts'
import { listening, load, withTopic } from '../support/changes.ts'

describe('30. acknowledges a message when it takes the hint, with one queue per instance', () => {
  it('notifies each instance of each change, and deletes the queue on close()', async () => {
    const { aws, topic } = await withTopic()
    const notifications = snsNotifications({ topicArn: topic.arn, ...at(aws) })
    const fleet = [await load(aws, notifications), await load(aws, notifications)]
    await expect.poll(() => fleet.every(({ config }) => config.status().notifications.sources[0]?.isHealthy)).toBe(true)
    expect(aws.queues.names).toHaveLength(2)
    expect(aws.queues.names[0]).toMatch(/^liveparam-config-changes-[a-z0-9]{10}$/)
    put(aws, { '/app/a': 'y' })
    for (const { config } of fleet) await expect.poll(() => config.current.a).toBe('y')
    for (const { config } of fleet) await config.close()

    expect(aws.queues.names).toEqual([])
    expect(aws.topics.subscribers(topic.arn)).toEqual([])
  })

  it('acknowledges the message while SSM reads fail, and reads the parameter later', async () => {
    const { aws, queue, config } = await listening()
    aws.faults.add({ kind: 'error', status: 400, name: 'AccessDeniedException', message: 'no', action: 'ssm:*' })
    put(aws, { '/app/a': 'y' })
    await expect.poll(() => config.status().reason).toBe('source-error')
    expect(aws.queues.messages(queue.url)).toEqual({ visible: 0, inFlight: 0 })
    aws.faults.clear()
    await expect.poll(() => config.current.a).toBe('y')

    expect(config.status().state).toBe('ready')
  })

  it('acknowledges a message that it does not understand', async () => {
    const { aws, queue, config } = await listening()
    aws.queues.send(queue.url, 'hello')
    await expect.poll(() => config.status().notifications.ignored).toBe(1)

    await expect.poll(() => aws.queues.messages(queue.url)).toEqual({ visible: 0, inFlight: 0 })
  })
})
