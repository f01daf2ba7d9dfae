import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/index.ts'
import { readyLoop, written } from '../../support/refresh-trace.ts'

const a = written('/app/a')
const b = written('/app/b')
const closed = new ConfigError('CLOSED', 'closed')

describe('hints', () => {
  it('are followed 250 ms after the last of them, and at most 2 s after the first', async () => {
    const { loop, clock, newRefreshes } = await readyLoop()
    for (let count = 0; count < 30; count++) {
      loop.send({ type: 'hintReceived', hints: [count % 2 === 0 ? a : b] })
      await clock.advance(100)
    }
    await clock.advance(1_000)

    expect(newRefreshes()).toEqual([
      '2000 refresh hints notification /app/a /app/b', // 2 s after the first, although they go on coming
      '3150 refresh hints notification /app/a /app/b', // the burst went on until 2900
    ])
  })

  it('are spread over a fleet: each instance waits for as long as chance has it', async () => {
    const { loop, clock, newLines } = await readyLoop({ splayMs: 10_000 }, 0.3)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(100)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(5_000)

    expect(newLines()[0]).toBe('3350 refresh hints notification /app/a /app/b')
  })

  it('that arrive during a flight cause exactly one more', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop()
    script({ kind: 'unchanged', takesMs: 5_000 })
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(1_000)
    for (const hint of [a, b, a]) loop.send({ type: 'hintReceived', hints: [hint] })
    await clock.advance(10_000)

    expect(newRefreshes()).toEqual([
      '250 refresh hints notification /app/a', // quiescence is over; the reading takes five seconds
      '5250 refresh hints notification /app/a /app/b', // all that came meanwhile, at once
    ])
  })

  it('whose parameter has not moved are looked at again after one and five seconds, then left to the poll', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop()
    const unconfirmed = { kind: 'unchanged', unconfirmed: [a] } as const
    script(unconfirmed, unconfirmed, unconfirmed)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(20_000)

    expect(newRefreshes()).toEqual([
      '250 refresh hints notification /app/a', // it is as it was: AWS may be late
      '1250 refresh hints recheck /app/a', // one second after the first look
      '5250 refresh hints recheck /app/a', // five seconds after it, and never again
    ])
  })

  it('are looked at again together', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop()
    script({ kind: 'unchanged', unconfirmed: [a] }, { kind: 'unchanged', unconfirmed: [b] })
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(500)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(1_500)

    expect(newRefreshes()).toEqual([
      '250 refresh hints notification /app/a', // the first is as it was
      '750 refresh hints notification /app/b', // and so is the second
      '1250 refresh hints recheck /app/a /app/b', // both, when the first is due
    ])
  })
})

describe('what has to have moved', () => {
  it('is looked at now, past splay and quiescence, and again after 1 s and 5 s while it has not', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ splayMs: 60_000 })
    newLines()
    const unconfirmed = [a]
    script({ kind: 'unchanged', unconfirmed }, { kind: 'unchanged', unconfirmed }, { kind: 'unchanged', unconfirmed })
    const looking = loop.readNow([a], () => false)
    await clock.advance(20_000)

    expect(newLines()).toEqual([
      '0 refresh hints credentials /app/a', // at once
      '0 emit unchanged', // the store is behind whoever has moved it
      '1000 refresh hints recheck /app/a', // one second after the first look
      '1000 emit unchanged',
      '5000 refresh hints recheck /app/a', // and five
      '5000 emit unchanged', // from now on it is left to the poll
    ])
    expect(await looking).toBe(true)
  })

  it('waits for the flight that is under way, and until it is published', async () => {
    const { loop, clock, script, newLines } = await readyLoop()
    newLines()
    script({ kind: 'unchanged', takesMs: 500 }, { kind: 'published', unconfirmed: [b] })
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
    expect(newLines()).toEqual([
      '0 refresh full refresh',
      '500 verify',
      '500 emit unchanged',
      '500 refresh hints credentials /app/a /app/b',
      '500 commit snapshot of 500',
      '500 emit changed',
    ])
  })

  it('is not waited for when nothing can be read, nor when the config is closed', async () => {
    const { loop, clock, script } = await readyLoop()
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
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false, maxStaleMs: 60_000 })
    script('unchanged', 'published', 'unchanged')
    await clock.advance(30_000)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(40_000)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(1_000)
    await loop.refresh()

    expect(newLines()).toEqual([
      '30250 refresh hints notification /app/a', // one parameter is looked at
      '30250 emit unchanged', // and is as it was
      '60000 emit stale age-exceeded', // the others were not looked at for a minute
      '70250 refresh hints notification /app/b', // another one is looked at
      '70250 commit snapshot of 70250', // and has moved
      '70250 emit changed', // which is told, but the rest is as old as before
      '71000 refresh full refresh', // everything is looked at
      '71000 verify', // and is right
      '71000 emit unchanged', // nothing else has moved
      '71000 emit recovered', // so now it is young
    ])
  })
})
