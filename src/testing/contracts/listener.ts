import assert from 'node:assert/strict'
import { platform } from '../../platform/node.ts'
import type { Clock, Inbox, NotificationSource } from '../../ports.ts'
import type { Told } from './recorded-events.ts'

/** How a source is listened to. */
export interface HowToListen {
  readonly closing: AbortController
  /** For how long one thing is waited for. */
  readonly patienceMs: number
  idle(): Promise<void>
}

/** One who listens to a source, and what that has told so far. */
export class Listening {
  readonly told: Told[] = []
  readonly #how: HowToListen
  readonly #clock = countSleepers(platform.clock)
  readonly #looks = new Set<() => void>()
  #end: { readonly error?: unknown } | undefined

  constructor(source: NotificationSource, how: HowToListen) {
    this.#how = how
    void this.#listen(source)
  }

  /** Waits until it is so. @throws AssertionError when that takes too long, or the source listens no more. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    await this.#wait(what, () => isSo() || this.#end !== undefined)
    if (!isSo()) assert.fail(`${what}, but it does not listen any more${this.#afterwards()}`)
  }

  /** Has it stop. @throws AssertionError when it does not, or not as it has to. */
  async stop(): Promise<void> {
    this.#how.closing.abort(new Error('the case is over'))
    await this.#wait('listen() is to resolve when its signal aborts', () => this.#end !== undefined)
    assert.ok(this.#end && !('error' in this.#end), `listen() is to resolve${this.#afterwards()}`)
    // Whoever was woken by the end has had their turn by then.
    await platform.nextTurn()
    assert.equal(this.#clock.sleepers, 0, 'nothing is to wait on the clock when listen() has resolved')
  }

  async #listen(source: NotificationSource): Promise<void> {
    const { closing, idle } = this.#how
    const options = { signal: closing.signal, clock: this.#clock, random: platform.random, idle }
    try {
      await source.listen(this.#inbox(), { ...options, whileActive: (work) => work() })
      this.#end = {}
    } catch (error) {
      this.#end = { error }
    }
    this.#lookAgain()
  }

  #inbox(): Inbox {
    const tell = (told: Told) => {
      this.told.push(told)
      this.#lookAgain()
    }
    return {
      hint: (hint) => tell({ kind: 'hint', hint }),
      notice: (notice) => tell({ kind: 'notice', notice }),
      failed: (failure) => tell({ kind: 'failed', failure }),
      ignored: () => tell({ kind: 'ignored' }),
      healthy: () => tell({ kind: 'healthy' }),
      opened: () => tell({ kind: 'opened' }),
    }
  }

  #wait(what: string, isSo: () => boolean): Promise<void> {
    const { patienceMs } = this.#how
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer)
        this.#looks.delete(look)
        settle()
      }
      const look = () => {
        if (isSo()) end(resolve)
      }
      const late = () => end(() => reject(new assert.AssertionError({ message: this.#late(what) })))
      const timer = setTimeout(late, patienceMs)
      this.#looks.add(look)
      look()
    })
  }

  #lookAgain(): void {
    for (const look of this.#looks) look()
  }

  #late(what: string): string {
    const told = this.told.map(({ kind }) => kind).join(', ')
    return `${what}, and has not within ${this.#how.patienceMs} ms. Told: ${told || 'nothing'}`
  }

  #afterwards(): string {
    return this.#end && 'error' in this.#end ? `: it rejected with ${String(this.#end.error)}` : ''
  }
}

// Without alarms, so that each wait is a sleep.
function countSleepers({ now, sleep }: Clock): Pick<Clock, 'now' | 'sleep'> & { readonly sleepers: number } {
  let sleepers = 0
  return {
    now,
    get sleepers() {
      return sleepers
    },
    async sleep(ms, signal) {
      sleepers++
      try {
        await sleep(ms, signal)
      } finally {
        sleepers--
      }
    },
  }
}
