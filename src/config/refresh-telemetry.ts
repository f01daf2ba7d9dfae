import { isLoadError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { Flown } from '../refresh/loop.ts'
import type { Landing } from '../refresh/state.ts'
import type { Cause } from '../refresh/task.ts'
import { plainResult } from '../schema/plain-result.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { notNeeded } from '../time/deadline.ts'
import { guard } from './emitter.ts'
import type { ConfigProbe, ObservedConfig, RefreshReport, Telemetry } from './telemetry.ts'

/** What a flight recorder needs to know. */
export interface FlightRecorderParts {
  readonly clock: Clock
  /** What is served, before the flight that has just ended is committed. */
  served(): Published | undefined
  /** Hears of what telemetry threw or rejected with. */
  failed(error: unknown): void
}

const patienceMs = 1_000

/** Has telemetry told, and sees to it that a flight is made once and ends as it ends, whatever telemetry does. */
export class FlightRecorder {
  readonly #parts: FlightRecorderParts
  #probe: ConfigProbe | undefined

  constructor(parts: FlightRecorderParts) {
    this.#parts = parts
  }

  attach(telemetry: Telemetry, config: ObservedConfig): void {
    this.#tell(() => {
      this.#probe = plainResult('telemetry.attach()', telemetry.attach(config))
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
