import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/index.ts'
import { readyLife, scriptedLife, written } from '../../support/refresh-trace.ts'
import { rejection } from '../../support/rejection.ts'

const a = written('/app/a')
const closed = new ConfigError('CLOSED', 'closed')

describe('polls', () => {
  it.each([
    ['cost six seconds a call', { pollCalls: 20 }, undefined, 120_000],
    ['are no more frequent than once a minute', { pollCalls: 1 }, undefined, 60_000],
    ['are as frequent as they are told to be', { pollCalls: 20 }, 5_000, 5_000],
  ])('%s', async (_, summary, pollEveryMs, everyMs) => {
    const { loop, clock, script, trace } = scriptedLife({ pollEveryMs })
    script({ outcome: 'published', ...summary }, { outcome: 'unchanged', ...summary })
    loop.send({ type: 'started' })
    await clock.advance(everyMs * 1.5)

    expect(trace.filter((line) => line.includes('poll'))).toEqual([
      `${everyMs / 2} fly poll poll`,
      `${everyMs * 1.5} fly poll poll`,
    ])
  })

  it('stretch to five minutes while notifications work, and no longer', async () => {
    const { loop, clock, news } = await readyLife()
    loop.send({ type: 'healthChanged', isHealthy: true })
    await clock.advance(400_000)
    expect(news().filter((line) => line.includes('fly'))).toEqual(['30000 fly poll poll', '330000 fly poll poll'])

    loop.send({ type: 'healthChanged', isHealthy: false })
    await clock.advance(150_000)
    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '460000 fly poll poll', // a minute after notifications have failed, and not at 630000
      '520000 fly poll poll', // and a minute after that
    ])
  })

  it('are as frequent as without notifications for an hour after one has found what nobody told of', async () => {
    const { loop, clock, script, news } = await readyLife()
    loop.send({ type: 'healthChanged', isHealthy: true })
    script('unchanged', 'published')
    await clock.advance(330_000)
    expect(loop.state.health.missed).toBe(1)
    news()
    const polls: string[] = []
    for (let minute = 0; minute < 70; minute++) {
      loop.send({ type: 'messageReceived' })
      await clock.advance(60_000)
      polls.push(...news().filter((line) => line.includes('fly')))
    }

    expect(polls).toHaveLength(62)
    expect(polls.slice(0, 2)).toEqual(['390000 fly poll poll', '450000 fly poll poll'])
    expect(polls.slice(-3)).toEqual(['3930000 fly poll poll', '4230000 fly poll poll', '4530000 fly poll poll'])
  })

  it.each([
    ['that was told of', { hinted: true, isHealthy: true }],
    ['while notifications do not work', { hinted: false, isHealthy: false }],
  ])('do not count as missed what they find %s', async (_, { hinted, isHealthy }) => {
    const { loop, clock, script } = await readyLife()
    loop.send({ type: 'healthChanged', isHealthy })
    script('published')
    await clock.advance(29_900)
    if (hinted) loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(100)

    expect(loop.state.health.missed).toBe(0)
  })

  it('become frequent for a while when notifications have been silent for twice as long as ever', async () => {
    const { loop, clock, news } = await readyLife()
    loop.send({ type: 'healthChanged', isHealthy: true })
    await clock.advance(20 * 60_000)
    loop.send({ type: 'messageReceived' })
    news()
    await clock.advance(39 * 60_000)
    expect(news().filter((line) => line.includes('fly')).length).toBeLessThanOrEqual(8)

    await clock.advance(11 * 60_000)
    expect(news().filter((line) => line.includes('fly')).length).toBeGreaterThanOrEqual(7)

    await clock.advance(29 * 60_000)
    expect(news().filter((line) => line.includes('fly')).length).toBeLessThanOrEqual(7)
  })

  it('are followed by one that was asked for while they read', async () => {
    const { loop, clock, script, news } = await readyLife()
    script({ outcome: 'unchanged', takesMs: 1_000 }, 'published')
    await clock.advance(30_500)
    const result = loop.refresh()
    await clock.advance(1_000)

    expect(await result).toBe('changed')
    expect(news().filter((line) => line.includes('fly'))).toEqual(['30000 fly poll poll', '31000 fly full refresh'])
  })

  it('leave secrets to a time of their own', async () => {
    const { loop, clock, script, news } = await readyLife({ pollEveryMs: 200_000 })
    script({ outcome: 'unchanged', secretsDueAt: 120_000 }, { outcome: 'unchanged', secretsDueAt: 420_000 })
    await loop.refresh()
    await clock.advance(150_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual(['0 fly full refresh', '120000 fly secrets poll'])
  })
})

describe('concurrent calls of refresh()', () => {
  it('share one more refresh after the one that is reading already', async () => {
    const { loop, clock, script, news } = await readyLife()
    script({ outcome: 'published', takesMs: 100 })
    const results = Promise.all(Array.from({ length: 10_000 }, () => loop.refresh()))
    await clock.advance(200)

    expect(new Set(await results)).toEqual(new Set(['changed', 'unchanged']))
    expect(news().filter((line) => line.includes('fly'))).toEqual(['0 fly full refresh', '100 fly full refresh'])
  })

  it('are rejected when the config is closed', async () => {
    const { loop, clock, script, news } = await readyLife()
    script({ outcome: 'published', takesMs: 100 })
    const results = [rejection(loop.refresh()), rejection(loop.refresh())]
    await clock.advance(50)
    loop.close(closed)
    await clock.advance(1_000_000)

    expect(await Promise.all(results)).toEqual([closed, closed])
    expect(news()).toEqual(['0 fly full refresh', '50 closed']) // and nothing after that
    expect(clock.sleepers).toBe(0)
  })
})
