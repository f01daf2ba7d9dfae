import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { at, localAws, put } from '../support/aws.ts'
import { pattern } from '../support/changes.ts'
import { runProgram } from '../support/service.ts'

const fixture = fileURLToPath(new URL('../support/idle-process.mjs', import.meta.url))

// The SDK's timers for a request kept the process alive for up to 3 s; now it ends within a few milliseconds.
const atOnceMs = 500

it.each([
  ['sqs', 0],
  ['sqs', 2],
  ['sns', 0],
  ['sns', 1],
] as const)('a process that listens by %s ends at once after its work and %d changes', async (kind, changes) => {
  const aws = await localAws()
  put(aws, { '/app/a': 'x' })
  const [queue, topic] = [aws.queues.create('changes'), aws.topics.create('changes')]
  for (const { arn } of [queue, topic]) aws.events.route(pattern, arn)
  const where = { kind, changes, queueUrl: queue.url, topicArn: topic.arn, ...at(aws) }
  const { output, ...end } = await runProgram([fixture, JSON.stringify(where)], { env: {} })

  expect(end).toEqual({ code: 0, errors: '' })
  expect(Number(output)).toBeLessThan(atOnceMs)
})
