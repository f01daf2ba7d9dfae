import { isLoadError, type LoadError } from './errors.ts'
import type { Clock } from './ports.ts'
import { notNeeded } from './refresh/deadline.ts'
import type { Flown } from './refresh/gate.ts'
import type { Landing } from './refresh/life.ts'
import { guard } from './refresh/observers.ts'
import type { ConfigHealth, ConfigStatus } from './refresh/status.ts'
import type { Cause } from './refresh/work.ts'
import type { Published } from './snapshot/snapshot.ts'

/** Where it is measured what configs do: `openTelemetry()` of `liveparam/otel`, or one of your own. */
export interface Telemetry {
  /**
   * Is told of a config before it starts. Nothing that it throws or rejects with, or what it returns, does any harm but
   * for one `warning`.
   */
  attach(config: ObservedConfig): ConfigProbe
}

/** What telemetry gets to see of a config: no values. */
export interface ObservedConfig {
  /** As in the option `path`; none where every key has a name of its own. */
  readonly paths: readonly string[]
  /** As of the live config. */
  status(): ConfigStatus
  /** As of the live config. */
  health(): ConfigHealth
}

/** Is told what one config does. */
export interface ConfigProbe {
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

/** What an observer needs to know. */
export interface ObserverParts {
  readonly clock: Clock
  /** What is served, before the flight that has just ended is committed. */
  served(): Published | undefined
  /** Hears of what telemetry threw or rejected with. */
  failed(error: unknown): void
}

const patienceMs = 1_000

/** Has telemetry told, and sees to it that a flight is made once and ends as it ends, whatever telemetry does. */
export class Observer {
  readonly #parts: ObserverParts
  #probe: ConfigProbe | undefined

  constructor(parts: ObserverParts) {
    this.#parts = parts
  }

  attach(telemetry: Telemetry, config: ObservedConfig): void {
    this.#tell(() => {
      this.#probe = telemetry.attach(config)
    })
  }

  async fly(cause: Cause, signal: AbortSignal, fly: () => Promise<Flown<Published>>): Promise<Flown<Published>> {
    const { clock } = this.#parts
    let flight: Promise<Flown<Published>> | undefined
    const takeOff = () => {
      flight ??= signal.aborted ? Promise.reject(signal.reason) : fly()
      return flight
    }
    const run = async () => {
      const startedAt = clock.now()
      const flown = await takeOff().catch(() => undefined)
      return this.#report(flown, signal, Math.max(0, clock.now() - startedAt))
    }
    const told = this.#tell(() => this.#probe?.refresh(cause, run))
    if (flight === undefined && told !== undefined) await this.#waitFor(told)
    return takeOff()
  }

  notified(lagMs: number): void {
    this.#tell(() => this.#probe?.notified(lagMs))
  }

  closed(): void {
    this.#tell(() => this.#probe?.closed())
  }

  // Whatever telemetry waits for, it is no reason not to go on.
  async #waitFor(told: Promise<void>): Promise<void> {
    const patience = new AbortController()
    await Promise.race([told, this.#parts.clock.sleep(patienceMs, patience.signal).catch(() => undefined)])
    patience.abort(notNeeded)
  }

  #tell(run: () => unknown): Promise<void> | undefined {
    return guard(run, (error) => this.#parts.failed(error))
  }

  #report(flown: Flown<Published> | undefined, { aborted }: AbortSignal, elapsedMs: number): RefreshReport {
    const { snapshot } = flown?.cargo ?? this.#parts.served() ?? {}
    return {
      outcome: flown === undefined ? (aborted ? 'aborted' : 'failed') : outcomes[flown.landing.outcome],
      elapsedMs,
      ...(snapshot !== undefined && { revision: snapshot.revision }),
      ...(isLoadError(flown?.error) && { error: flown.error }),
    }
  }
}

const outcomes: Readonly<Record<Landing['outcome'], RefreshReport['outcome']>> = {
  committed: 'changed',
  unchanged: 'unchanged',
  rejected: 'rejected',
  shrunk: 'rejected',
  failed: 'failed',
}
