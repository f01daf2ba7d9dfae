import { ConfigError } from '../errors.ts'

/** Whether there is a first snapshot, and if not, why. */
export class Readiness {
  /** Settles once: later starts change only what {@link absence} says. */
  readonly ready: Promise<void>
  #settle: { resolve(): void; reject(error: unknown): void } = { resolve: () => undefined, reject: () => undefined }
  #failure: ConfigError | undefined

  constructor() {
    this.ready = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  /** Why the start has failed, or the config was ended before it was ready. */
  get failure(): ConfigError | undefined {
    return this.#failure
  }

  /** There is a snapshot. */
  reach(): void {
    this.#failure = undefined
    this.#settle.resolve()
  }

  /** The start has failed. */
  fail(error: ConfigError | undefined): void {
    this.#failure = error
    this.#settle.reject(error)
  }

  /** There will be no snapshot, unless there is one. The first reason stays. */
  giveUp(reason: ConfigError): void {
    this.fail(this.#failure ?? reason)
  }

  /** What whoever wants a snapshot is told while there is none. */
  absence(): ConfigError {
    const message = 'the config has no snapshot yet: await config.ready, or use loadConfig(), before reading current'
    return this.#failure ?? new ConfigError('NOT_READY', message)
  }
}
