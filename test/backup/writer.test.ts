import { describe, expect, it } from 'vitest'
import { BackupWriter, type ReadingStore } from '../../src/backup/writer.ts'
import type { SavedReading } from '../../src/ports.ts'
import type { StoredKeys } from '../../src/snapshot/diff.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/index.ts'

const nothing = { hierarchies: [], names: new Map(), secrets: [] }
const hour = 3_600_000

describe('a backup', () => {
  it('is written at once, and then at most once in 10 s, with the latest reading', async () => {
    const { writer, clock, trace, save } = setUp()
    save()
    await clock.advance(3_000)
    save()
    await clock.advance(1_000)
    save()
    await clock.advance(20_000)
    save()
    await clock.advance(20_000)

    expect(trace).toEqual(['0 write 0', '10000 write 4000', '24000 write 24000'])
    await writer.close()
  })

  it('of an unchanged configuration is renewed after an hour', async () => {
    const { clock, trace, save } = setUp()
    const stored = new Map()
    save(stored)
    for (let minute = 1; minute <= 150; minute++) {
      await clock.advance(60_000)
      save(stored)
    }

    expect(trace).toEqual(['0 write 0', `${hour} write ${hour}`, `${2 * hour} write ${2 * hour}`])
  })

  it('that was restored is not written again soon', async () => {
    const { writer, clock, trace, save } = setUp()
    const stored = new Map()
    writer.restored(readingOf(-60_000), stored)
    save(stored)
    await clock.advance(hour - 60_000)
    save(stored)
    await clock.advance(0)

    expect(trace).toEqual([`${hour - 60_000} write ${hour - 60_000}`])
  })

  it('that cannot be written is a warning, and the next reading is written', async () => {
    const { clock, trace, save } = setUp({ write: [() => Promise.reject(new Error('ENOSPC: no space left'))] })
    save()
    await clock.advance(0)
    save()
    await clock.advance(10_000)

    expect(trace).toEqual(['0 write 0', '0 warn ENOSPC: no space left', '10000 write 0'])
  })

  it('that could not be written is written again although nothing has changed', async () => {
    const { clock, trace, save } = setUp({ write: [() => Promise.reject(new Error('away'))] })
    const stored = new Map()
    save(stored)
    await clock.advance(60_000)
    save(stored)
    await clock.advance(0)

    expect(trace).toEqual(['0 write 0', '0 warn away', '60000 write 60000'])
  })

  it('whose store hangs is given up after 10 s', async () => {
    const { clock, trace, save } = setUp({ write: [hang] })
    save()
    await clock.advance(1_000)
    save()
    await clock.advance(20_000)

    expect(trace).toEqual(['0 write 0', '10000 warn not finished within 10000 ms', '10000 write 1000'])
  })

  it('is written before the end, if one waits', async () => {
    const { writer, clock, trace, save } = setUp()
    save()
    await clock.advance(1_000)
    save()
    await writer.close()

    expect(trace).toEqual(['0 write 0', '1000 write 1000', '1000 close'])
  })

  it('delays the end by 5 s at most', async () => {
    const { writer, clock, trace, save } = setUp({ write: [hang] })
    save()
    const closed = writer.close()
    await clock.advance(5_000)
    await closed

    expect(trace).toEqual(['0 write 0', '5000 close'])
  })

  it('is written within 10 s after the clock was set back by a day', async () => {
    const { clock, trace, save } = setUp()
    save()
    await clock.advance(1_000)
    clock.jump(-86_400_000)
    save()
    await clock.advance(10_000)

    expect(trace).toHaveLength(2)
  })

  it('of an unchanged configuration is written again after the clock was set back', async () => {
    const { clock, trace, save } = setUp()
    const stored = new Map()
    save(stored)
    await clock.advance(60_000)
    // Otherwise its date would be in the future for a day.
    clock.jump(-86_400_000)
    save(stored)
    await clock.advance(0)
    await clock.advance(60_000)
    save(stored)
    await clock.advance(10_000)

    expect(trace).toEqual(['0 write 0', '-86330000 write -86340000'])
  })

  it('is written during an invocation, where the process may be frozen, and not between them', async () => {
    const { writer, clock, trace, save } = setUp({ isInvoked: true })
    save()
    await clock.advance(60_000)
    writer.resume()
    await clock.advance(0)
    await writer.pause()
    save()
    await clock.advance(60_000)
    expect(trace).toEqual(['60000 write 0'])

    writer.resume()
    await clock.advance(0)
    expect(trace).toEqual(['60000 write 0', '120000 write 60000'])
  })

  it('delays the end of an invocation by 2 s at most, and is written during the next one', async () => {
    const { writer, clock, trace, save } = setUp({ isInvoked: true, write: [hang] })
    save()
    writer.resume()
    const paused = writer.pause()
    await clock.advance(2_000)
    await paused
    await clock.advance(60_000)
    writer.resume()
    await clock.advance(0)

    expect(trace).toEqual(['0 write 0', '62000 write 0'])
  })
})

interface World {
  readonly writer: BackupWriter
  readonly clock: FakeClock
  readonly trace: string[]
  /** Saves a reading of now. */
  save(stored?: StoredKeys): void
}

interface WorldOptions {
  /** What the first writes do. */
  readonly write?: ((signal: AbortSignal) => Promise<void>)[]
  readonly isInvoked?: boolean
}

function setUp({ write = [], isInvoked = false }: WorldOptions = {}): World {
  const clock = createFakeClock(0)
  const trace: string[] = []
  const script = [...write]
  const note = (line: string) => trace.push(`${clock.now()} ${line}`)
  const store: ReadingStore = {
    origin: 'backup',
    maxAgeMs: 24 * hour,
    read: async () => undefined,
    write: async ({ savedAt }, signal) => {
      note(`write ${savedAt}`)
      await script.shift()?.(signal)
    },
    close: () => note('close'),
  }
  const warn = (error: unknown) => note(`warn ${(error as Error).message}`)
  const writer = new BackupWriter({ store, clock, warn, renewAfterMs: hour, isInvoked })
  return { writer, clock, trace, save: (stored = new Map()) => writer.write(readingOf(clock.now()), stored) }
}

function readingOf(savedAt: number): SavedReading {
  return { savedAt, reading: nothing, secrets: [] }
}

function hang(): Promise<void> {
  return new Promise(() => undefined)
}
