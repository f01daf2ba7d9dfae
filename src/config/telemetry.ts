import type { LoadError } from '../errors.ts'
import type { Cause } from '../refresh/task.ts'
import type { ConfigHealth, ConfigStatus } from './status.ts'

/** Where it is measured what configs do: `openTelemetry()` of `liveparam/otel`, or one of your own. */
export interface Telemetry {
  /**
   * Is told of a config before it starts. Nothing that it throws or rejects with, or what it returns, does any harm but
   * for one `warning`.
   */
  instrument(config: ConfigInfo): TelemetrySession
}

/** What telemetry gets to see of a config: no values. */
export interface ConfigInfo {
  /** As in the option `path`; none where every key has a name of its own. */
  readonly paths: readonly string[]
  /** As of the live config. */
  status(): ConfigStatus
  /** As of the live config. */
  health(): ConfigHealth
}

/** Is told what one config does. */
export interface TelemetrySession {
  /**
   * Is called for every refresh, the start included, and calls `run` once, within a second: it then runs in whatever
   * asynchronous context it is called in. It never rejects.
   */
  refresh(cause: Cause, run: () => Promise<RefreshReport>): Promise<unknown>
  /** A notification about something in use was so many milliseconds on its way. */
  notified(lagMs: number): unknown
  /** The config is closed, and nothing of it is in flight any more. */
  closed(): unknown
}

/** How a refresh ended. */
export interface RefreshReport {
  /** `aborted`: the config was closed meanwhile, or the invocation of a Lambda function has ended. */
  readonly outcome: 'changed' | 'unchanged' | 'rejected' | 'failed' | 'aborted'
  /** How long it took on the config's clock, in milliseconds. */
  readonly elapsedMs: number
  /** Of what is served from now on; absent before the first snapshot. */
  readonly revision?: number
  /** Why it was rejected or has failed. Without values. */
  readonly error?: LoadError
}
