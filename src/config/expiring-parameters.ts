import type { PolicyNotice } from '../ports.ts'
import type { ExpiringParameter } from './status.ts'

/** What was announced and still holds: whatever is written anew has policies of its own. */
export class ExpiringParameters {
  readonly #announced = new Map<string, ExpiringParameter>()

  get all(): readonly ExpiringParameter[] {
    return [...this.#announced.values()]
  }

  /** @returns What is to be told, if it was not told before. */
  note(
    { parameter, policy, expiresAt }: PolicyNotice,
    keys: readonly string[],
    at: number,
  ): ExpiringParameter | undefined {
    const id = `${parameter} ${policy}`
    const known = this.#announced.get(id)
    // A notification gives the day of an expiration only roughly.
    const isKnown = known !== undefined && isSameDay(known.expiresAt, expiresAt)
    if (isKnown) return undefined
    const optional = expiresAt === undefined ? {} : { expiresAt }
    const expiring = Object.freeze({ parameter, keys: Object.freeze([...keys]), policy, ...optional, noticedAt: at })
    this.#announced.set(id, expiring)
    return expiring
  }

  /** Forgets what was announced of parameters that have changed. */
  forget(parameters: Iterable<string>): void {
    if (this.#announced.size === 0) return
    const changed = new Set(parameters)
    for (const [id, { parameter }] of this.#announced) if (changed.has(parameter)) this.#announced.delete(id)
  }
}

const dayMs = 86_400_000

function isSameDay(left: number | undefined, right: number | undefined): boolean {
  if (left === undefined || right === undefined) return left === right
  return Math.abs(left - right) < dayMs
}
