import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/index.ts'
import { type LifeRules, newborn } from '../../src/refresh/life.ts'
import { step } from '../../src/refresh/machine.ts'
import { readyLife, scriptedLife, written } from '../support/life.ts'
import { rejection } from '../support/rejection.ts'

const a = written('/app/a')
const b = written('/app/b')
const closed = new ConfigError('CLOSED', 'closed')

describe('a start', () => {
  it('is ready with the first snapshot, and polls from then on', async () => {
    const { gate, clock, script, trace } = scriptedLife()
    script('committed')
    gate.send({ type: 'started' })
    await clock.advance(100_000)

    expect(trace).toEqual([
      '0 fly full start', // nothing is known yet
      '0 commit snapshot of 0', // the candidate is accepted
      '0 ready', // the first snapshot is no change of anything
      '30000 fly poll poll', // the first phase is left to chance: half of a minute here
      '30000 verify', // what is served is known to be right as of now
      '30000 unchanged', // nobody but `unchanged` hears of it
      '90000 fly poll poll', // from then on every minute, give or take a tenth
      '90000 verify', // nothing moved since
      '90000 unchanged', // and that is told again
    ])
  })

  it('that fails is over in strict mode, until somebody asks again', async () => {
    const { gate, clock, script, trace } = scriptedLife()
    script('failed', 'committed')
    gate.send({ type: 'started' })
    await clock.advance(3_600_000)
    gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(3_600_000)
    expect(trace).toEqual(['0 fly full start', '0 failed'])
    expect(gate.life.state).toBe('failed')

    await gate.refresh()
    expect(trace.slice(2)).toEqual([
      '7200000 fly full refresh /app/a', // what was hinted meanwhile is part of it
      '7200000 commit snapshot of 7200000', // what the start could not do
      '7200000 ready', // the first snapshot, however late
    ])
  })

  it('that fails goes on in background mode, whatever the reason', async () => {
    const { gate, clock, script, trace } = scriptedLife({ mode: 'background' })
    script('failed', 'rejected', 'committed')
    gate.send({ type: 'started' })
    await clock.advance(5_000)

    expect(trace).toEqual([
      '0 fly full start', // nothing is known yet
      '0 failed', // told as an error; there is nothing to be stale
      '750 fly full retry', // 1 s, of which chance takes up to a half
      '750 failed', // a rejected candidate is no snapshot either
      '2250 fly full retry', // 2 s by now, less what chance takes
      '2250 commit snapshot of 2250', // somebody has mended the store
      '2250 ready', // the first snapshot, however late
    ])
  })

  it('is closed before it has landed, and what lands then is dropped', async () => {
    const { gate, clock, script, trace } = scriptedLife()
    script({ outcome: 'committed', takesMs: 100 })
    gate.send({ type: 'started' })
    await clock.advance(50)
    gate.close(closed)
    await clock.advance(100)

    expect(trace).toEqual(['0 fly full start', '50 closed'])
  })
})

describe('what has to have moved', () => {
  it('is looked at now, past splay and quiescence, and again after 1 s and 5 s while it has not', async () => {
    const { gate, clock, script, news } = await readyLife({ splayMs: 60_000 })
    news()
    const unmoved = [a]
    script({ outcome: 'unchanged', unmoved }, { outcome: 'unchanged', unmoved }, { outcome: 'unchanged', unmoved })
    const looking = gate.lookAt([a], () => false)
    await clock.advance(20_000)

    expect(news()).toEqual([
      '0 fly hints credentials /app/a', // at once
      '0 unchanged', // the store is behind whoever has moved it
      '1000 fly hints unmoved /app/a', // one second after the first look
      '1000 unchanged',
      '5000 fly hints unmoved /app/a', // and five
      '5000 unchanged', // from now on it is left to the poll
    ])
    expect(await looking).toBe(true)
  })

  it('waits for the flight that is under way, and until it is published', async () => {
    const { gate, clock, script, news } = await readyLife()
    news()
    script({ outcome: 'unchanged', takesMs: 500 }, { outcome: 'committed', unmoved: [b] })
    gate.refresh()
    let isOver = false
    let isPublished = false
    gate
      .lookAt([a, b], () => isPublished)
      .then(() => {
        isOver = true
      })
    await clock.advance(499)
    expect(isOver).toBe(false)
    isPublished = true
    await clock.advance(1)

    expect(isOver).toBe(true)
    expect(news()).toEqual([
      '0 fly full refresh',
      '500 verify',
      '500 unchanged',
      '500 fly hints credentials /app/a /app/b',
      '500 commit snapshot of 500',
      '500 changed',
    ])
  })

  it('is not waited for when nothing can be read, nor when the config is closed', async () => {
    const { gate, clock, script } = await readyLife()
    script('failed')
    const failing = gate.lookAt([a], () => false)
    await clock.advance(0)
    expect(await failing).toBe(false)

    const closing = gate.lookAt([a], () => false)
    gate.close(closed)
    expect(await closing).toBe(false)
  })
})

