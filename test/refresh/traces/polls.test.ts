import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/index.ts'
import { readyLoop, scriptedLoop, written } from '../../support/refresh-trace.ts'
import { rejection } from '../../support/rejection.ts'

const a = written('/app/a')
const closed = new ConfigError('CLOSED', 'closed')

describe('polls', () => {
  it.each([
    ['cost six seconds a call', { pollCalls: 20 }, undefined, 120_000],
    ['are no more frequent than once a minute', { pollCalls: 1 }, undefined, 60_000],
    ['are as frequent as poll.everyMs says', { pollCalls: 20 }, 5_000, 5_000],
  ])('%s', async (_, findings, pollEveryMs, everyMs) => {
    const { loop, clock, script, trace } = scriptedLoop({ pollEveryMs })
    script({ kind: 'published', ...findings }, { kind: 'unchanged', ...findings })
    loop.send({ type: 'started' })
    await clock.advance(everyMs * 1.5)

    expect(trace.filter((line) => line.includes('poll'))).toEqual([
      `${everyMs / 2} refresh poll poll`,
      `${everyMs * 1.5} refresh poll poll`,
    ])
  })

  it('stretch to five minutes while notifications work', async () => {
    const { loop, clock, newRefreshes } = await readyLoop()
    loop.send({ type: 'healthChanged', isHealthy: true })
    await clock.advance(400_000)
    expect(newRefreshes()).toEqual(['30000 refresh poll poll', '330000 refresh poll poll'])

    loop.send({ type: 'healthChanged', isHealthy: false })
    await clock.advance(150_000)
    expect(newRefreshes()).toEqual([
      '460000 refresh poll poll', // a minute after notifications failed, and not at 630000
      '520000 refresh poll poll', // another minute later
    ])
  })

  it('do not stretch for an hour after a poll found a change that no notification reported', async () => {
    const { loop, clock, script, newLines, newRefreshes } = await readyLoop()
    loop.send({ type: 'healthChanged', isHealthy: true })
    script('unchanged', 'published')
    await clock.advance(330_000)
    expect(loop.state.health.missed).toBe(1)
    newLines()
    const polls: string[] = []
    for (let minute = 0; minute < 70; minute++) {
      loop.send({ type: 'messageReceived' })
      await clock.advance(60_000)
      polls.push(...newRefreshes())
    }

    expect(polls).toHaveLength(62)
    expect(polls.slice(0, 2)).toEqual(['390000 refresh poll poll', '450000 refresh poll poll'])
    expect(polls.slice(-3)).toEqual([
      '3930000 refresh poll poll',
      '4230000 refresh poll poll',
      '4530000 refresh poll poll',
    ])
  })

  it.each([
    ['that a notification reported', { hinted: true, isHealthy: true }],
    ['while notifications do not work', { hinted: false, isHealthy: false }],
  ])('do not count a change %s as missed', async (_, { hinted, isHealthy }) => {
    const { loop, clock, script } = await readyLoop()
    loop.send({ type: 'healthChanged', isHealthy })
    script('published')
    await clock.advance(29_900)
    if (hinted) loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(100)

    expect(loop.state.health.missed).toBe(0)
  })

  it('become frequent for a while when notifications are silent for twice as long as before', async () => {
    const { loop, clock, newLines, newRefreshes } = await readyLoop()
    loop.send({ type: 'healthChanged', isHealthy: true })
    await clock.advance(20 * 60_000)
    loop.send({ type: 'messageReceived' })
    newLines()
    await clock.advance(39 * 60_000)
    expect(newRefreshes().length).toBeLessThanOrEqual(8)

    await clock.advance(11 * 60_000)
    expect(newRefreshes().length).toBeGreaterThanOrEqual(7)

    await clock.advance(29 * 60_000)
    expect(newRefreshes().length).toBeLessThanOrEqual(7)
  })

  it('are followed by a refresh that was requested during the reading', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop()
    script({ kind: 'unchanged', takesMs: 1_000 }, 'published')
    await clock.advance(30_500)
    const result = loop.refresh()
    await clock.advance(1_000)

    expect(await result).toBe('changed')
    expect(newRefreshes()).toEqual(['30000 refresh poll poll', '31000 refresh full refresh'])
  })

  it('read secrets at a separate time', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop({ pollEveryMs: 200_000 })
    script({ kind: 'unchanged', secretsDueInMs: 120_000 }, { kind: 'unchanged', secretsDueInMs: 300_000 })
    await loop.refresh()
    await clock.advance(150_000)

    expect(newRefreshes()).toEqual(['0 refresh full refresh', '120000 refresh secrets poll'])
  })
})

describe('concurrent calls of refresh()', () => {
  it('share one more refresh after the running refresh', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop()
    script({ kind: 'published', takesMs: 100 })
    const results = Promise.all(Array.from({ length: 10_000 }, () => loop.refresh()))
    await clock.advance(200)

    expect(new Set(await results)).toEqual(new Set(['changed', 'unchanged']))
    expect(newRefreshes()).toEqual(['0 refresh full refresh', '100 refresh full refresh'])
  })

  it('are rejected when the config is closed', async () => {
    const { loop, clock, script, newLines } = await readyLoop()
    script({ kind: 'published', takesMs: 100 })
    const results = [rejection(loop.refresh()), rejection(loop.refresh())]
    await clock.advance(50)
    loop.close(closed)
    await clock.advance(1_000_000)

    expect(await Promise.all(results)).toEqual([closed, closed])
    expect(newLines()).toEqual(['0 refresh full refresh', '50 emit closed']) // no line after this one
    expect(clock.sleepers).toBe(0)
  })
})
