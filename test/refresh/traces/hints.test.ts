import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/index.ts'
import { readyLife, written } from '../../support/refresh-trace.ts'

const a = written('/app/a')
const b = written('/app/b')
const closed = new ConfigError('CLOSED', 'closed')

describe('hints', () => {
  it('are followed 250 ms after the last of them, and at most 2 s after the first', async () => {
    const { loop, clock, news } = await readyLife()
    for (let count = 0; count < 30; count++) {
      loop.send({ type: 'hintReceived', hints: [count % 2 === 0 ? a : b] })
      await clock.advance(100)
    }
    await clock.advance(1_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '2000 fly hints notification /app/a /app/b', // 2 s after the first, although they go on coming
      '3150 fly hints notification /app/a /app/b', // the burst went on until 2900
    ])
  })

  it('are spread over a fleet: each instance waits for as long as chance has it', async () => {
    const { loop, clock, news } = await readyLife({ splayMs: 10_000 }, 0.3)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(100)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(5_000)

    expect(news()[0]).toBe('3350 fly hints notification /app/a /app/b')
  })

  it('that arrive during a flight cause exactly one more', async () => {
    const { loop, clock, script, news } = await readyLife()
    script({ outcome: 'unchanged', takesMs: 5_000 })
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(1_000)
    for (const hint of [a, b, a]) loop.send({ type: 'hintReceived', hints: [hint] })
    await clock.advance(10_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '250 fly hints notification /app/a', // quiescence is over; the reading takes five seconds
      '5250 fly hints notification /app/a /app/b', // all that came meanwhile, at once
    ])
  })

  it('whose parameter has not moved are looked at again after one and five seconds, then left to the poll', async () => {
    const { loop, clock, script, news } = await readyLife()
    const unconfirmed = { outcome: 'unchanged', unconfirmed: [a] } as const
    script(unconfirmed, unconfirmed, unconfirmed)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(20_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '250 fly hints notification /app/a', // it is as it was: AWS may be late
      '1250 fly hints recheck /app/a', // one second after the first look
      '5250 fly hints recheck /app/a', // five seconds after it, and never again
    ])
  })

  it('are looked at again together', async () => {
    const { loop, clock, script, news } = await readyLife()
    script({ outcome: 'unchanged', unconfirmed: [a] }, { outcome: 'unchanged', unconfirmed: [b] })
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(500)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(1_500)

    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '250 fly hints notification /app/a', // the first is as it was
      '750 fly hints notification /app/b', // and so is the second
      '1250 fly hints recheck /app/a /app/b', // both, when the first is due
    ])
  })
})

describe('what has to have moved', () => {
  it('is looked at now, past splay and quiescence, and again after 1 s and 5 s while it has not', async () => {
    const { loop, clock, script, news } = await readyLife({ splayMs: 60_000 })
    news()
    const unconfirmed = [a]
    script(
      { outcome: 'unchanged', unconfirmed },
      { outcome: 'unchanged', unconfirmed },
      { outcome: 'unchanged', unconfirmed },
    )
    const looking = loop.readNow([a], () => false)
    await clock.advance(20_000)

    expect(news()).toEqual([
      '0 fly hints credentials /app/a', // at once
      '0 unchanged', // the store is behind whoever has moved it
      '1000 fly hints recheck /app/a', // one second after the first look
      '1000 unchanged',
      '5000 fly hints recheck /app/a', // and five
      '5000 unchanged', // from now on it is left to the poll
    ])
    expect(await looking).toBe(true)
  })

  it('waits for the flight that is under way, and until it is published', async () => {
    const { loop, clock, script, news } = await readyLife()
    news()
    script({ outcome: 'unchanged', takesMs: 500 }, { outcome: 'published', unconfirmed: [b] })
    loop.refresh()
    let isOver = false
    let isPublished = false
    loop
      .readNow([a, b], () => isPublished)
      .then(() => {
        isOver = true
      })
    await clock.advance(499)
    expect(isOver).toBe(false)
    isPublished = true
    await clock.advance(1)

    expect(isOver).toBe(true)
    expect(news()).toEqual([
      '0 fly full refresh',
      '500 verify',
      '500 unchanged',
      '500 fly hints credentials /app/a /app/b',
      '500 commit snapshot of 500',
      '500 changed',
    ])
  })

  it('is not waited for when nothing can be read, nor when the config is closed', async () => {
    const { loop, clock, script } = await readyLife()
    script('failed')
    const failing = loop.readNow([a], () => false)
    await clock.advance(0)
    expect(await failing).toBe(false)

    const closing = loop.readNow([a], () => false)
    loop.close(closed)
    expect(await closing).toBe(false)
  })
})

describe('a look at what was hinted alone', () => {
  it('says nothing of the age of the rest', async () => {
    const { loop, clock, script, news } = await readyLife({ pollEveryMs: false, maxStaleMs: 60_000 })
    script('unchanged', 'published', 'unchanged')
    await clock.advance(30_000)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(40_000)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(1_000)
    await loop.refresh()

    expect(news()).toEqual([
      '30250 fly hints notification /app/a', // one parameter is looked at
      '30250 unchanged', // and is as it was
      '60000 stale age-exceeded', // the others were not looked at for a minute
      '70250 fly hints notification /app/b', // another one is looked at
      '70250 commit snapshot of 70250', // and has moved
      '70250 changed', // which is told, but the rest is as old as before
      '71000 fly full refresh', // everything is looked at
      '71000 verify', // and is right
      '71000 unchanged', // nothing else has moved
      '71000 recovered', // so now it is young
    ])
  })
})