describe('failures', () => {
  it('are tried again after 1 s, 2 s, 4 s … 5 min, of which chance takes up to a half, without end', async () => {
    const { gate, clock, script, trace } = await readyLife({ pollEveryMs: false }, 0)
    script(...Array.from({ length: 12 }, () => 'failed' as const))
    await gate.refresh().catch(() => undefined)
    await clock.advance(3_600_000)

    const flights = trace.filter((line) => line.includes('fly')).map((line) => Number.parseInt(line, 10))
    const waits = flights.slice(2).map((at, index) => at - (flights[index + 1] ?? 0))
    expect(waits.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 500))
  })

  it('are stale once, and recovered once', async () => {
    const { gate, clock, script, news } = await readyLife({ pollEveryMs: false })
    script('failed', 'failed', 'committed')
    const refusal = rejection(gate.refresh())
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
    const { gate, clock, script, news } = await readyLife({ pollEveryMs: false })
    script('failed', 'failed', 'unchanged', 'failed', 'unchanged', 'failed')
    const ask = () => gate.refresh().catch(() => undefined)
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
    const { gate, clock, script, news } = await readyLife()
    script('failed', 'unchanged')
    gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(300)
    gate.send({ type: 'hinted', hints: [b] })
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
    const { gate, clock, script, news } = await readyLife({ pollEveryMs: false })
    script('lost', 'unchanged')
    const refusal = rejection(gate.refresh())
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
    const { gate, clock, script, news } = await readyLife({ pollEveryMs: false })
    script('failed', 'committed')
    await gate.refresh().catch(() => undefined)
    await gate.refresh()
    await clock.advance(10_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual(['0 fly full refresh', '0 fly full refresh'])
  })
})

describe('a rejected candidate', () => {
  it('is looked at again after one and five seconds, and then left to the poll', async () => {
    const { gate, clock, script, news } = await readyLife()
    script('rejected', 'rejected', 'rejected', 'rejected', 'committed')
    gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(100_000)

    expect(news()).toEqual([
      '250 fly hints notification /app/a', // quiescence is over
      '250 rejected', // read, and refused
      '250 stale candidate-rejected', // the old one is served on purpose
      '1250 fly poll rejected', // a writer may have been half way through
      '1250 rejected', // it is half done still
      '5250 fly poll rejected', // five seconds after the first look
      '5250 rejected', // for the last time by itself
      '65250 fly poll poll', // found as it was: not looked at again before the next poll
      '65250 rejected', // nothing new: the gate's announcements are for whoever compares
    ])
    await clock.advance(30_000)
    expect(news()).toEqual([
      '125250 fly poll poll', // a minute later, by the poll
      '125250 commit snapshot of 125250', // the writer has finished
      '125250 changed', // so there is a change
      '125250 recovered', // and what is stored is served again
    ])
  })

  it('has failures told from it: the reason changes', async () => {
    const { gate, clock, script, news } = await readyLife({ pollEveryMs: false })
    script('rejected', 'failed', 'unchanged')
    await gate.refresh().catch(() => undefined)
    await clock.advance(3_000)

    expect(news()).toEqual([
      '0 fly full refresh', // somebody asks
      '0 rejected', // read, and refused
      '0 stale candidate-rejected', // the old one is served on purpose
      '1000 fly poll rejected', // one second later
      '1000 stale source-error', // now it is not even known what is stored
      '1000 failed', // and that is an error
      '1750 fly poll retry', // the look that failed is owed
      '1750 verify', // what is stored is what is served
      '1750 unchanged', // so nothing changed
      '1750 recovered', // and nothing is wrong any more
    ])
  })

  it('that lost most of what there was is looked at again in half a minute, all of it', async () => {
    const { gate, clock, script, news } = await readyLife({ pollEveryMs: false })
    script('shrunk', 'shrunk', 'committed')
    await gate.refresh().catch(() => undefined)
    await clock.advance(10_000)
    gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(30_000)

    expect(news()).toEqual([
      '0 fly full refresh', // somebody asks
      '0 rejected', // too little is left to be believed at once
      '0 stale candidate-rejected', // the old one is served on purpose
      '10250 fly hints notification /app/a', // a hint in between
      '10250 rejected', // and the half minute is not begun anew
      '30000 fly full shrunk', // half a minute after the first look
      '30000 commit snapshot of 30000', // two looks agree
      '30000 changed', // so it is meant
      '30000 recovered', // and what is stored is served again
    ])
  })
})

