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
      '0 refresh full start', // no snapshot yet
      '0 commit snapshot of 0', // the candidate is accepted
      '0 emit ready', // the first snapshot is no change
      '30000 refresh poll poll', // the first phase is random: half a minute here
      '30000 verify', // the snapshot is verified now
      '30000 emit unchanged', // without a change
      '90000 refresh poll poll', // then every minute ±10 %
      '90000 verify', // verified again
      '90000 emit unchanged', // without a change
    ])
  })

  it('that fails is final in strict mode, until refresh() is called', async () => {
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
      '7200000 refresh full refresh /app/a', // includes the hint
      '7200000 commit snapshot of 7200000', // the first snapshot
      '7200000 emit ready', // ready, although late
    ])
  })

  it('that fails continues in background mode, for any reason', async () => {
    const { loop, clock, script, trace } = scriptedLoop({ mode: 'background' })
    script('failed', 'rejected', 'published')
    loop.send({ type: 'started' })
    await clock.advance(5_000)

    expect(trace).toEqual([
      '0 refresh full start', // no snapshot yet
      '0 emit failed', // an error; there is no snapshot to be stale
      '750 refresh full retry', // 1 s, minus a quarter at random
      '750 emit failed', // a rejection counts as a failure
      '2250 refresh full retry', // 2 s, minus a quarter
      '2250 commit snapshot of 2250', // the store is valid now
      '2250 emit ready', // ready, although late
    ])
  })

  it('that is closed drops its late outcome', async () => {
    const { loop, clock, script, trace } = scriptedLoop()
    script({ kind: 'published', takesMs: 100 })
    loop.send({ type: 'started' })
    await clock.advance(50)
    loop.close(closed)
    await clock.advance(100)

    expect(trace).toEqual(['0 refresh full start', '50 emit closed'])
  })
})
