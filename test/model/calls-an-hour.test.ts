import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type ConfigOptions, loadConfig } from '../../src/index.ts'
import type { ReadRequest } from '../../src/ports.ts'
import type { NotificationSource } from '../../src/source/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { makeNotifier } from '../support/notifier.ts'

const keys = Array.from({ length: 100 }, (_, index) => `key${index}`)
const schema = z.object(Object.fromEntries(keys.map((key) => [key, z.string()])))
const stored = Object.fromEntries([...keys, 'sentinel'].map((key) => [`/app/${key}`, 'x']))
const hourMs = 3_600_000
const quota = 40

describe('the calls in docs/operations.md', () => {
  it('one refresh of a hundred parameters makes ten calls', async () => {
    const aws = await localAws()
    put(aws, stored)
    await using config = await loadConfig({ schema, path: '/app', poll: false, ...at(aws) })
    aws.resetCounts()
    await config.refresh()

    expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 10 })
  })

  it.each([
    ['polls every minute', {}],
    ['reliable notifications', { notifications: listening() }],
    ['polls every minute, with a `sentinel`', { sentinel: '/app/sentinel' }],
  ])('%s', async (name, options) => {
    const calls = await callsAnHour(options)

    expect(documented(name)).toEqual([calls, Math.floor((quota * 3_600) / calls)])
  })
})

function listening(): NotificationSource {
  const notifier = makeNotifier()
  return {
    name: 'test',
    listen(inbox, options) {
      inbox.healthy()
      return notifier.listen(inbox, options)
    },
  }
}

/** Half a day after the start, when the poll interval is stable. */
async function callsAnHour(options: Partial<ConfigOptions>): Promise<number> {
  const clock = createFakeClock()
  const store = memorySource({ clock, parameters: stored })
  let calls = 0
  const read: typeof store.read = (request, given) => {
    calls += callsFor(request)
    return store.read(request, given)
  }
  const source = { ...store, read }
  await using config = await loadConfig({ ...options, schema, path: '/app', source, clock, random: () => 0.5 })
  await clock.advance(11 * hourMs)
  calls = 0
  await clock.advance(hourMs)
  expect(config.status().state).toBe('ready')
  return calls
}

function callsFor({ hierarchies, names }: ReadRequest): number {
  return hierarchies.length > 0 ? keys.length / 10 : Math.ceil(names.length / 10)
}

/** The row of the table: the calls per hour, and the number of instances that use up the quota. */
function documented(name: string): (number | undefined)[] {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const row = page.split('\n').find((line) => line.startsWith(`| ${name} `)) ?? ''
  return [...row.matchAll(/\d[\d,]*/g)].map(([number]) => Number(number.replace(',', '')))
}