describe('hints', () => {
  it('are followed 250 ms after the last of them, and at most 2 s after the first', async () => {
    const { gate, clock, news } = await readyLife()
    for (let count = 0; count < 30; count++) {
      gate.send({ type: 'hinted', hints: [count % 2 === 0 ? a : b] })
      await clock.advance(100)
    }
    await clock.advance(1_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '2000 fly hints notification /app/a /app/b', // 2 s after the first, although they go on coming
      '3150 fly hints notification /app/a /app/b', // the burst went on until 2900
    ])
  })

  it('are spread over a fleet: each instance waits for as long as chance has it', async () => {
    const { gate, clock, news } = await readyLife({ splayMs: 10_000 }, 0.3)
    gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(100)
    gate.send({ type: 'hinted', hints: [b] })
    await clock.advance(5_000)

    expect(news()[0]).toBe('3350 fly hints notification /app/a /app/b')
  })

  it('that arrive during a flight cause exactly one more', async () => {
    const { gate, clock, script, news } = await readyLife()
    script({ outcome: 'unchanged', takesMs: 5_000 })
    gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(1_000)
    for (const hint of [a, b, a]) gate.send({ type: 'hinted', hints: [hint] })
    await clock.advance(10_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '250 fly hints notification /app/a', // quiescence is over; the reading takes five seconds
      '5250 fly hints notification /app/a /app/b', // all that came meanwhile, at once
    ])
  })

  it('whose parameter has not moved are looked at again after one and five seconds, then left to the poll', async () => {
    const { gate, clock, script, news } = await readyLife()
    const unmoved = { outcome: 'unchanged', unmoved: [a] } as const
    script(unmoved, unmoved, unmoved)
    gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(20_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '250 fly hints notification /app/a', // it is as it was: AWS may be late
      '1250 fly hints unmoved /app/a', // one second after the first look
      '5250 fly hints unmoved /app/a', // five seconds after it, and never again
    ])
  })

  it('are looked at again together', async () => {
    const { gate, clock, script, news } = await readyLife()
    script({ outcome: 'unchanged', unmoved: [a] }, { outcome: 'unchanged', unmoved: [b] })
    gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(500)
    gate.send({ type: 'hinted', hints: [b] })
    await clock.advance(1_500)

    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '250 fly hints notification /app/a', // the first is as it was
      '750 fly hints notification /app/b', // and so is the second
      '1250 fly hints unmoved /app/a /app/b', // both, when the first is due
    ])
  })
})

