import type { LoadError } from '../errors.ts'
import type { Cause } from '../refresh/task.ts'
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
  /** How it ended. `aborted`: the config was closed, or the invocation of the Lambda function ended. */
  readonly outcome: 'changed' | 'unchanged' | 'rejected' | 'failed' | 'aborted'
  /** Its duration on the clock of the config, in milliseconds. */
  readonly elapsedMs: number
  /** The revision of the snapshot after the refresh. Absent before the first one. */
  readonly revision?: number
  /** Why it was rejected or failed, without values. */
  readonly error?: LoadError
}
