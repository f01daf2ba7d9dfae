import { isLoadError } from '../errors.ts'
import { describeThrown } from '../messages/describe-thrown.ts'
import type { Clock } from '../ports.ts'
import type { RefreshOutcome } from '../refresh/state.ts'
import type { Cause } from '../refresh/task.ts'
import { PromiseReturned, plainResult } from '../schema/plain-result.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { notNeeded } from '../time/deadline.ts'
import { guard } from './emitter.ts'
import type { EventPublisher } from './event-publisher.ts'
import type { ConfigInfo, RefreshReport, Telemetry, TelemetrySession } from './telemetry.ts'

const startTimeoutMs = 1_000

type Publisher = Pick<EventPublisher<unknown>, 'snapshot' | 'warn'>
type Refresh = () => Promise<RefreshOutcome<Published>>

/** Reports refreshes to the telemetry. Each refresh runs once, and its outcome is independent of the telemetry. */
export class RefreshTelemetry {
  readonly #clock: Clock
  readonly #publisher: Publisher
  #session: TelemetrySession | undefined

  constructor(clock: Clock, publisher: Publisher) {
    this.#clock = clock
    this.#publisher = publisher
  }

  instrument(telemetry: Telemetry, config: ConfigInfo): void {
    this.#call(() => {
      this.#session = plainResult('telemetry.instrument()', telemetry.instrument(config))
    })
  }

  async refresh(cause: Cause, signal: AbortSignal, refresh: Refresh): Promise<RefreshOutcome<Published>> {
    let running: Promise<RefreshOutcome<Published>> | undefined
    const start = () => {
      running ??= signal.aborted ? Promise.reject(signal.reason) : refresh()
      return running
    }
    const run = async () => {
      const startedAt = this.#clock.now()
      const outcome = await start().catch(() => undefined)
      return this.#report(outcome, signal, Math.max(0, this.#clock.now() - startedAt))
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
    await Promise.race([called, this.#clock.sleep(startTimeoutMs, timeout.signal).catch(() => undefined)])
    timeout.abort(notNeeded)
  }

  #call(run: () => unknown): Promise<void> | undefined {
    return guard(run, (error) =>
      this.#publisher.warn(
        error instanceof PromiseReturned ? error.message : `telemetry: ${describeThrown(error)} was thrown`,
      ),
    )
  }

  #report(outcome: RefreshOutcome<Published> | undefined, { aborted }: AbortSignal, elapsedMs: number): RefreshReport {
    const { snapshot } = outcome?.kind === 'published' ? outcome.published : this.#publisher
    return {
      outcome: outcome === undefined ? (aborted ? 'aborted' : 'failed') : outcomes[outcome.kind],
      elapsedMs,
      ...(snapshot !== undefined && { revision: snapshot.revision }),
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
