import { describe, expect, it } from 'vitest'
import { readyLoop, written } from '../../support/refresh-trace.ts'

const a = written('/app/a')

describe('a rejected candidate', () => {
  it('is looked at again after one and five seconds, and then left to the poll', async () => {
    const { loop, clock, script, newLines } = await readyLoop()
    script('rejected', 'rejected', 'rejected', 'rejected', 'published')
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(100_000)

    expect(newLines()).toEqual([
      '250 refresh hints notification /app/a', // quiescence is over
      '250 emit rejected', // read, and refused
      '250 emit stale candidate-rejected', // the old one is served on purpose
      '1250 refresh poll recheck', // a writer may have been half way through
      '1250 emit rejected', // it is half done still
      '5250 refresh poll recheck', // five seconds after the first look
      '5250 emit rejected', // for the last time by itself
      '65250 refresh poll poll', // found as it was: not looked at again before the next poll
      '65250 emit rejected', // nothing new: the loop's announcements are for whoever compares
    ])
    await clock.advance(30_000)
    expect(newLines()).toEqual([
      '125250 refresh poll poll', // a minute later, by the poll
      '125250 commit snapshot of 125250', // the writer has finished
      '125250 emit changed', // so there is a change
      '125250 emit recovered', // and what is stored is served again
    ])
  })

  it('has failures told from it: the reason changes', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false })
    script('rejected', 'failed', 'unchanged')
    await loop.refresh().catch(() => undefined)
    await clock.advance(3_000)

    expect(newLines()).toEqual([
      '0 refresh full refresh', // somebody asks
      '0 emit rejected', // read, and refused
      '0 emit stale candidate-rejected', // the old one is served on purpose
      '1000 refresh poll recheck', // one second later
      '1000 emit stale source-error', // now it is not even known what is stored
      '1000 emit failed', // and that is an error
      '1750 refresh poll retry', // the look that failed is owed
      '1750 verify', // what is stored is what is served
      '1750 emit unchanged', // so nothing changed
      '1750 emit recovered', // and nothing is wrong any more
    ])
  })

  it('that lost most of what there was is looked at again in half a minute, all of it', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false })
    script('held-back', 'held-back', 'published')
    await loop.refresh().catch(() => undefined)
    await clock.advance(10_000)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(30_000)

    expect(newLines()).toEqual([
      '0 refresh full refresh', // somebody asks
      '0 emit rejected', // too little is left to be believed at once
      '0 emit stale candidate-rejected', // the old one is served on purpose
      '10250 refresh hints notification /app/a', // a hint in between
      '10250 emit rejected', // and the half minute is not begun anew
      '30000 refresh full recheck', // half a minute after the first look
      '30000 commit snapshot of 30000', // two looks agree
      '30000 emit changed', // so it is meant
      '30000 emit recovered', // and what is stored is served again
    ])
  })
})
