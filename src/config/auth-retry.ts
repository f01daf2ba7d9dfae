import { checkFunction } from '../messages/check-arguments.ts'
import type { Clock } from '../ports.ts'
import { plainResult } from '../schema/plain-result.ts'

/** What a second try depends on. */
export interface SecondTryParts {
  readonly clock: Clock
  /** Counts what was published. */
  revision(): number | undefined
  /** Whether a function of the user's that a refresh waits for is calling: it cannot wait for the next refresh. */
  isInUserCode(): boolean
  /** Looks at once at whatever a login is made with. @returns Whether it could be read, once that is so or it is published. */
  lookAtCredentials(isPublished: () => boolean): Promise<boolean>
}

const pauseMs = 10_000

/** A call that fails because a login was refused is made once more, after what the login is made with was read again. */
export class AuthRetry {
  readonly #parts: SecondTryParts
  #readAt = Number.NEGATIVE_INFINITY
  #underWay: Promise<boolean> | undefined

  constructor(parts: SecondTryParts) {
    this.#parts = parts
  }

  /** @throws Whatever the last `use` throws. */
  async run<Result>(isAuthError: (error: unknown) => boolean, use: () => Result | Promise<Result>): Promise<Result> {
    checkFunction('retryOnAuthError()', 'isAuthError', isAuthError)
    checkFunction('retryOnAuthError()', 'use', use)
    const { revision } = this.#parts
    const before = revision()
    try {
      return await use()
    } catch (error) {
      if (!plainResult('retryOnAuthError(): isAuthError', isAuthError(error))) throw error
      // Whoever failed meanwhile may have had it read already.
      const isKnown = revision() !== before
      if (!isKnown && !(await this.#reread())) throw error
    }
    return use()
  }

  /** @returns Whether it was read just now, by whoever came first. */
  async #reread(): Promise<boolean> {
    const { clock, revision, lookAtCredentials, isInUserCode } = this.#parts
    if (isInUserCode()) return false
    const sinceMs = clock.now() - this.#readAt
    if (this.#underWay === undefined && sinceMs >= 0 && sinceMs < pauseMs) return false
    const before = revision()
    this.#underWay ??= lookAtCredentials(() => revision() !== before).finally(() => {
      this.#underWay = undefined
      this.#readAt = clock.now()
    })
    return this.#underWay
  }
}
