import { ConfigError } from '../errors.ts'

/** Whether there is a first snapshot, or the error that prevented it. */
export class Readiness {
  /** Settles once, with the first outcome. */
  readonly ready: Promise<void>
  /** The error of the failed start, or of a close before the first snapshot. */
  failure: ConfigError | undefined
  #settle: { resolve(): void; reject(error: unknown): void } = { resolve: () => undefined, reject: () => undefined }

  constructor() {
    this.ready = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    // An unhandled rejection would end the process, and `current` throws the same error.
    this.ready.catch(() => undefined)
  }

  resolve(): void {
    this.failure = undefined
    this.#settle.resolve()
  }

  reject(error: ConfigError | undefined): void {
    this.failure = error
    this.#settle.reject(error)
  }

  /** The error for a read before the first snapshot. */
  notReady(): ConfigError {
    const message = 'the config has no snapshot yet: await config.ready, or use loadConfig(), before reading current'
    return this.failure ?? new ConfigError('NOT_READY', message)
  }
}
