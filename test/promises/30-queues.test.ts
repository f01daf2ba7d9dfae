import { describe, expect, it } from 'vitest'
import { snsNotifications } from '../../src/sqs/index.ts'
import { at, put } from '../support/aws.ts'
import { listening, load, withTopic } from '../support/changes.ts'

describe('30. a message is done with when its hint is taken, and each instance of a fleet has its own', () => {
  it('tells each instance of each change, and is gone when the config is closed', async () => {
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

  it('is acknowledged although AWS cannot be read, and what it told of is read later', async () => {
    const { aws, queue, config } = await listening()
    aws.faults.add({ kind: 'error', status: 400, name: 'AccessDeniedException', message: 'no', action: 'ssm:*' })
    put(aws, { '/app/a': 'y' })
    await expect.poll(() => config.status().reason).toBe('source-error')
    expect(aws.queues.messages(queue.url)).toEqual({ visible: 0, inFlight: 0 })
    aws.faults.clear()
    await expect.poll(() => config.current.a).toBe('y')

    expect(config.status().state).toBe('ready')
  })

  it('is acknowledged when it is not understood', async () => {
    const { aws, queue, config } = await listening()
    aws.queues.send(queue.url, 'hello')
    await expect.poll(() => config.status().notifications.ignored).toBe(1)

    await expect.poll(() => aws.queues.messages(queue.url)).toEqual({ visible: 0, inFlight: 0 })
  })
})