describe('polls', () => {
  it.each([
    ['cost six seconds a call', { pollCalls: 20 }, undefined, 120_000],
    ['are no more frequent than once a minute', { pollCalls: 1 }, undefined, 60_000],
    ['are as frequent as they are told to be', { pollCalls: 20 }, 5_000, 5_000],
  ])('%s', async (_, landing, pollEveryMs, everyMs) => {
    const { gate, clock, script, trace } = scriptedLife({ pollEveryMs })
    script({ outcome: 'committed', ...landing }, { outcome: 'unchanged', ...landing })
    gate.send({ type: 'started' })
    await clock.advance(everyMs * 1.5)

    expect(trace.filter((line) => line.includes('poll'))).toEqual([
      `${everyMs / 2} fly poll poll`,
      `${everyMs * 1.5} fly poll poll`,
    ])
  })

  it('stretch to five minutes while notifications work, and no longer', async () => {
    const { gate, clock, news } = await readyLife()
    gate.send({ type: 'pushed', isHealthy: true })
    await clock.advance(400_000)
    expect(news().filter((line) => line.includes('fly'))).toEqual(['30000 fly poll poll', '330000 fly poll poll'])

    gate.send({ type: 'pushed', isHealthy: false })
    await clock.advance(150_000)
    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '460000 fly poll poll', // a minute after notifications have failed, and not at 630000
      '520000 fly poll poll', // and a minute after that
    ])
  })

  it('are as frequent as without notifications for an hour after one has found what nobody told of', async () => {
    const { gate, clock, script, news } = await readyLife()
    gate.send({ type: 'pushed', isHealthy: true })
    script('unchanged', 'committed')
    await clock.advance(330_000)
    expect(gate.life.push.missed).toBe(1)
    news()
    const polls: string[] = []
    for (let minute = 0; minute < 70; minute++) {
      gate.send({ type: 'told' })
      await clock.advance(60_000)
      polls.push(...news().filter((line) => line.includes('fly')))
    }

    expect(polls).toHaveLength(62)
    expect(polls.slice(0, 2)).toEqual(['390000 fly poll poll', '450000 fly poll poll'])
    expect(polls.slice(-3)).toEqual(['3930000 fly poll poll', '4230000 fly poll poll', '4530000 fly poll poll'])
  })

  it.each([
    ['that was told of', { hinted: true, isHealthy: true }],
    ['while notifications do not work', { hinted: false, isHealthy: false }],
  ])('do not count as missed what they find %s', async (_, { hinted, isHealthy }) => {
    const { gate, clock, script } = await readyLife()
    gate.send({ type: 'pushed', isHealthy })
    script('committed')
    await clock.advance(29_900)
    if (hinted) gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(100)

    expect(gate.life.push.missed).toBe(0)
  })

  it('become frequent for a while when notifications have been silent for twice as long as ever', async () => {
    const { gate, clock, news } = await readyLife()
    gate.send({ type: 'pushed', isHealthy: true })
    await clock.advance(20 * 60_000)
    gate.send({ type: 'told' })
    news()
    await clock.advance(39 * 60_000)
    expect(news().filter((line) => line.includes('fly')).length).toBeLessThanOrEqual(8)

    await clock.advance(11 * 60_000)
    expect(news().filter((line) => line.includes('fly')).length).toBeGreaterThanOrEqual(7)

    await clock.advance(29 * 60_000)
    expect(news().filter((line) => line.includes('fly')).length).toBeLessThanOrEqual(7)
  })

  it('are followed by one that was asked for while they read', async () => {
    const { gate, clock, script, news } = await readyLife()
    script({ outcome: 'unchanged', takesMs: 1_000 }, 'committed')
    await clock.advance(30_500)
    const result = gate.refresh()
    await clock.advance(1_000)

    expect(await result).toBe('changed')
    expect(news().filter((line) => line.includes('fly'))).toEqual(['30000 fly poll poll', '31000 fly full refresh'])
  })

  it('leave secrets to a time of their own', async () => {
    const { gate, clock, script, news } = await readyLife({ pollEveryMs: 200_000 })
    script({ outcome: 'unchanged', secretsDueAt: 120_000 }, { outcome: 'unchanged', secretsDueAt: 420_000 })
    await gate.refresh()
    await clock.advance(150_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual(['0 fly full refresh', '120000 fly secrets poll'])
  })
})

describe('those who ask at the same time', () => {
  it('share one flight', async () => {
    const { gate, clock, script, news } = await readyLife()
    script({ outcome: 'committed', takesMs: 100 })
    const results = Promise.all(Array.from({ length: 10_000 }, () => gate.refresh()))
    await clock.advance(100)

    expect(new Set(await results)).toEqual(new Set(['changed']))
    expect(news().filter((line) => line.includes('fly'))).toEqual(['0 fly full refresh'])
  })

  it('are told when the config is closed', async () => {
    const { gate, clock, script, news } = await readyLife()
    script({ outcome: 'committed', takesMs: 100 })
    const results = [rejection(gate.refresh()), rejection(gate.refresh())]
    await clock.advance(50)
    gate.close(closed)
    await clock.advance(1_000_000)

    expect(await Promise.all(results)).toEqual([closed, closed])
    expect(news()).toEqual(['0 fly full refresh', '50 closed']) // and nothing after that
    expect(clock.sleepers).toBe(0)
  })
})

