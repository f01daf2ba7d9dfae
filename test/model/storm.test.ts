import { SSMClient } from '@aws-sdk/client-ssm'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { deliverEvent } from '../../src/notifications/change-event.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { localAws } from '../support/aws.ts'
import { chanceOf } from '../support/chance.ts'
import { makeNotifier } from '../support/notifier.ts'

const stepMs = 250
const stormMs = 10 * 60_000
// Polls are up to 5.5 minutes apart, and reads are up to three seconds stale.
const worstMs = 330_000 + 3_000 + stepMs
const calmMs = 2 * worstMs

const schema = z.object({
  a: z.string(),
  b: z.string(),
  more: z.record(z.string(), z.string()),
})
const names = ['/app/a', '/app/b', '/app/more/x', '/app/more/y']

it.each([1, 2, 3])(
  'publishes the last write when half of the events are lost, the others arrive twice, late and out of order, and reads are stale (%s)',
  {
    timeout: 60_000,
  },
  async (seed) => {
    const random = chanceOf(seed)
    const clock = createFakeClock(1_700_000_000_000)
    const aws = await localAws({ clock })
    const queue = aws.queues.create('changes')
    aws.events.route({ source: ['aws.ssm'] }, queue.arn)
    for (const name of names) aws.parameters.put({ name, value: '0' })
    await clock.advance(10_000)
    aws.queues.take(queue.url)
    aws.faults.add({ kind: 'stale', forMs: 3_000, action: 'ssm:*' })
    const { client, quiet } = counting(new SSMClient(aws.clientOptions))
    const notifier = makeNotifier()
    const config = await loadConfig({ schema, path: '/app', client, notifications: notifier, clock, random })
    onTestFinished(() => config.close())
    notifier.inbox.healthy()
    const startedAt = clock.now()
    const stored = new Map(names.map((name) => [name, 0]))
    // Writes that have not been seen yet, with their times.
    let unseen: { readonly name: string; readonly value: number; readonly at: number }[] = []
    let writes = 0
    let delivered = 0
    let longestMs = 0

    const write = (name: string) => {
      writes++
      aws.parameters.put({ name, value: String(writes) })
      stored.set(name, writes)
      unseen.push({ name, value: writes, at: clock.now() })
    }
    const seen = (name: string) => {
      const { a, b, more } = config.current
      return Number({ '/app/a': a, '/app/b': b, '/app/more/x': more.x, '/app/more/y': more.y }[name])
    }

    const pass = async (ms: number, chanceOfWrite: number) => {
      for (let passed = 0; passed < ms; passed += stepMs) {
        if (random() < chanceOfWrite) write(names[Math.floor(random() * names.length)] ?? '')
        for (const body of aws.queues.take(queue.url)) {
          if (random() < 0.5) continue
          delivered++
          for (let copy = 0; copy < 2; copy++) {
            void clock.sleep(random() * 60_000).then(() => deliverEvent(body, notifier.inbox))
          }
        }
        await clock.advance(stepMs)
        await quiet()
        for (const { name, value, at } of unseen)
          if (seen(name) >= value) longestMs = Math.max(longestMs, clock.now() - at)
        unseen = unseen.filter(({ name, value }) => seen(name) < value)
      }
    }
    await pass(stormMs, 0.05)
    await pass(calmMs, 0)

    expect(unseen).toEqual([])
    expect(names.map(seen)).toEqual([...stored.values()])
    expect(longestMs).toBeLessThanOrEqual(worstMs)
    const { notifications, missedNotifications, state } = config.status()
    expect(writes).toBeGreaterThan(60)
    expect(notifications.received).toBe(2 * delivered)
    expect(notifications.duplicates).toBe(delivered)
    expect(missedNotifications).toBeGreaterThan(0)
    expect(state).toBe('ready')
    // One refresh for each delivered event, a few rechecks, and a poll of two calls (one path is open) per minute.
    const minutes = (clock.now() - startedAt) / 60_000
    expect(aws.counts.total).toBeLessThanOrEqual(1.5 * delivered + 2 * minutes)
  },
)

/** A client, and a wait until none of its calls is running. */
function counting(client: SSMClient) {
  onTestFinished(() => client.destroy())
  let asked = 0
  client.middlewareStack.add(
    (next) => async (args) => {
      asked++
      try {
        return await next(args)
      } finally {
        asked--
      }
    },
    { step: 'initialize' },
  )
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const quiet = async () => {
    // An answer may cause another call.
    for (let calm = 0; calm < 3; calm = asked > 0 ? 0 : calm + 1) await turn()
  }
  return { client, quiet }
}
