import { describe, expect, it } from 'vitest'
import type { RefreshRules } from '../../../src/refresh/state.ts'
import { readyLoop, scriptedLoop, written } from '../../support/refresh-trace.ts'

const a = written('/app/a')
const b = written('/app/b')

describe('invocations', () => {
  async function invokedLoop(rules: Partial<RefreshRules> = {}) {
    const ready = await readyLoop({ ...rules, isInvoked: true })
    return {
      ...ready,
      resume: () => ready.loop.send({ type: 'resumed' }),
      suspend: () => ready.loop.send({ type: 'suspended' }),
    }
  }

  it('start due refreshes at once, and none run between invocations', async () => {
    const { clock, newLines, resume, suspend } = await invokedLoop()
    await clock.advance(3_600_000)
    expect(newLines()).toEqual([])
    expect(clock.sleepers).toBe(0)

    resume()
    await clock.advance(10)
    suspend()
    await clock.advance(59_000)
    resume()
    await clock.advance(0)
    suspend()
    expect(clock.sleepers).toBe(0)
    expect(newLines()).toEqual([
      '3600000 refresh poll poll', // due since 30000
      '3600000 verify', // unchanged
      '3600000 emit unchanged', // the next one is due a minute later, after the second invocation
    ])
  })

  it('that last long refresh as on a server', async () => {
    const { loop, clock, newRefreshes, resume } = await invokedLoop()
    resume()
    await clock.advance(91_000)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(1_000)

    expect(newRefreshes()).toEqual([
      '30000 refresh poll poll',
      '90000 refresh poll poll',
      '91250 refresh hints notification /app/a',
    ])
  })

  it('interrupt the running refresh at their end, and the next one continues it', async () => {
    const { loop, clock, script, newLines, resume, suspend } = await invokedLoop()
    await clock.advance(60_000)
    script({ kind: 'unchanged', takesMs: 100 }, 'published')
    resume()
    await clock.advance(20)
    suspend()
    expect(loop.state).toMatchObject({ state: 'ready', failures: 0 })
    await loop.idle()
    expect(clock.sleepers).toBe(0)
    await clock.advance(500)
    resume()
    await clock.advance(0)

    expect(newLines()).toEqual([
      '60000 refresh poll poll', // interrupted 20 ms later
      '60520 refresh poll poll', // still due, so it starts at once
      '60520 commit snapshot of 60520', // the change that the first one could not read
      '60520 emit changed', // emitted as usual
    ])
  })

  it('that are too short for a refresh do not all wait for it: after two interruptions it backs off', async () => {
    const { clock, script, newLines, resume, suspend } = await invokedLoop()
    await clock.advance(60_000)
    script(...Array.from({ length: 20 }, () => ({ kind: 'unchanged', takesMs: 100 }) as const))
    for (let count = 0; count < 100; count++) {
      resume()
      await clock.advance(50)
      suspend()
      await clock.advance(50)
    }

    expect(newLines()).toEqual([
      '60000 refresh poll poll', // interrupted
      '60100 refresh poll poll', // by the next invocation, and interrupted again
      '60900 refresh poll poll', // 1 s, minus a quarter at random
      '62450 refresh poll poll', // 2 s
      '65450 refresh poll poll', // 4 s
    ])
  })

  it('lose no hint: the next refresh includes the interrupted one', async () => {
    const { loop, clock, script, newRefreshes, resume, suspend } = await invokedLoop({ pollEveryMs: false })
    script(...Array.from({ length: 2 }, () => ({ kind: 'unchanged', takesMs: 100 }) as const))
    resume()
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(260)
    suspend()
    resume()
    await clock.advance(10)
    suspend()
    resume()
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(260)

    expect(newRefreshes()).toEqual([
      '250 refresh hints notification /app/a', // interrupted
      '260 refresh hints notification /app/a', // interrupted again: from now on less often
      '520 refresh hints notification /app/a /app/b', // but included in the next refresh
    ])
  })

  it('settle a call of refresh() from an earlier invocation', async () => {
    const { loop, clock, script, resume, suspend } = await invokedLoop({ pollEveryMs: false })
    script({ kind: 'unchanged', takesMs: 100 }, 'published')
    resume()
    const result = loop.refresh()
    await clock.advance(50)
    suspend()
    await clock.advance(60_000)
    resume()

    expect(await result).toBe('changed')
  })

  it('are not needed for refresh()', async () => {
    const { loop, clock, script, newLines } = await invokedLoop()
    script('published')
    await clock.advance(1_000)

    expect(await loop.refresh()).toBe('changed')
    expect(newLines()[0]).toBe('1000 refresh full refresh')
    expect(clock.sleepers).toBe(0)
  })

  it('refresh once when the snapshot is older than maxStaleMs, even without polling', async () => {
    const { loop, clock, script, newLines, resume, suspend } = await invokedLoop({
      pollEveryMs: false,
      maxStaleMs: 10_000,
    })
    script('rejected')
    await clock.advance(20_000)
    for (let count = 0; count < 3; count++) {
      resume()
      await clock.advance(10)
      suspend()
    }

    expect(loop.state.reason).toBe('age-exceeded')
    expect(newLines()).toEqual([
      '20000 emit stale age-exceeded', // too old for ten seconds
      '20000 refresh poll poll', // although polling is off
      '20000 emit rejected', // rejected, so later invocations do not wait for it
    ])
  })

  it('retry a failed start, in background mode', async () => {
    const { loop, clock, script, trace } = scriptedLoop({ mode: 'background', isInvoked: true })
    script('failed', 'published')
    loop.send({ type: 'started' })
    await clock.advance(10_000)
    expect(trace).toEqual(['0 refresh full start', '0 emit failed'])
    loop.send({ type: 'resumed' })
    await clock.advance(0)

    expect(trace.slice(2)).toEqual(['10000 refresh full retry', '10000 commit snapshot of 10000', '10000 emit ready'])
  })
})
