import { expect, it } from 'vitest'
import { localAws } from '../support/aws.ts'
import { storeFleet } from '../support/fleet.ts'
import { describeWithRedis, startRedis } from '../support/redis.ts'
import { runNode } from '../support/run-process.ts'

const program = 'test/support/idle-fleet-process.ts'

describeWithRedis('a process with a shared cache', () => {
  it.each([
    ['a config that is idle', 'nothing'],
    ['a config that is closed, and the client still connected', 'close'],
    ['a config that is idle, and a client of ioredis', 'ioredis'],
  ])('ends by itself with %s', { timeout: 90_000 }, async (_, what) => {
    const [aws, redis] = await Promise.all([localAws(), startRedis()])
    storeFleet(aws)
    const own = { REDIS_PORT: `${redis.port}`, KEY_ID: aws.keys.create().arn, WHAT: what }

    // runNode() kills a process that lives for a minute, which then has no exit code.
    expect(await runNode([program], { ...aws.environment, ...own })).toEqual({ code: 0, output: 'hello\n', errors: '' })
  })
})
