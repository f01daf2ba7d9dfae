import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/index.ts'
import { scriptedLoop, written } from '../../support/refresh-trace.ts'

const a = written('/app/a')
const closed = new ConfigError('CLOSED', 'closed')

describe('a start', () => {
  it('is ready with the first snapshot, and polls from then on', async () => {
    const { loop, clock, script, trace } = scriptedLoop()
    script('published')
    loop.send({ type: 'started' })
    await clock.advance(100_000)

    expect(trace).toEqual([
      '0 refresh full start', // nothing is known yet
      '0 commit snapshot of 0', // the candidate is accepted
      '0 emit ready', // the first snapshot is no change of anything
      '30000 refresh poll poll', // the first phase is left to chance: half of a minute here
      '30000 verify', // what is served is known to be right as of now
      '30000 emit unchanged', // nobody but `unchanged` hears of it
      '90000 refresh poll poll', // from then on every minute, give or take a tenth
      '90000 verify', // nothing moved since
      '90000 emit unchanged', // and that is told again
    ])
  })

  it('that fails is over in strict mode, until somebody asks again', async () => {
    const { loop, clock, script, trace } = scriptedLoop()
    script('failed', 'published')
    loop.send({ type: 'started' })
    await clock.advance(3_600_000)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(3_600_000)
    expect(trace).toEqual(['0 refresh full start', '0 emit failed'])
    expect(loop.state.state).toBe('failed')

    await loop.refresh()
    expect(trace.slice(2)).toEqual([
      '7200000 refresh full refresh /app/a', // what was hinted meanwhile is part of it
      '7200000 commit snapshot of 7200000', // what the start could not do
      '7200000 emit ready', // the first snapshot, however late
    ])
  })

  it('that fails goes on in background mode, whatever the reason', async () => {
    const { loop, clock, script, trace } = scriptedLoop({ mode: 'background' })
    script('failed', 'rejected', 'published')
    loop.send({ type: 'started' })
    await clock.advance(5_000)

    expect(trace).toEqual([
      '0 refresh full start', // nothing is known yet
      '0 emit failed', // told as an error; there is nothing to be stale
      '750 refresh full retry', // 1 s, of which chance takes up to a half
      '750 emit failed', // a rejected candidate is no snapshot either
      '2250 refresh full retry', // 2 s by now, less what chance takes
      '2250 commit snapshot of 2250', // somebody has mended the store
      '2250 emit ready', // the first snapshot, however late
    ])
  })

  it('is closed before it has landed, and what lands then is dropped', async () => {
    const { loop, clock, script, trace } = scriptedLoop()
    script({ kind: 'published', takesMs: 100 })
    loop.send({ type: 'started' })
    await clock.advance(50)
    loop.close(closed)
    await clock.advance(100)

    expect(trace).toEqual(['0 refresh full start', '50 emit closed'])
  })
})
