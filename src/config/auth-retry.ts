import { checkFunction } from '../messages/check-arguments.ts'
import { platform, type Scope } from '../platform/node.ts'
import type { Clock } from '../ports.ts'
import type { RefreshLoop } from '../refresh/loop.ts'
import type { Reader } from '../refresh/reader.ts'
import { plainResult } from '../schema/plain-result.ts'
import type { EventPublisher } from './event-publisher.ts'

/** The objects that a retry uses. */
export interface AuthRetryParts {
  readonly clock: Clock
  readonly publisher: Pick<EventPublisher<unknown>, 'snapshot' | 'warn'>
  readonly reader: Pick<Reader, 'credentials'>
  readonly loop: Pick<RefreshLoop<unknown>, 'readNow' | 'state'>
  readonly userCode: Pick<Scope, 'isInside'>
}

const pauseMs = 10_000
const heldBack = 'retryOnAuthError(): no new credentials were read, or they are held back: status().lastError says why'

/** Calls a function again after an authentication error, once the credentials were read again. */
export class AuthRetry {
  readonly #parts: AuthRetryParts
  #readAt = Number.NEGATIVE_INFINITY
  #reading: Promise<boolean> | undefined

  constructor(parts: AuthRetryParts) {
    this.#parts = parts
  }

  /** @throws the error of the last call of `use`. */
  async run<Result>(isAuthError: (error: unknown) => boolean, use: () => Result | Promise<Result>): Promise<Result> {
    checkFunction('retryOnAuthError()', 'isAuthError', isAuthError)
    checkFunction('retryOnAuthError()', 'use', use)
    const before = this.#revision
    try {
      return await use()
    } catch (error) {
      if (!plainResult('retryOnAuthError(): isAuthError', isAuthError(error))) throw error
      const hasChanged = this.#revision !== before
      if (!hasChanged && !(await this.#reread())) throw error
    }
    return use()
  }

  get #revision(): number | undefined {
    return this.#parts.publisher.snapshot?.revision
  }

  /** Reads the credentials, at most once in 10 s; concurrent calls share one reading. @returns Whether it succeeded. */
  async #reread(): Promise<boolean> {
    const { clock, reader, loop, publisher, userCode } = this.#parts
    // A function that a refresh waits for cannot wait for the next refresh.
    if (userCode.isInside()) return false
    const sinceMs = clock.now() - this.#readAt
    if (this.#reading === undefined && sinceMs >= 0 && sinceMs < pauseMs) return false
    const before = this.#revision
    const read = async () => loop.readNow(await reader.credentials(), () => this.#revision !== before)
    // A module that cannot be loaded must not replace the error of the user's function.
    this.#reading ??= platform.keepAlive(read().catch(() => false)).finally(() => {
      this.#reading = undefined
      this.#readAt = clock.now()
      if (this.#revision === before && loop.state.reason !== undefined) publisher.warn(heldBack)
    })
    return this.#reading
  }
}
