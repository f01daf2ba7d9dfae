import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/index.ts'
import { readyLoop, written } from '../../support/refresh-trace.ts'

const a = written('/app/a')
const b = written('/app/b')
const closed = new ConfigError('CLOSED', 'closed')

describe('hints', () => {
  it('are read 250 ms after the last hint, and at most 2 s after the first', async () => {
    const { loop, clock, newRefreshes } = await readyLoop()
    for (let count = 0; count < 30; count++) {
      loop.send({ type: 'hintReceived', hints: [count % 2 === 0 ? a : b] })
      await clock.advance(100)
    }
    await clock.advance(1_000)

    expect(newRefreshes()).toEqual([
      '2000 refresh hints notification /app/a /app/b', // 2 s after the first, although more arrive
      '3150 refresh hints notification /app/a /app/b', // the last hint arrived at 2900
    ])
  })

  it('wait for a random splay, so that a fleet does not read at once', async () => {
    const { loop, clock, newLines } = await readyLoop({ splayMs: 10_000 }, 0.3)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(100)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(5_000)

    expect(newLines()[0]).toBe('3350 refresh hints notification /app/a /app/b')
  })

  it('that arrive during a refresh cause exactly one more refresh', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop()
    script({ kind: 'unchanged', takesMs: 5_000 })
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(1_000)
    for (const hint of [a, b, a]) loop.send({ type: 'hintReceived', hints: [hint] })
    await clock.advance(10_000)

    expect(newRefreshes()).toEqual([
      '250 refresh hints notification /app/a', // quiescence is over; the reading takes five seconds
      '5250 refresh hints notification /app/a /app/b', // all hints that arrived meanwhile
    ])
  })

  it('whose parameter has not changed yet are read again after 1 s and 5 s, then left to the poll', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop()
    const unconfirmed = { kind: 'unchanged', unconfirmed: [a] } as const
    script(unconfirmed, unconfirmed, unconfirmed)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(20_000)

    expect(newRefreshes()).toEqual([
      '250 refresh hints notification /app/a', // unchanged: AWS may be late
      '1250 refresh hints recheck /app/a', // 1 s after the first attempt
      '5250 refresh hints recheck /app/a', // 5 s after it, for the last time
    ])
  })

  it('are read again together', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop()
    script({ kind: 'unchanged', unconfirmed: [a] }, { kind: 'unchanged', unconfirmed: [b] })
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(500)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(1_500)

    expect(newRefreshes()).toEqual([
      '250 refresh hints notification /app/a', // the first is unchanged
      '750 refresh hints notification /app/b', // the second is unchanged, too
      '1250 refresh hints recheck /app/a /app/b', // both, when the first is due
    ])
  })
})

describe('readNow()', () => {
  it('reads without splay and quiescence, and again after 1 s and 5 s while the value has not changed', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ splayMs: 60_000 })
    newLines()
    const unconfirmed = [a]
    script({ kind: 'unchanged', unconfirmed }, { kind: 'unchanged', unconfirmed }, { kind: 'unchanged', unconfirmed })
    const reading = loop.readNow([a], () => false)
    await clock.advance(20_000)

    expect(newLines()).toEqual([
      '0 refresh hints credentials /app/a', // at once
      '0 emit unchanged', // the store has no new value yet
      '1000 refresh hints recheck /app/a', // 1 s after the first attempt
      '1000 emit unchanged',
      '5000 refresh hints recheck /app/a', // 5 s after it
      '5000 emit unchanged', // then left to the poll
    ])
    expect(await reading).toBe(true)
  })

  it('waits for the running refresh, and for the publication', async () => {
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

  it('resolves with false after a failure, and after close()', async () => {
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

describe('a refresh of hinted names', () => {
  it('does not verify the other parameters', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false, maxStaleMs: 60_000 })
    script('unchanged', 'published', 'unchanged')
    await clock.advance(30_000)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(40_000)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(1_000)
    await loop.refresh()

    expect(newLines()).toEqual([
      '30250 refresh hints notification /app/a', // one parameter is read
      '30250 emit unchanged', // and is unchanged
      '60000 emit stale age-exceeded', // the others were not read for a minute
      '70250 refresh hints notification /app/b', // another one is read
      '70250 commit snapshot of 70250', // and has changed
      '70250 emit changed', // but the rest is as old as before
      '71000 refresh full refresh', // everything is read
      '71000 verify', // and verified
      '71000 emit unchanged', // without another change
      '71000 emit recovered', // so the age is zero
    ])
  })
})
