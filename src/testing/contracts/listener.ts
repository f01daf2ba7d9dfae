import assert from 'node:assert/strict'
import type { ReadFailure } from '../../errors.ts'
import { platform } from '../../platform/node.ts'
import type { Clock, Hint, Inbox, NotificationSource, PolicyNotice } from '../../ports.ts'
import type { ChangeMessage } from './change-messages.ts'

/** A call that a notification source made to its inbox. */
export type InboxCall =
  | { readonly kind: 'hint'; readonly hint: Hint }
  | { readonly kind: 'notice'; readonly notice: PolicyNotice }
  | { readonly kind: 'failed'; readonly failure: ReadFailure }
  | { readonly kind: 'ignored' | 'healthy' | 'opened' }

export interface ListenerOptions {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  idle(): Promise<void>
}

/** Listens to a notification source and records what it reports. */
export class Listener {
  readonly calls: InboxCall[] = []
  readonly #options: ListenerOptions
  readonly #clock = countSleepers(platform.clock)
  readonly #checks = new Set<() => void>()
  #end: { readonly error?: unknown } | undefined

  constructor(source: NotificationSource, options: ListenerOptions) {
    this.#options = options
    void this.#listen(source)
  }

  get hints(): Hint[] {
    return this.calls.flatMap((call) => (call.kind === 'hint' ? [call.hint] : []))
  }

  get notices(): PolicyNotice[] {
    return this.calls.flatMap((call) => (call.kind === 'notice' ? [call.notice] : []))
  }

  get failures(): ReadFailure[] {
    return this.calls.flatMap((call) => (call.kind === 'failed' ? [call.failure] : []))
  }

  /** The calls after the last failure, or all of them. */
  get callsSinceFailure(): readonly InboxCall[] {
    return this.calls.slice(this.calls.findLastIndex(({ kind }) => kind === 'failed') + 1)
  }

  /** Whether the source reported that it is listening, after its last failure. */
  get isReady(): boolean {
    return this.callsSinceFailure.some(({ kind }) => kind === 'healthy' || kind === 'opened')
  }

  /** Whether the hint and the notice of a message were reported. */
  received({ eventId, hint, notice }: ChangeMessage): boolean {
    const isReported = (expected: unknown, reported: readonly (Hint | PolicyNotice)[]) =>
      expected === undefined || reported.some((one) => one.eventId === eventId)
    return isReported(hint, this.hints) && isReported(notice, this.notices)
  }

  /** Waits for a condition. @throws AssertionError after the timeout, and when the source stopped listening. */
  async until(expectation: string, isMet: () => boolean): Promise<void> {
    await this.#wait(expectation, () => isMet() || this.#end !== undefined)
    if (!isMet()) assert.fail(`${expectation}, but the source stopped listening${this.#errorText()}`)
  }

  /** Waits for the end of `listen()`, after its signal aborted. @throws AssertionError when it does not stop cleanly. */
  async stopped(): Promise<void> {
    await this.#wait('listen() must resolve when its signal aborts', () => this.#end !== undefined)
    assert.ok(this.#end && !('error' in this.#end), `listen() must resolve${this.#errorText()}`)
    // Sleepers that the signal woke settle in this turn.
    await platform.nextTurn()
    assert.equal(this.#clock.sleepers, 0, 'after listen() resolved, nothing may wait on the clock')
  }

  async #listen(source: NotificationSource): Promise<void> {
    const { signal, idle } = this.#options
    const options = { signal, clock: this.#clock, random: platform.random, idle }
    try {
      await source.listen(this.#inbox(), { ...options, whileActive: (work) => work() })
      this.#end = {}
    } catch (error) {
      this.#end = { error }
    }
    this.#check()
  }

  #inbox(): Inbox {
    const record = (call: InboxCall) => {
      this.calls.push(call)
      this.#check()
    }
    return {
      hint: (hint) => record({ kind: 'hint', hint }),
      notice: (notice) => record({ kind: 'notice', notice }),
      failed: (failure) => record({ kind: 'failed', failure }),
      ignored: () => record({ kind: 'ignored' }),
      healthy: () => record({ kind: 'healthy' }),
      opened: () => record({ kind: 'opened' }),
    }
  }

  #wait(expectation: string, isMet: () => boolean): Promise<void> {
    const { timeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer)
        this.#checks.delete(check)
        settle()
      }
      const check = () => {
        if (isMet()) end(resolve)
      }
      const timer = setTimeout(() => {
        const calls = this.calls.map(({ kind }) => kind).join(', ') || 'none'
        const message = `${expectation}: not met within ${timeoutMs} ms (calls to the inbox: ${calls})`
        end(() => reject(new assert.AssertionError({ message })))
      }, timeoutMs)
      this.#checks.add(check)
      check()
    })
  }

  #check(): void {
    for (const check of this.#checks) check()
  }

  #errorText(): string {
    return this.#end && 'error' in this.#end ? `: it rejected with ${String(this.#end.error)}` : ''
  }
}

// Has no timers, so that the source waits with `sleep` only.
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
