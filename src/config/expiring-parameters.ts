import type { PolicyNotice } from '../ports.ts'
import type { ExpiringParameter } from './status.ts'

/** The announcements of policies, until the parameter changes: a new version has new policies. */
export class ExpiringParameters {
  readonly #announced = new Map<string, ExpiringParameter>()

  get all(): readonly ExpiringParameter[] {
    return [...this.#announced.values()]
  }

  /** @returns the announcement, if it is new. */
  note(
    { parameter, policy, expiresAt }: PolicyNotice,
    keys: readonly string[],
    at: number,
  ): ExpiringParameter | undefined {
    const id = `${parameter} ${policy}`
    const known = this.#announced.get(id)
    // Repeated announcements of one expiration can differ by hours.
    const isKnown = known !== undefined && isSameDay(known.expiresAt, expiresAt)
    if (isKnown) return undefined
    const optional = expiresAt === undefined ? {} : { expiresAt }
    const expiring = Object.freeze({ parameter, keys: Object.freeze([...keys]), policy, ...optional, noticedAt: at })
    this.#announced.set(id, expiring)
    return expiring
  }

  /** Forgets the announcements for parameters that have changed. */
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
