import { isLoadError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { RefreshOutcome } from '../refresh/state.ts'
import type { Cause } from '../refresh/task.ts'
import { plainResult } from '../schema/plain-result.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { notNeeded } from '../time/deadline.ts'
import { guard } from './emitter.ts'
import type { ConfigInfo, RefreshReport, Telemetry, TelemetrySession } from './telemetry.ts'

export interface RefreshTelemetryParts {
  readonly clock: Clock
  /** The snapshot that is served before the finished refresh is published. */
  served(): Published | undefined
  /** Called with errors that the telemetry throws or rejects with. */
  onFailure(error: unknown): void
}

const startTimeoutMs = 1_000

type Refresh = () => Promise<RefreshOutcome<Published>>

/** Reports refreshes to the telemetry. Each refresh runs once, and its outcome is independent of the telemetry. */
export class RefreshTelemetry {
  readonly #parts: RefreshTelemetryParts
  #session: TelemetrySession | undefined

  constructor(parts: RefreshTelemetryParts) {
    this.#parts = parts
  }

  instrument(telemetry: Telemetry, config: ConfigInfo): void {
    this.#call(() => {
      this.#session = plainResult('telemetry.instrument()', telemetry.instrument(config))
    })
  }

  async refresh(cause: Cause, signal: AbortSignal, refresh: Refresh): Promise<RefreshOutcome<Published>> {
    const { clock } = this.#parts
    let running: Promise<RefreshOutcome<Published>> | undefined
    const start = () => {
      running ??= signal.aborted ? Promise.reject(signal.reason) : refresh()
      return running
    }
    const run = async () => {
      const startedAt = clock.now()
      const outcome = await start().catch(() => undefined)
      return this.#report(outcome, signal, Math.max(0, clock.now() - startedAt))
    }
    const called = this.#call(() => this.#session?.refresh(cause, run))
    if (running === undefined && called !== undefined) await this.#waitFor(called)
    return start()
  }

  notified(lagMs: number): void {
    this.#call(() => this.#session?.notified(lagMs))
  }

  closed(): void {
    this.#call(() => this.#session?.closed())
  }

  // A telemetry that never calls `run` must not delay the refresh for longer.
  async #waitFor(called: Promise<void>): Promise<void> {
    const timeout = new AbortController()
    await Promise.race([called, this.#parts.clock.sleep(startTimeoutMs, timeout.signal).catch(() => undefined)])
    timeout.abort(notNeeded)
  }

  #call(run: () => unknown): Promise<void> | undefined {
    return guard(run, (error) => this.#parts.onFailure(error))
  }

  #report(outcome: RefreshOutcome<Published> | undefined, { aborted }: AbortSignal, elapsedMs: number): RefreshReport {
    const published = outcome?.kind === 'published' ? outcome.published : this.#parts.served()
    return {
      outcome: outcome === undefined ? (aborted ? 'aborted' : 'failed') : outcomes[outcome.kind],
      elapsedMs,
      ...(published !== undefined && { revision: published.snapshot.revision }),
      ...(outcome !== undefined && 'error' in outcome && isLoadError(outcome.error) && { error: outcome.error }),
    }
  }
}

const outcomes: Readonly<Record<RefreshOutcome['kind'], RefreshReport['outcome']>> = {
  published: 'changed',
  unchanged: 'unchanged',
  rejected: 'rejected',
  'held-back': 'rejected',
  failed: 'failed',
}
