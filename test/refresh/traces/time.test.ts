import { describe, expect, it } from 'vitest'
import { reduce } from '../../../src/refresh/reduce.ts'
import { initialState } from '../../../src/refresh/state.ts'
import { readyLife } from '../../support/refresh-trace.ts'

describe('time', () => {
  it('that is set back by an hour does not have anything wait for an hour', () => {
    const rules = { mode: 'strict', pollEveryMs: undefined, splayMs: 0, maxStaleMs: undefined } as const
    const begun = reduce(initialState, { type: 'started', at: 7_200_000, chance: 0.5 }, rules)
    const summary = { outcome: 'published', pollCalls: 1, unconfirmed: [], secretsDueAt: undefined } as const
    const ready = reduce(
      begun.state,
      { type: 'refreshFinished', generation: 1, summary, at: 7_200_000, chance: 0.5 },
      rules,
    )
    const back = reduce(ready.state, { type: 'timerFired', at: 3_600_000, chance: 0.5 }, rules)

    expect(ready.state.timers.poll).toBe(7_230_000)
    expect(back.state.timers.poll).toBe(3_630_000)
    expect(back.state.verifiedAt).toBe(3_600_000)
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
    const { state } = reduce(initialState, { type: 'started', at: 0, chance: 0.5 }, rules)
    const summary = { outcome: 'published', pollCalls: 1, unconfirmed: [], secretsDueAt: undefined } as const
    const late = reduce(state, { type: 'refreshFinished', generation: 0, summary, at: 1, chance: 0.5 }, rules)

    expect(late.effects).toEqual([])
    expect(late.state.state).toBe('initializing')
  })

  it('does not change what was decided: the life that went in stays as it was', () => {
    const rules = { mode: 'strict', pollEveryMs: undefined, splayMs: 0, maxStaleMs: undefined } as const
    const before = JSON.stringify(initialState)
    reduce(initialState, { type: 'started', at: 1, chance: 0.5 }, rules)

    expect(JSON.stringify(initialState)).toBe(before)
  })
})
