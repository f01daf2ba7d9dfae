import { describe, expect, it } from 'vitest'
import type { RefreshRules } from '../../../src/refresh/state.ts'
import { readyLoop, scriptedLoop, written } from '../../support/refresh-trace.ts'

const a = written('/app/a')
const b = written('/app/b')

describe('invocations', () => {
  async function invokedLife(rules: Partial<RefreshRules> = {}) {
    const state = await readyLoop({ ...rules, isInvoked: true })
    return {
      ...state,
      resume: () => state.loop.send({ type: 'resumed' }),
      suspend: () => state.loop.send({ type: 'suspended' }),
    }
  }

  it('have what is due by the wall clock done as soon as one begins, and nothing between them', async () => {
    const { clock, newLines, resume, suspend } = await invokedLife()
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
      '3600000 refresh poll poll', // due since 30000, and made now
      '3600000 verify', // nothing has moved
      '3600000 emit unchanged', // the next is due a minute later: not in the second invocation
    ])
  })

  it('that last for long are like a life without them', async () => {
    const { loop, clock, newRefreshes, resume } = await invokedLife()
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

  it('break off with their end what is under way, which is no failure, and make up for it with the next', async () => {
    const { loop, clock, script, newLines, resume, suspend } = await invokedLife()
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
      '60000 refresh poll poll', // broken off 20 ms later
      '60520 refresh poll poll', // still owed, and taken up at once
      '60520 commit snapshot of 60520', // what the first one did not get to see
      '60520 emit changed', // told like any other
    ])
  })

  it('that are too short for a look do not all wait for one: what was broken off twice is tried less often', async () => {
    const { clock, script, newLines, resume, suspend } = await invokedLife()
    await clock.advance(60_000)
    script(...Array.from({ length: 20 }, () => ({ kind: 'unchanged', takesMs: 100 }) as const))
    for (let count = 0; count < 100; count++) {
      resume()
      await clock.advance(50)
      suspend()
      await clock.advance(50)
    }

    expect(newLines()).toEqual([
      '60000 refresh poll poll', // broken off
      '60100 refresh poll poll', // with the next one, and again
      '60900 refresh poll poll', // 1 s, of which chance takes up to a half
      '62450 refresh poll poll', // 2 s
      '65450 refresh poll poll', // 4 s
    ])
  })

  it('lose no hint: what was broken off is read by whatever takes off next', async () => {
    const { loop, clock, script, newRefreshes, resume, suspend } = await invokedLife({ pollEveryMs: false })
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
      '250 refresh hints notification /app/a', // broken off
      '260 refresh hints notification /app/a', // and again: from now on less often …
      '520 refresh hints notification /app/a /app/b', // … but not left out
    ])
  })

  it('serve whoever asked in an earlier one', async () => {
    const { loop, clock, script, resume, suspend } = await invokedLife({ pollEveryMs: false })
    script({ kind: 'unchanged', takesMs: 100 }, 'published')
    resume()
    const result = loop.refresh()
    await clock.advance(50)
    suspend()
    await clock.advance(60_000)
    resume()

    expect(await result).toBe('changed')
  })

  it('are not needed by whoever asks', async () => {
    const { loop, clock, script, newLines } = await invokedLife()
    script('published')
    await clock.advance(1_000)

    expect(await loop.refresh()).toBe('changed')
    expect(newLines()[0]).toBe('1000 refresh full refresh')
    expect(clock.sleepers).toBe(0)
  })

  it('look once when what is served has become too old meanwhile, whatever is due', async () => {
    const { loop, clock, script, newLines, resume, suspend } = await invokedLife({
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
      '20000 emit stale age-exceeded', // it has been for ten seconds
      '20000 refresh poll poll', // although nobody polls
      '20000 emit rejected', // which helps nothing, so no other invocation is held up by it
    ])
  })

  it('have a start that has failed tried again, in background mode', async () => {
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
