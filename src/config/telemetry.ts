import { isLoadError, type LoadError } from '../errors.ts'
import { describeThrown } from '../messages/describe-thrown.ts'
import type { Cause, RefreshOutcome, RefreshTask } from '../refresh/state.ts'
import { PromiseReturned, plainResult } from '../schema/plain-result.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { notNeeded } from '../time/deadline.ts'
import type { ConfigParts } from './config-handle.ts'
import { guard } from './emitter.ts'
import type { ConfigHealth, ConfigStatus } from './status.ts'

/** Receives measurements of configs: `openTelemetry()` from `liveparam/otel`, or a custom one. */
export interface Telemetry {
  /**
   * Begins to measure a config, before the config starts. Errors and rejections of telemetry cause a `warning` and have
   * no other effect.
   */
  instrument(config: ConfigInfo): TelemetrySession
}

/** A config as telemetry sees it, without values. */
export interface ConfigInfo {
  /** The paths of the option `path`. Empty if every key has an absolute name. */
  readonly paths: readonly string[]
  /** Returns the status of the live config. */
  status(): ConfigStatus
  /** Returns the health of the live config. */
  health(): ConfigHealth
}

/** Measures one config. */
export interface TelemetrySession {
  /**
   * Measures one refresh, including the start. It must call `run` once, within a second; the refresh runs in the
   * asynchronous context of that call. `run` never rejects.
   */
  refresh(cause: Cause, run: () => Promise<RefreshReport>): Promise<unknown>
  /** Reports the delay of a notification that causes a refresh, in milliseconds. */
  notified(lagMs: number): unknown
  /** Reports that the config is closed and no call is running. */
  closed(): unknown
}

/** The result of a refresh. */
export interface RefreshReport {
  /** How it ended. `restored`: a start failed, and uses the backup, or uses it first. `aborted`: the config was closed, or the invocation of the Lambda function ended. */
  readonly outcome: 'changed' | 'unchanged' | 'rejected' | 'failed' | 'restored' | 'aborted'
  /** Its duration on the clock of the config, in milliseconds. */
  readonly elapsedMs: number
  /** The revision of the snapshot after the refresh. Absent before the first one. */
  readonly revision?: number
  /** Why it was rejected or failed, without values. */
  readonly error?: LoadError
}

const startTimeoutMs = 1_000

/** Reports refreshes to the telemetry. Each refresh runs once, and its outcome is independent of the telemetry. */
export class RefreshTelemetry {
  readonly #parts: Pick<ConfigParts<unknown>, 'clock' | 'publisher' | 'refresher'>
  #session: TelemetrySession | undefined

  constructor(parts: Pick<ConfigParts<unknown>, 'clock' | 'publisher' | 'refresher'>) {
    this.#parts = parts
  }

  instrument(telemetry: Telemetry, config: ConfigInfo): void {
    this.#call(() => {
      this.#session = plainResult('telemetry.instrument()', telemetry.instrument(config))
    })
  }

  async refresh(task: RefreshTask, signal: AbortSignal): Promise<RefreshOutcome<Published>> {
    const { clock, refresher } = this.#parts
    const session = this.#session
    if (session === undefined) return refresher.refresh(task, signal)
    let running: Promise<RefreshOutcome<Published>> | undefined
    const start = () => {
      running ??= signal.aborted ? Promise.reject(signal.reason) : refresher.refresh(task, signal)
      return running
    }
    const run = async () => {
      const startedAt = clock.now()
      const outcome = await start().catch(() => undefined)
      return this.#report(outcome, signal, Math.max(0, clock.now() - startedAt))
    }
    const called = this.#call(() => session.refresh(task.cause, run))
    if (running === undefined && called !== undefined) {
      // A telemetry that never calls `run` must not delay the refresh for longer.
      const timeout = new AbortController()
      await Promise.race([called, clock.sleep(startTimeoutMs, timeout.signal).catch(() => undefined)])
      timeout.abort(notNeeded)
    }
    return start()
  }

  notified(lagMs: number): void {
    this.#call(() => this.#session?.notified(lagMs))
  }

  closed(): void {
    this.#call(() => this.#session?.closed())
  }

  #call(run: () => unknown): Promise<void> | undefined {
    return guard(run, (error) =>
      this.#parts.publisher.warn(
        error instanceof PromiseReturned ? error.message : `telemetry: ${describeThrown(error)} was thrown`,
      ),
    )
  }

  #report(outcome: RefreshOutcome<Published> | undefined, { aborted }: AbortSignal, elapsedMs: number): RefreshReport {
    const { snapshot } = outcome !== undefined && 'published' in outcome ? outcome.published : this.#parts.publisher
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
  restored: 'restored',
}
