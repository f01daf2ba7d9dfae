import { expect, it } from 'vitest'
import { localAws } from '../support/aws.ts'
import { readingCalls, startInstance, storeFleet } from '../support/fleet.ts'
import { inLambda } from '../support/lambda.ts'
import { describeWithRedis, redisClient, startRedis } from '../support/redis.ts'

describeWithRedis('a shared cache in Lambda', () => {
  it('is read at the start and written by it, without a lease or a connection afterwards', async () => {
    inLambda()
    const [aws, redis] = await Promise.all([localAws(), startRedis()])
    storeFleet(aws)
    const { arn } = aws.keys.create()
    const client = await redisClient(redis.port)
    const first = startInstance(aws, client, arn)
    await first.ready
    expect(readingCalls(aws)).toBe(2)
    expect(await redis.run('KEYS', '*:lease')).toEqual([])
    expect(await redis.run('PUBSUB', 'CHANNELS')).toEqual([])

    aws.resetCounts()
    const second = startInstance(aws, client, arn)
    await second.ready
    expect(second.current.greeting).toBe('hello')
    expect(readingCalls(aws)).toBe(0)
  })
})
