import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { localAws, put } from '../support/aws.ts'
import { callsDuringFreezes, startFunction } from '../support/lambda-runtime.ts'
import { isWholeSuite, sample } from '../support/suite.ts'

const root = fileURLToPath(new URL('../support/functions', import.meta.url))
// Longer than the time between polls: 1 s ± 10 %.
const freezeMs = 1_200

async function setUpFunction(handler: string, env: Readonly<Record<string, string>>) {
  const aws = await localAws()
  const others = Array.from({ length: 40 }, (_, index) => [`/app/more/group${index % 4}-${index}`, 'x'] as const)
  put(aws, { '/app/a': 'first', ...Object.fromEntries(others) })
  // The warning about frequent polls comes at the start.
  const said =
    'liveparam: poll.everyMs: a poll makes 5 calls, which is 5 of the 40 calls per second that an account has by default\n'
  return { aws, said, start: () => startFunction(aws, { root, handler, env }) }
}

const clients = [
  ['the AWS SDK', 'sdk'],
  ['lightClient()', 'light'],
] as const

describe.each(clients)('a function with %s that is frozen between its invocations', (_, client) => {
  const setUp = (handler: string, env: Readonly<Record<string, string>> = {}) =>
    setUpFunction(handler, { LIVEPARAM_TEST_CLIENT: client, ...env })

  it('sees the changes since its last invocation, without a failure', async () => {
    const { aws, said, start } = await setUp('wrapped.handler')
    aws.faults.add({ kind: 'latency', ms: 20 })
    const lambda = await start()
    await lambda.initialized
    const seen: unknown[] = []
    const values = sample(['second', 'third', 'fourth'], 1)
    for (const value of values) {
      await lambda.stayFrozen(freezeMs)
      put(aws, { '/app/a': value })
      // Longer than the lifetime of sockets.
      aws.closeIdleConnections()
      const { kind, body, left } = await lambda.invoke({ until: value })
      expect(left).toMatchObject({ timers: [], requests: [] })
      seen.push([kind, body])
    }

    expect(seen).toMatchObject(values.map((a) => ['response', { a, state: 'ready', failures: 0 }]))
    expect(seen.at(-1)).toMatchObject(['response', { calls: { 'ssm:GetParameters': { failed: 0, aborted: 0 } } }])
    expect(callsDuringFreezes(aws, lambda)).toEqual([])
    expect(lambda.output).toBe(said)
  })

  it('repeats its first call after a freeze if the connection is dead', async () => {
    const { aws, said, start } = await setUp('wrapped.handler')
    const lambda = await start()
    await lambda.initialized
    await lambda.stayFrozen(freezeMs)
    put(aws, { '/app/a': 'second' })
    const reset = aws.faults.add({ kind: 'reset', times: 1 })
    const { body } = await lambda.invoke({ until: 'second' })
    reset.remove()

    expect(body).toMatchObject({ a: 'second', state: 'ready', failures: 0 })
    expect(Object.values(Object(body).calls)).toMatchObject([{ failed: 0 }, { failed: 0 }])
    expect(lambda.output).toBe(said)
  })

  it.runIf(isWholeSuite)('leaves nothing running if AWS takes longer than the handler', async () => {
    const { aws, said, start } = await setUp('wrapped.handler')
    const lambda = await start()
    await lambda.initialized
    await lambda.stayFrozen(freezeMs)
    put(aws, { '/app/a': 'second' })
    const slow = aws.faults.add({ kind: 'latency', ms: 5_000 })
    const cut = await lambda.invoke()
    expect(cut).toMatchObject({ kind: 'response', body: { a: 'first', state: 'ready', failures: 0 } })
    expect(cut.left).toMatchObject({ timers: [], requests: [] })
    expect(cut.left.tookMs).toBeGreaterThan(190)

    slow.remove()
    const next = await lambda.invoke({ until: 'second' })
    expect(next).toMatchObject({ body: { a: 'second', state: 'ready', failures: 0 } })
    expect(next.left).toMatchObject({ timers: [], requests: [] })
    expect(callsDuringFreezes(aws, lambda)).toEqual([])
    expect(lambda.output).toBe(said)
  })

  it.runIf(isWholeSuite)(
    'leaves nothing running at any point where a refresh is aborted, connecting included',
    {
      timeout: 40_000,
    },
    async () => {
      const { aws, start } = await setUp('wrapped.handler')
      const lambda = await start()
      await lambda.initialized
      for (const ms of [40, 50, 66, 100, 195, 205]) {
        await lambda.stayFrozen(freezeMs)
        aws.closeIdleConnections()
        const slow = aws.faults.add({ kind: 'latency', ms })
        expect((await lambda.invoke()).left).toMatchObject({ timers: [], requests: [] })
        slow.remove()
      }
    },
  )

  it.runIf(isWholeSuite)('polls while a handler runs for long', async () => {
    const { aws, start } = await setUp('wrapped.handler')
    const lambda = await start()
    const { left } = await lambda.invoke({ workMs: 2_500 })
    expect(aws.counts.calls['ssm:GetParameters']).toBeGreaterThan(2)
    expect(left).toMatchObject({ timers: [], requests: [] })
  })

  it.runIf(isWholeSuite)('starts after a freeze during its start', async () => {
    const startup = { timeoutMs: 500 }
    const env = { LIVEPARAM_TEST_OPTIONS: JSON.stringify({ startup }) }
    const { aws, said, start } = await setUp('created.handler', env)
    const slow = aws.faults.add({ kind: 'latency', ms: 300 })
    const lambda = await start()
    await lambda.initialized
    await lambda.stayFrozen(freezeMs)
    aws.closeIdleConnections()
    slow.remove()
    const { kind, body, left } = await lambda.invoke()

    expect({ kind, body }).toMatchObject({ kind: 'response', body: { a: 'first', state: 'ready' } })
    expect(left).toMatchObject({ timers: [], requests: [] })
    expect(lambda.output).toBe(said)
  })

  it('does not refresh without withConfig, and warns once', async () => {
    const { aws, start } = await setUp('bare.handler')
    const lambda = await start()
    await lambda.initialized
    aws.resetCounts()
    await lambda.stayFrozen(freezeMs)
    put(aws, { '/app/a': 'second' })
    for (let count = 0; count < 3; count++) {
      const { body, left } = await lambda.invoke()
      expect(body).toMatchObject({ a: 'first', state: 'ready', failures: 0 })
      expect(left).toMatchObject({ timers: [], requests: [] })
    }

    expect(aws.counts.total).toBe(0)
    expect(lambda.output.match(/liveparam: the config is not refreshed/g)).toHaveLength(1)
  })

  it('fails in its init phase with one readable block', async () => {
    const { aws, start } = await setUp('wrapped.handler')
    aws.parameters.delete('/app/a')
    const lambda = await start()

    await expect(lambda.initialized).rejects.toThrow(/^liveparam: could not load the configuration: 1 missing/)
  })
})
