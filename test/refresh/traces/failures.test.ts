import { describe, expect, it } from 'vitest'
import { readyLoop, written } from '../../support/refresh-trace.ts'
import { rejection } from '../../support/rejection.ts'

const a = written('/app/a')
const b = written('/app/b')

describe('failures', () => {
  it('are tried again after 1 s, 2 s, 4 s … 5 min, of which chance takes up to a half, without end', async () => {
    const { loop, clock, script, trace } = await readyLoop({ pollEveryMs: false }, 0)
    script(...Array.from({ length: 12 }, () => 'failed' as const))
    await loop.refresh().catch(() => undefined)
    await clock.advance(3_600_000)

    const flights = trace.filter((line) => line.includes(' refresh ')).map((line) => Number.parseInt(line, 10))
    const waits = flights.slice(2).map((at, index) => at - (flights[index + 1] ?? 0))
    expect(waits.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 500))
  })

  it('are stale once, and recovered once', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false })
    script('failed', 'failed', 'published')
    const refusal = rejection(loop.refresh())
    await clock.advance(10_000)

    expect(await refusal).toMatchObject({ code: 'LOAD_FAILED' })
    expect(newLines()).toEqual([
      '0 refresh full refresh', // somebody asks
      '0 emit stale source-error', // the state comes first …
      '0 emit failed', // … then the error
      '750 refresh full retry', // 1 s, of which chance takes up to a half
      '750 emit failed', // still the same state: no second `stale`
      '2250 refresh full retry', // 2 s, likewise
      '2250 commit snapshot of 2250', // AWS is back, with something new
      '2250 emit changed', // the change is told …
      '2250 emit recovered', // … and then that all is well
    ])
  })

  it('begin again at one second only after a minute of health', async () => {
    const { loop, clock, script, newLines, newRefreshes } = await readyLoop({ pollEveryMs: false })
    script('failed', 'failed', 'unchanged', 'failed', 'unchanged', 'failed')
    const ask = () => loop.refresh().catch(() => undefined)
    await ask() // fails at 0, at 750, recovers at 2250
    await clock.advance(10_000)
    newLines()
    await ask()
    await clock.advance(10_000)
    expect(newRefreshes()).toEqual([
      '10000 refresh full refresh', // asked ten seconds later: health did not last for a minute
      '13000 refresh full retry', // the third failure in a row: 4 s
    ])
    await clock.advance(60_000)
    await ask()
    await clock.advance(10_000)
    expect(newRefreshes()).toEqual([
      '80000 refresh full refresh', // asked after a minute and more of health
      '80750 refresh full retry', // the first after a minute of health
    ])
  })

  it('make hints and polls wait, and do not lose them', async () => {
    const { loop, clock, script, newLines } = await readyLoop()
    script('failed', 'unchanged')
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(300)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(2_000)

    expect(newLines()).toEqual([
      '250 refresh hints notification /app/a', // quiescence is over
      '250 emit stale source-error', // AWS cannot be read
      '250 emit failed', // and what was hinted is still owed
      '1000 refresh hints retry /app/a /app/b', // what failed is owed, and what came meanwhile goes along
      '1000 emit unchanged', // read, and found to be the same: nothing is owed any more
      '1000 emit recovered', // back to ready
    ])
  })

  it('are flights that are lost, for whatever reason', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false })
    script('throws', 'unchanged')
    const refusal = rejection(loop.refresh())
    await clock.advance(1_000)

    expect(await refusal).toMatchObject({ code: 'LOAD_FAILED', unreadable: [{ code: 'UNREACHABLE' }] })
    expect(newLines()).toEqual([
      '0 refresh full refresh', // somebody asks
      '0 emit stale source-error', // the flight broke off without an outcome
      '0 emit failed', // which is a failure like any other
      '750 refresh full retry', // and tried again like any other
      '750 verify', // this time it lands
      '750 emit unchanged', // with nothing new
      '750 emit recovered', // back to ready
    ])
  })

  it('do not make somebody who asks wait', async () => {
    const { loop, clock, script, newRefreshes } = await readyLoop({ pollEveryMs: false })
    script('failed', 'published')
    await loop.refresh().catch(() => undefined)
    await loop.refresh()
    await clock.advance(10_000)

    expect(newRefreshes()).toEqual(['0 refresh full refresh', '0 refresh full refresh'])
  })
})

describe('age', () => {
  it('is stale of its own when nothing was verified for too long, and gone with the next look that works', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false, maxStaleMs: 60_000 })
    script('failed', ...Array.from({ length: 6 }, () => 'failed' as const))
    await loop.refresh().catch(() => undefined)
    await clock.advance(100_000)

    expect(newLines().filter((line) => !line.includes(' refresh ') && !line.includes('failed'))).toEqual([
      '0 emit stale source-error', // the look failed
      '60000 emit stale age-exceeded', // a minute after what is served was last known to be right
      '95250 verify', // retries went on all the while
      '95250 emit unchanged', // with nothing new
      '95250 emit recovered', // and it is as young as can be
    ])
  })
})
