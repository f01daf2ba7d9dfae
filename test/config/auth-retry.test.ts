import { describe, expect, it } from 'vitest'
import { AuthRetry } from '../../src/config/auth-retry.ts'
import type { RefreshState } from '../../src/refresh/state.ts'
import { createFakeClock } from '../../src/testing/index.ts'

const refusal = new Error('login refused')
const snapshot = { value: {}, id: '', loadedAt: 0, verifiedAt: 0, origin: 'test', keys: [] } as const
const isAuthError = (error: unknown) => error === refusal

function makeRetry({ isRead = true, takesMs = 0 } = {}) {
  const clock = createFakeClock()
  const counts = { revision: 1, reads: 0, uses: 0 }
  const retry = new AuthRetry({
    clock,
    publisher: {
      warn: () => undefined,
      get snapshot() {
        return { ...snapshot, revision: counts.revision }
      },
    },
    userCode: { isInside: () => false },
    reader: { credentials: async () => [] },
    loop: {
      state: {} as RefreshState,
      async readNow() {
        counts.reads++
        if (takesMs > 0) await clock.sleep(takesMs)
        return isRead
      },
    },
  })
  /** Runs a call that fails the given number of times. */
  const run = (failures: number, error: Error = refusal, meanwhile: () => unknown = () => undefined) => {
    let left = failures
    return retry.run(isAuthError, () => {
      counts.uses++
      meanwhile()
      if (left-- > 0) throw error
      return 'done'
    })
  }
  return { clock, counts, run }
}

describe('a retry', () => {
  it('does not follow a success or another error', async () => {
    const { counts, run } = makeRetry()

    expect(await run(0)).toBe('done')
    await expect(run(1, new Error('no such table'))).rejects.toThrow('no such table')
    expect(counts).toEqual({ revision: 1, reads: 0, uses: 2 })
  })

  it('follows a reading of the credentials, and is the last attempt', async () => {
    const { counts, run } = makeRetry()

    await expect(run(2)).rejects.toBe(refusal)
    expect(counts).toEqual({ revision: 1, reads: 1, uses: 2 })
  })

  it('shares the reading with concurrent retries', async () => {
    const { clock, counts, run } = makeRetry({ takesMs: 100 })
    const all = Promise.all([run(1), run(1), run(1)])
    await clock.advance(100)

    expect(await all).toEqual(['done', 'done', 'done'])
    expect(counts).toEqual({ revision: 1, reads: 1, uses: 6 })
  })

  it('does not follow a failed reading', async () => {
    const { counts, run } = makeRetry({ isRead: false })

    await expect(run(1)).rejects.toBe(refusal)
    expect(counts).toEqual({ revision: 1, reads: 1, uses: 1 })
  })

  it('reads nothing for 10 s after a reading, also if the clock jumps back', async () => {
    const { clock, counts, run } = makeRetry()
    await run(1)
    await clock.advance(9_999)
    await expect(run(1)).rejects.toBe(refusal)
    expect(counts).toMatchObject({ reads: 1, uses: 3 })

    await clock.advance(1)
    expect(await run(1)).toBe('done')
    clock.jump(-3_600_000)
    expect(await run(1)).toBe('done')
    expect(counts).toMatchObject({ reads: 3, uses: 7 })
  })

  it('follows immediately if a new snapshot was published since', async () => {
    const { counts, run } = makeRetry()
    await run(1)

    expect(await run(1, refusal, () => counts.revision++)).toBe('done')
    expect(counts).toEqual({ revision: 3, reads: 1, uses: 4 })
  })
})
