import type { Clock, PolicyNotice, Random, StoredPolicy } from '../ports.ts'
import { exponential } from '../time/backoff.ts'

/** Where policies are read, and where what they announce goes. */
export interface PolicyWatchParts {
  /** Rejects when they could not be read. */
  read(signal: AbortSignal): Promise<readonly StoredPolicy[]>
  notice(notice: PolicyNotice): void
  /** They could not be read, and will be again. */
  failed(error: unknown): void
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
}

// A fleet that is started together does not ask together.
const spreadMs = 60_000
const dayMs = 86_400_000
// Of two that are due at nearly the same time, one reading tells.
const soonestMs = 60_000
const backoff = exponential({ baseMs: 60_000, maxMs: 3_600_000, certainShare: 0.5 })

/** Reads policies every day, and whenever one of them falls due, until the signal aborts. */
export async function watchPolicies(parts: PolicyWatchParts): Promise<void> {
  const { clock, random, signal } = parts
  let failures = 0
  for (let waitMs = random() * spreadMs; ; ) {
    await clock.sleep(waitMs, signal).catch(() => undefined)
    if (signal.aborted) return
    try {
      waitMs = untilNext(tell(await parts.read(signal), parts), clock.now())
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      parts.failed(error)
      waitMs = backoff.delay(++failures, random)
    }
  }
}

/** @returns What is not due yet. */
function tell(policies: readonly StoredPolicy[], { clock, notice }: PolicyWatchParts): readonly StoredPolicy[] {
  const now = clock.now()
  for (const { dueAt, ...announced } of policies) if (dueAt <= now) notice(announced)
  return policies.filter(({ dueAt }) => dueAt > now)
}

function untilNext(policies: readonly StoredPolicy[], now: number): number {
  const nextAt = Math.min(now + dayMs, ...policies.map(({ dueAt }) => dueAt))
  return Math.max(soonestMs, nextAt - now)
}