describe('age', () => {
  it('is stale of its own when nothing was verified for too long, and gone with the next look that works', async () => {
    const { gate, clock, script, news } = await readyLife({ pollEveryMs: false, maxStaleMs: 60_000 })
    script('failed', ...Array.from({ length: 6 }, () => 'failed' as const))
    await gate.refresh().catch(() => undefined)
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

describe('a look at what was hinted alone', () => {
  it('says nothing of the age of the rest', async () => {
    const { gate, clock, script, news } = await readyLife({ pollEveryMs: false, maxStaleMs: 60_000 })
    script('unchanged', 'committed', 'unchanged')
    await clock.advance(30_000)
    gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(40_000)
    gate.send({ type: 'hinted', hints: [b] })
    await clock.advance(1_000)
    await gate.refresh()

    expect(news()).toEqual([
      '30250 fly hints notification /app/a', // one parameter is looked at
      '30250 unchanged', // and is as it was
      '60000 stale age-exceeded', // the others were not looked at for a minute
      '70250 fly hints notification /app/b', // another one is looked at
      '70250 commit snapshot of 70250', // and has moved
      '70250 changed', // which is told, but the rest is as old as before
      '71000 fly full refresh', // everything is looked at
      '71000 verify', // and is right
      '71000 unchanged', // nothing else has moved
      '71000 recovered', // so now it is young
    ])
  })
})

describe('invocations', () => {
  async function invokedLife(rules: Partial<LifeRules> = {}) {
    const life = await readyLife({ ...rules, isInvoked: true })
    return {
      ...life,
      resume: () => life.gate.send({ type: 'resumed' }),
      suspend: () => life.gate.send({ type: 'suspended' }),
    }
  }

  it('have what is due by the wall clock done as soon as one begins, and nothing between them', async () => {
    const { clock, news, resume, suspend } = await invokedLife()
    await clock.advance(3_600_000)
    expect(news()).toEqual([])
    expect(clock.sleepers).toBe(0)

    resume()
    await clock.advance(10)
    suspend()
    await clock.advance(59_000)
    resume()
    await clock.advance(0)
    suspend()
    expect(clock.sleepers).toBe(0)
    expect(news()).toEqual([
      '3600000 fly poll poll', // due since 30000, and made now
      '3600000 verify', // nothing has moved
      '3600000 unchanged', // the next is due a minute later: not in the second invocation
    ])
  })

  it('that last for long are like a life without them', async () => {
    const { gate, clock, news, resume } = await invokedLife()
    resume()
    await clock.advance(91_000)
    gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(1_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '30000 fly poll poll',
      '90000 fly poll poll',
      '91250 fly hints notification /app/a',
    ])
  })

  it('break off with their end what is under way, which is no failure, and make up for it with the next', async () => {
    const { gate, clock, script, news, resume, suspend } = await invokedLife()
    await clock.advance(60_000)
    script({ outcome: 'unchanged', takesMs: 100 }, 'committed')
    resume()
    await clock.advance(20)
    suspend()
    expect(gate.life).toMatchObject({ state: 'ready', failures: 0 })
    await gate.grounded()
    expect(clock.sleepers).toBe(0)
    await clock.advance(500)
    resume()
    await clock.advance(0)

    expect(news()).toEqual([
      '60000 fly poll poll', // broken off 20 ms later
      '60520 fly poll poll', // still owed, and taken up at once
      '60520 commit snapshot of 60520', // what the first one did not get to see
      '60520 changed', // told like any other
    ])
  })

  it('that are too short for a look do not all wait for one: what was broken off twice is tried less often', async () => {
    const { clock, script, news, resume, suspend } = await invokedLife()
    await clock.advance(60_000)
    script(...Array.from({ length: 20 }, () => ({ outcome: 'unchanged', takesMs: 100 }) as const))
    for (let count = 0; count < 100; count++) {
      resume()
      await clock.advance(50)
      suspend()
      await clock.advance(50)
    }

    expect(news()).toEqual([
      '60000 fly poll poll', // broken off
      '60100 fly poll poll', // with the next one, and again
      '60900 fly poll poll', // 1 s, of which chance takes up to a half
      '62450 fly poll poll', // 2 s
      '65450 fly poll poll', // 4 s
    ])
  })

  it('lose no hint: what was broken off is read by whatever takes off next', async () => {
    const { gate, clock, script, news, resume, suspend } = await invokedLife({ pollEveryMs: false })
    script(...Array.from({ length: 2 }, () => ({ outcome: 'unchanged', takesMs: 100 }) as const))
    resume()
    gate.send({ type: 'hinted', hints: [a] })
    await clock.advance(260)
    suspend()
    resume()
    await clock.advance(10)
    suspend()
    resume()
    gate.send({ type: 'hinted', hints: [b] })
    await clock.advance(260)

    expect(news().filter((line) => line.includes('fly'))).toEqual([
      '250 fly hints notification /app/a', // broken off
      '260 fly hints notification /app/a', // and again: from now on less often …
      '520 fly hints notification /app/b /app/a', // … but not left out
    ])
  })

  it('serve whoever asked in an earlier one', async () => {
    const { gate, clock, script, resume, suspend } = await invokedLife({ pollEveryMs: false })
    script({ outcome: 'unchanged', takesMs: 100 }, 'committed')
    resume()
    const result = gate.refresh()
    await clock.advance(50)
    suspend()
    await clock.advance(60_000)
    resume()

    expect(await result).toBe('changed')
  })

  it('are not needed by whoever asks', async () => {
    const { gate, clock, script, news } = await invokedLife()
    script('committed')
    await clock.advance(1_000)

    expect(await gate.refresh()).toBe('changed')
    expect(news()[0]).toBe('1000 fly full refresh')
    expect(clock.sleepers).toBe(0)
  })

  it('look once when what is served has become too old meanwhile, whatever is due', async () => {
    const { gate, clock, script, news, resume, suspend } = await invokedLife({ pollEveryMs: false, maxStaleMs: 10_000 })
    script('rejected')
    await clock.advance(20_000)
    for (let count = 0; count < 3; count++) {
      resume()
      await clock.advance(10)
      suspend()
    }

    expect(gate.life.reason).toBe('age-exceeded')
    expect(news()).toEqual([
      '20000 stale age-exceeded', // it has been for ten seconds
      '20000 fly poll poll', // although nobody polls
      '20000 rejected', // which helps nothing, so no other invocation is held up by it
    ])
  })

  it('have a start that has failed tried again, in background mode', async () => {
    const { gate, clock, script, trace } = scriptedLife({ mode: 'background', isInvoked: true })
    script('failed', 'committed')
    gate.send({ type: 'started' })
    await clock.advance(10_000)
    expect(trace).toEqual(['0 fly full start', '0 failed'])
    gate.send({ type: 'resumed' })
    await clock.advance(0)

    expect(trace.slice(2)).toEqual(['10000 fly full retry', '10000 commit snapshot of 10000', '10000 ready'])
  })
})

describe('time', () => {
  it('that is set back by an hour does not have anything wait for an hour', () => {
    const rules = { mode: 'strict', pollEveryMs: undefined, splayMs: 0, maxStaleMs: undefined } as const
    const begun = step(newborn, { type: 'started', at: 7_200_000, chance: 0.5 }, rules)
    const landing = { outcome: 'committed', pollCalls: 1, unmoved: [], secretsDueAt: undefined } as const
    const ready = step(begun.life, { type: 'landed', generation: 1, landing, at: 7_200_000, chance: 0.5 }, rules)
    const back = step(ready.life, { type: 'woke', at: 3_600_000, chance: 0.5 }, rules)

    expect(ready.life.due.poll).toBe(7_230_000)
    expect(back.life.due.poll).toBe(3_630_000)
    expect(back.life.verifiedAt).toBe(3_600_000)
  })

  it('that jumps ahead has what is due done once, and when it would have been done anyway', async () => {
    const { clock, news } = await readyLife()
    await clock.advance(1_000)
    clock.jump(3_600_000)
    await clock.advance(60_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual(['3630000 fly poll poll'])
  })

  it('that is set back delays what is due by as long as it waits for anyway, at most', async () => {
    const { clock, news } = await readyLife()
    await clock.advance(1_000)
    clock.jump(-3_600_000)
    await clock.advance(60_000)

    expect(news().filter((line) => line.includes('fly'))).toEqual(['-3540000 fly poll poll'])
  })

  it('that a late flight took is of no use: what it brings is dropped', () => {
    const rules = { mode: 'strict', pollEveryMs: undefined, splayMs: 0, maxStaleMs: undefined } as const
    const { life } = step(newborn, { type: 'started', at: 0, chance: 0.5 }, rules)
    const landing = { outcome: 'committed', pollCalls: 1, unmoved: [], secretsDueAt: undefined } as const
    const late = step(life, { type: 'landed', generation: 0, landing, at: 1, chance: 0.5 }, rules)

    expect(late.effects).toEqual([])
    expect(late.life.state).toBe('initializing')
  })

  it('does not change what was decided: the life that went in stays as it was', () => {
    const rules = { mode: 'strict', pollEveryMs: undefined, splayMs: 0, maxStaleMs: undefined } as const
    const before = JSON.stringify(newborn)
    step(newborn, { type: 'started', at: 1, chance: 0.5 }, rules)

    expect(JSON.stringify(newborn)).toBe(before)
  })
})
