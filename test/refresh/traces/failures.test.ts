import { describe, expect, it } from 'vitest'
import { readyLife, written } from '../../support/refresh-trace.ts'
import { rejection } from '../../support/rejection.ts'

const a = written('/app/a')
const b = written('/app/b')

describe('failures', () => {
  it('are tried again after 1 s, 2 s, 4 s … 5 min, of which chance takes up to a half, without end', async () => {
    const { loop, clock, script, trace } = await readyLife({ pollEveryMs: false }, 0)
    script(...Array.from({ length: 12 }, () => 'failed' as const))
    await loop.refresh().catch(() => undefined)
    await clock.advance(3_600_000)

    const flights = trace.filter((line) => line.includes('fly')).map((line) => Number.parseInt(line, 10))
    const waits = flights.slice(2).map((at, index) => at - (flights[index + 1] ?? 0))
    expect(waits.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 500))
  })

  it('are stale once, and recovered once', async () => {
    const { loop, clock, script, news } = await readyLife({ pollEveryMs: false })
    script('failed', 'failed', 'published')
    const refusal = rejection(loop.refresh())
    await clock.advance(10_000)

    expect(await refusal).toMatchObject({ code: 'LOAD_FAILED' })
    expect(news()).toEqual([
      '0 fly full refresh', // somebody asks
      '0 stale source-error', // the state comes first …
      '0 failed', // … then the error
      '750 fly full retry', // 1 s, of which chance takes up to a half
      '750 failed', // still the same state: no second `stale`
      '2250 fly full retry', // 2 s, likewise
      '2250 commit snapshot of 2250', // AWS is back, with something new
      '2250 changed', // the change is told …
      '2250 recovered', // … and then that all is well
    ])
  })

  it('begin again at one second only after a minute of health', async () => {
    const { loop, clock, script, news } = await readyLife({ pollEveryMs: false })
    script('failed', 'failed', 'unchanged', 'failed', 'unchanged', 'failed')
    const ask = () => loop.refresh().catch(() => undefined)
    await ask() // fails at 0, at 750, recovers at 2250
    await clock.advance(10_000)
    news()
    await ask()
    await clock.advance(10_000)
    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '10000 fly full refresh', // asked ten seconds later: health did not last for a minute
      '13000 fly full retry', // the third failure in a row: 4 s
    ])
    await clock.advance(60_000)
    await ask()
    await clock.advance(10_000)
    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '80000 fly full refresh', // asked after a minute and more of health
      '80750 fly full retry', // the first after a minute of health
    ])
  })

  it('make hints and polls wait, and do not lose them', async () => {
    const { loop, clock, script, news } = await readyLife()
    script('failed', 'unchanged')
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(300)
    loop.send({ type: 'hintReceived', hints: [b] })
    await clock.advance(2_000)

    expect(news()).toEqual([
      '250 fly hints notification /app/a', // quiescence is over
      '250 stale source-error', // AWS cannot be read
      '250 failed', // and what was hinted is still owed
      '1000 fly hints retry /app/a /app/b', // what failed is owed, and what came meanwhile goes along
      '1000 unchanged', // read, and found to be the same: nothing is owed any more
      '1000 recovered', // back to ready
    ])
  })

  it('are flights that are lost, for whatever reason', async () => {
    const { loop, clock, script, news } = await readyLife({ pollEveryMs: false })
    script('lost', 'unchanged')
    const refusal = rejection(loop.refresh())
    await clock.advance(1_000)

    expect(await refusal).toMatchObject({ code: 'LOAD_FAILED', unreadable: [{ code: 'UNREACHABLE' }] })
    expect(news()).toEqual([
      '0 fly full refresh', // somebody asks
      '0 stale source-error', // the flight broke off without an outcome
      '0 failed', // which is a failure like any other
      '750 fly full retry', // and tried again like any other
      '750 verify', // this time it lands
      '750 unchanged', // with nothing new
      '750 recovered', // back to ready
    ])
  })

  it('do not make somebody who asks wait', async () => {
    const { loop, clock, script, news } = await readyLife({ pollEveryMs: false })
    script('failed', 'published')
    await loop.refresh().catch(() => undefined)
    await loop.refresh()
    await clock.advance(10_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual(['0 fly full refresh', '0 fly full refresh'])
  })
})

describe('age', () => {
  it('is stale of its own when nothing was verified for too long, and gone with the next look that works', async () => {
    const { loop, clock, script, news } = await readyLife({ pollEveryMs: false, maxStaleMs: 60_000 })
    script('failed', ...Array.from({ length: 6 }, () => 'failed' as const))
    await loop.refresh().catch(() => undefined)
    await clock.advance(100_000)

    expect(news().filter((line) => !line.includes('fly') && !line.includes('failed'))).toEqual([
      '0 stale source-error', // the look failed
      '60000 stale age-exceeded', // a minute after what is served was last known to be right
      '95250 verify', // retries went on all the while
      '95250 unchanged', // with nothing new
      '95250 recovered', // and it is as young as can be
    ])
  })
})
