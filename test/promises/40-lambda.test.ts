import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { withConfig } from '../../src/lambda/index.ts'
import { localAws, put } from '../support/aws.ts'
import { inLambda, readyConfig } from '../support/lambda.ts'
import { callsDuringFreezes, startFunction } from '../support/lambda-runtime.ts'

const root = fileURLToPath(new URL('../support/functions', import.meta.url))

it('40. runs nothing between Lambda invocations, and runs a due refresh beside an invocation', async () => {
  const aws = await localAws()
  put(aws, { '/app/a': 'first', '/app/more/m': 'x' })
  const lambda = await startFunction(aws, { root, handler: 'wrapped.handler' })
  const seen = [await lambda.invoke()]

  // Frozen for longer than polls and connections live.
  await lambda.stayFrozen(1_200)
  put(aws, { '/app/a': 'second' })
  aws.closeIdleConnections()
  seen.push(await lambda.invoke({ until: 'second' }))

  // AWS takes longer than the handler: 200 ms are waited, and then it is broken off.
  await lambda.stayFrozen(1_200)
  put(aws, { '/app/a': 'third' })
  const slow = aws.faults.add({ kind: 'latency', ms: 5_000 })
  const patient = await lambda.invoke()
  expect(patient.left.tookMs).toBeGreaterThan(190)
  expect(patient.left.tookMs).toBeLessThan(2_000)
  slow.remove()
  seen.push(patient, await lambda.invoke({ until: 'third' }))

  expect(seen.map(({ body }) => Object(body).a)).toEqual(['first', 'second', 'second', 'third'])
  for (const { kind, body, left } of seen) {
    expect({ kind, body }).toMatchObject({ kind: 'response', body: { state: 'ready', failures: 0 } })
    expect(left).toMatchObject({ timers: [], requests: [] })
  }
  expect(callsDuringFreezes(aws, lambda)).toEqual([])
})

it('40. lets an invocation wait longer when the snapshot is older than maxStaleMs', async () => {
  inLambda()
  const { config, clock, slow } = await readyConfig({ maxStaleMs: 30_000 })
  await clock.advance(60_000)
  slow(100_000)
  const calledAt: number[] = []
  const answer = withConfig(() => void calledAt.push(clock.now()), config)({}, {})
  await clock.advance(1_999)
  expect(calledAt).toEqual([])
  await clock.advance(1)
  await answer

  expect(calledAt).toEqual([62_000])
})
