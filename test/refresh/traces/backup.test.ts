import { describe, expect, it } from 'vitest'
import { scriptedLoop } from '../../support/refresh-trace.ts'

describe('a restored backup', () => {
  it('is published as stale, and everything is read again until AWS answers', async () => {
    const { loop, clock, script, newLines } = scriptedLoop({ pollEveryMs: false })
    script({ kind: 'restored', takesMs: 10_000, ageMs: 3_600_000 }, 'failed', 'unchanged')
    loop.send({ type: 'started' })
    await clock.advance(20_000)

    expect(newLines()).toEqual([
      '0 refresh full start',
      '10000 commit backup', // at the deadline of the start
      '10000 emit ready', // the config can be read
      '10000 emit stale from-backup', // but it is old
      '10000 emit failed', // with the error of AWS
      '10750 refresh full retry', // 1 s, minus a quarter at random
      '10750 emit failed', // the state is the same: no second `stale`
      '12250 refresh full retry', // 2 s, minus a quarter
      '12250 verify', // AWS stores what the backup holds
      '12250 emit unchanged',
      '12250 emit recovered',
    ])
  })

  it('of a warm start is verified at once, and counts no failure', async () => {
    const { loop, clock, script, newLines } = scriptedLoop({ mode: 'warm', pollEveryMs: false })
    script({ kind: 'restored', isWarm: true }, { kind: 'published', takesMs: 100 })
    loop.send({ type: 'started' })
    await clock.advance(0)
    expect(loop.state).toMatchObject({ state: 'stale', reason: 'from-backup', failures: 0 })
    await clock.advance(1_000)

    expect(newLines()).toEqual([
      '0 refresh full start',
      '0 commit backup',
      '0 emit ready',
      '0 emit stale from-backup',
      '0 refresh full start', // AWS is read now
      '100 commit snapshot of 100',
      '100 emit changed',
      '100 emit recovered',
    ])
  })

  it('is as old as it was saved', async () => {
    const { loop, clock, script, newLines } = scriptedLoop({ pollEveryMs: false, maxStaleMs: 60_000 })
    script({ kind: 'restored', ageMs: 59_000 })
    loop.send({ type: 'started' })
    await clock.advance(0)
    expect(loop.state.verifiedAt).toBe(-59_000)
    script('failed', 'failed', 'failed')
    await clock.advance(1_000)

    expect(newLines().at(-1)).toBe('1000 emit stale age-exceeded')
  })

  it('is stale (candidate-rejected) once AWS answers with an invalid configuration', async () => {
    const { loop, clock, script } = scriptedLoop({ pollEveryMs: false })
    script('restored', 'rejected', 'failed')
    loop.send({ type: 'started' })
    await clock.advance(750)

    expect(loop.state).toMatchObject({ state: 'stale', reason: 'candidate-rejected' })
  })

  it('makes a call of refresh() that waited for AWS reject', async () => {
    const { loop, clock, script } = scriptedLoop({ mode: 'background', pollEveryMs: false })
    script('failed', { kind: 'restored', takesMs: 100 })
    loop.send({ type: 'started' })
    await clock.advance(0)
    const refreshed = loop.refresh().catch((error: unknown) => error)
    await clock.advance(100)

    expect(await refreshed).toMatchObject({ code: 'LOAD_FAILED' })
    expect(loop.state).toMatchObject({ state: 'stale', reason: 'from-backup' })
  })
})
