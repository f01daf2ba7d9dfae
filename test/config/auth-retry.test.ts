import { describe, expect, it } from 'vitest'
import { AuthRetry } from '../../src/config/auth-retry.ts'
import { createFakeClock } from '../../src/testing/index.ts'

const refusal = new Error('login refused')
const snapshot = { value: {}, id: '', loadedAt: 0, verifiedAt: 0, origin: 'test', keys: [] } as const
const isAuthError = (error: unknown) => error === refusal

function secondTry({ isRead = true, takesMs = 0 } = {}) {
  const clock = createFakeClock()
  const counts = { revision: 1, reads: 0, uses: 0 }
  const tries = new AuthRetry({
    clock,
    publisher: {
      get snapshot() {
        return { ...snapshot, revision: counts.revision }
      },
    },
    userCode: { isInside: () => false },
    reader: { credentials: () => [] },
    loop: {
      async readNow() {
        counts.reads++
        if (takesMs > 0) await clock.sleep(takesMs)
        return isRead
      },
    },
  })
  /** Fails so many times. */
  const run = (failures: number, error: Error = refusal, meanwhile: () => unknown = () => undefined) => {
    let left = failures
    return tries.run(isAuthError, () => {
      counts.uses++
      meanwhile()
      if (left-- > 0) throw error
      return 'done'
    })
  }
  return { clock, counts, run }
}

describe('a second try', () => {
  it('is not needed where the first one works, nor made where it fails for another reason', async () => {
    const { counts, run } = secondTry()

    expect(await run(0)).toBe('done')
    await expect(run(1, new Error('no such table'))).rejects.toThrow('no such table')
    expect(counts).toEqual({ revision: 1, reads: 0, uses: 2 })
  })

  it('comes after what the login is made with was read, and is the last', async () => {
    const { counts, run } = secondTry()

    await expect(run(2)).rejects.toBe(refusal)
    expect(counts).toEqual({ revision: 1, reads: 1, uses: 2 })
  })

  it('shares the reading with others', async () => {
    const { clock, counts, run } = secondTry({ takesMs: 100 })
    const all = Promise.all([run(1), run(1), run(1)])
    await clock.advance(100)

    expect(await all).toEqual(['done', 'done', 'done'])
    expect(counts).toEqual({ revision: 1, reads: 1, uses: 6 })
  })

  it('is not made when nothing could be read', async () => {
    const { counts, run } = secondTry({ isRead: false })

    await expect(run(1)).rejects.toBe(refusal)
    expect(counts).toEqual({ revision: 1, reads: 1, uses: 1 })
  })

  it('reads nothing for 10 s after a reading, whatever the clock does', async () => {
    const { clock, counts, run } = secondTry()
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

  it('is made at once when another configuration was published since', async () => {
    const { counts, run } = secondTry()
    await run(1)

    expect(await run(1, refusal, () => counts.revision++)).toBe('done')
    expect(counts).toEqual({ revision: 3, reads: 1, uses: 4 })
  })
})
