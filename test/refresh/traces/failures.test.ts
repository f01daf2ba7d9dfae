import { describe, expect, it } from 'vitest'
import { readyLoop, written } from '../../support/refresh-trace.ts'
import { rejection } from '../../support/rejection.ts'

const a = written('/app/a')
const b = written('/app/b')

describe('failures', () => {
  it('retries after 1 s, 2 s, 4 s … 5 min, minus up to a half at random, with no limit of attempts', async () => {
    const { loop, clock, script, trace } = await readyLoop({ pollEveryMs: false }, 0)
    script(...Array.from({ length: 12 }, () => 'failed' as const))
    await loop.refresh().catch(() => undefined)
    await clock.advance(3_600_000)

    const refreshes = trace.filter((line) => line.includes(' refresh ')).map((line) => Number.parseInt(line, 10))
    const waits = refreshes.slice(2).map((at, index) => at - (refreshes[index + 1] ?? 0))
    expect(waits.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 500))
  })

  it('emits stale once and recovered once', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false })
    script('failed', 'failed', 'published')
    const refusal = rejection(loop.refresh())
    await clock.advance(10_000)

    expect(await refusal).toMatchObject({ code: 'LOAD_FAILED' })
    expect(newLines()).toEqual([
      '0 refresh full refresh', // refresh() was called
      '0 emit stale source-error', // the state comes first
      '0 emit failed', // then the error
      '750 refresh full retry', // 1 s, minus a quarter at random
      '750 emit failed', // the state is the same: no second `stale`
      '2250 refresh full retry', // 2 s, minus a quarter
      '2250 commit snapshot of 2250', // AWS is back, with a new value
      '2250 emit changed', // first the change
      '2250 emit recovered', // then the recovery
    ])
  })

  it('restarts the backoff at 1 s only after a minute of health', async () => {
    const { loop, clock, script, newLines, newRefreshes } = await readyLoop({ pollEveryMs: false })
    script('failed', 'failed', 'unchanged', 'failed', 'unchanged', 'failed')
    const refresh = () => loop.refresh().catch(() => undefined)
    await refresh() // fails at 0, at 750, recovers at 2250
    await clock.advance(10_000)
    newLines()
    await refresh()
    await clock.advance(10_000)
    expect(newRefreshes()).toEqual([
      '10000 refresh full refresh', // ten seconds later: less than a minute of health
      '13000 refresh full retry', // the third failure in a row: 4 s
    ])
    await clock.advance(60_000)
    await refresh()
    await clock.advance(10_000)
    expect(newRefreshes()).toEqual([
      '80000 refresh full refresh', // after more than a minute of health
      '80750 refresh full retry', // the first failure after it: 1 s
    ])
  })

  it('delays hints and polls during a failure, and loses none', async () => {
    const { loop, clock, script, newLines } = await readyLoop()
    script('failed', 'unchanged')
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(300)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(2_000)

    expect(newLines()).toEqual([
      '250 refresh hints notification /app/a', // quiescence is over
      '250 emit stale source-error', // AWS cannot be read
      '250 emit failed', // the hint stays unfinished
      '1000 refresh hints retry /app/a /app/b', // the retry includes the hint that arrived meanwhile
      '1000 emit unchanged', // both are read, and unchanged
      '1000 emit recovered', // back to ready
    ])
  })

  it('reads the credentials of a failed login without waiting for the retry', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop({ pollEveryMs: false })
    script('failed', 'published')
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(300)
    const reading = loop.readNow([b], () => true)
    await clock.advance(5_000)

    expect(await reading).toBe(true)
    expect(newRefreshes()).toEqual([
      '250 refresh hints notification /app/a', // AWS cannot be read: the retry is due at 1000
      '300 refresh hints retry /app/a /app/b', // the unfinished hint and the credentials
    ])
  })

  it('treats a refresh that throws as failed', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false })
    script('throws', 'unchanged')
    const refusal = rejection(loop.refresh())
    await clock.advance(1_000)

    expect(await refusal).toMatchObject({ code: 'LOAD_FAILED', unreadable: [{ code: 'UNREACHABLE' }] })
    expect(newLines()).toEqual([
      '0 refresh full refresh', // refresh() was called
      '0 emit stale source-error', // the refresh threw
      '0 emit failed', // this counts as a failure
      '750 refresh full retry', // so it is retried
      '750 verify', // this time it succeeds
      '750 emit unchanged', // no change
      '750 emit recovered', // back to ready
    ])
  })

  it('runs refresh() without waiting for the retry', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop({ pollEveryMs: false })
    script('failed', 'published')
    await loop.refresh().catch(() => undefined)
    await loop.refresh()
    await clock.advance(10_000)

    expect(newRefreshes()).toEqual(['0 refresh full refresh', '0 refresh full refresh'])
  })
})

describe('age', () => {
  it('becomes stale when nothing was verified for maxStaleMs, and recovers with the next successful refresh', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false, maxStaleMs: 60_000 })
    script('failed', ...Array.from({ length: 6 }, () => 'failed' as const))
    await loop.refresh().catch(() => undefined)
    await clock.advance(100_000)

    expect(newLines().filter((line) => !line.includes(' refresh ') && !line.includes('failed'))).toEqual([
      '0 emit stale source-error', // the refresh failed
      '60000 emit stale age-exceeded', // a minute after the last verification
      '95250 verify', // the retries continued
      '95250 emit unchanged', // no change
      '95250 emit recovered', // the snapshot is verified now
    ])
  })
})
