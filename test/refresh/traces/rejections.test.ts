import { describe, expect, it } from 'vitest'
import { readyLoop, written } from '../../support/refresh-trace.ts'

const a = written('/app/a')

describe('a rejected candidate', () => {
  it('is read again after 1 s and 5 s, and then left to the poll', async () => {
    const { loop, clock, script, newLines } = await readyLoop()
    script('rejected', 'rejected', 'rejected', 'rejected', 'published')
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(100_000)

    expect(newLines()).toEqual([
      '250 refresh hints notification /app/a', // quiescence is over
      '250 emit rejected', // read, and invalid
      '250 emit stale candidate-rejected', // the last good snapshot stays
      '1250 refresh poll recheck', // a writer may not have finished
      '1250 emit rejected', // still half-written
      '5250 refresh poll recheck', // 5 s after the first attempt
      '5250 emit rejected', // the last recheck
      '65250 refresh poll poll', // the poll finds the same: no recheck
      '65250 emit rejected', // the publisher drops repeated rejections
    ])
    await clock.advance(30_000)
    expect(newLines()).toEqual([
      '125250 refresh poll poll', // a minute later
      '125250 commit snapshot of 125250', // the writer has finished
      '125250 emit changed', // so there is a change
      '125250 emit recovered', // the snapshot equals the store again
    ])
  })

  it('changes the reason when a failure follows', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false })
    script('rejected', 'failed', 'unchanged')
    await loop.refresh().catch(() => undefined)
    await clock.advance(3_000)

    expect(newLines()).toEqual([
      '0 refresh full refresh', // refresh() was called
      '0 emit rejected', // read, and invalid
      '0 emit stale candidate-rejected', // the last good snapshot stays
      '1000 refresh poll recheck', // 1 s later
      '1000 emit stale source-error', // AWS cannot be read
      '1000 emit failed', // an error
      '1750 refresh poll retry', // the retry of the recheck
      '1750 verify', // the store equals the snapshot
      '1750 emit unchanged', // no change
      '1750 emit recovered', // ready again
    ])
  })

  it('that lost most parameters is read again in full after 30 s', async () => {
    const { loop, clock, script, newLines } = await readyLoop({ pollEveryMs: false })
    script('held-back', 'held-back', 'published')
    await loop.refresh().catch(() => undefined)
    await clock.advance(10_000)
    loop.send({ type: 'hintReceived', hints: [a] })
    await clock.advance(30_000)

    expect(newLines()).toEqual([
      '0 refresh full refresh', // refresh() was called
      '0 emit rejected', // most parameters are missing
      '0 emit stale candidate-rejected', // the last good snapshot stays
      '10250 refresh hints notification /app/a', // a hint in between
      '10250 emit rejected', // which does not restart the 30 s
      '30000 refresh full recheck', // 30 s after the first attempt
      '30000 commit snapshot of 30000', // two readings agree
      '30000 emit changed', // so the loss is accepted
      '30000 emit recovered', // the snapshot equals the store again
    ])
  })
})
