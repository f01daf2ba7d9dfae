import { expect, it } from 'vitest'
import { describeWithRedis } from '../support/redis.ts'
import { runNode } from '../support/run-process.ts'

describeWithRedis('examples/fleet', () => {
  it('reads AWS once for three processes and once for a change, and starts another one during an outage', {
    timeout: 60_000,
  }, async () => {
    const { code, output, errors } = await runWhileRedisAnswers()

    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    const lines = output.trim().split('\n')
    expect(lines.slice(0, 3).sort()).toEqual([1, 2, 3].map((number) => `instance ${number} is ready: hello`))
    expect(lines[3]).toBe('-- the start of all instances took 1 call to Parameter Store')
    const changed = [1, 2, 3].map((number) => `instance ${number} has the change: good evening`)
    expect(lines.slice(4, 7).sort()).toEqual(changed)
    expect(lines.slice(7)).toEqual([
      '-- the change took 1 call to Parameter Store',
      'instance 4 is ready: good evening',
      '-- a start while Parameter Store is away took 0 calls to Parameter Store',
    ])
  })
})

/** Runs the example. On a machine too busy for Redis to answer in time, instances read AWS themselves, as they should. */
async function runWhileRedisAnswers(attempts = 3): ReturnType<typeof runNode> {
  const result = await runNode(['examples/fleet/main.ts'], { REDIS_URL: undefined })
  const isBusy = result.errors.includes('has not answered within 500 ms')
  return isBusy && attempts > 1 ? runWhileRedisAnswers(attempts - 1) : result
}
