import { ConfigError } from './errors.ts'
import type { ConfigExplanation } from './snapshot/explain.ts'
import type { Snapshot } from './snapshot/snapshot.ts'

/** A configuration that was loaded, or is about to be. Made by `loadConfig` and `createConfig`. */
export interface LiveConfig<Value> extends AsyncDisposable {
  /**
   * The configuration: a plain property read, without I/O.
   *
   * @throws ConfigError `NOT_READY` before the first snapshot; the start's own error when the start has failed, or was
   * ended by `close()` (`CLOSED`) or by the `signal` option (`ABORTED`).
   */
  readonly current: Value
  /**
   * Resolves with the first snapshot; rejects with a `LoadError` when there is none to be had, or with `CLOSED` or
   * `ABORTED`. Left alone, a rejection does no harm: `current` throws the same error.
   */
  readonly ready: Promise<void>
  /** The snapshot as a whole, for work that must not see a change half way: `config.pin().value`. Throws as `current`. */
  pin(): Snapshot<Value>
  /**
   * Where every value came from, and what is called to read it. Never a value.
   *
   * @param key Only this key, such as `db.port`, and what lies below it.
   * @throws TypeError when there is no such key.
   */
  explain(key?: string): ConfigExplanation
  /** Stops everything and resolves when nothing is in flight. `current` goes on returning the last snapshot. */
  close(): Promise<void>
}

/** What the handle does not do itself. */
export interface LiveConfigParts<Value> {
  /** Comes back with the first snapshot; stops when the signal aborts. */
  start(signal: AbortSignal): Promise<Snapshot<Value>>
  explain(snapshot: Snapshot<Value> | undefined, key: string | undefined): ConfigExplanation
  /** Frees what was made for this config; resolves when nothing is in flight. */
  release(): Promise<void>
  /** Closes the config when it aborts. */
  readonly signal: AbortSignal | undefined
}

/** Starts at once. */
export function makeLiveConfig<Value>(parts: LiveConfigParts<Value>): LiveConfig<Value> {
  return new Handle(parts)
}

class Handle<Value> implements LiveConfig<Value> {
  readonly ready: Promise<void>
  readonly #parts: LiveConfigParts<Value>
  readonly #ending = new AbortController()
  readonly #obey = () => {
    const cause = this.#parts.signal?.reason
    void this.#end(new ConfigError('ABORTED', 'the config was closed: its signal has aborted', { cause }))
  }
  #snapshot: Snapshot<Value> | undefined
  #failure: unknown
  #released: Promise<void> | undefined

  constructor(parts: LiveConfigParts<Value>) {
    this.#parts = parts
    this.ready = this.#start()
    // Whoever awaits `ready` gets the error; a process does not end because nobody has come to it yet.
    this.ready.catch(() => undefined)
  }

  get current(): Value {
    return (this.#snapshot ?? this.#explainAbsence()).value
  }

  pin(): Snapshot<Value> {
    return this.#snapshot ?? this.#explainAbsence()
  }

  explain(key?: string): ConfigExplanation {
    return this.#parts.explain(this.#snapshot, key)
  }

  close(): Promise<void> {
    return this.#end(new ConfigError('CLOSED', 'the config was closed before it had a first snapshot'))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #start(): Promise<void> {
    const { signal } = this.#parts
    signal?.addEventListener('abort', this.#obey, { once: true })
    if (signal?.aborted) this.#obey()
    try {
      this.#ending.signal.throwIfAborted()
      const snapshot = await this.#parts.start(this.#ending.signal)
      this.#ending.signal.throwIfAborted()
      this.#snapshot = snapshot
    } catch (error) {
      this.#failure = error
      void this.#release()
      throw error
    }
  }

  async #end(reason: ConfigError): Promise<void> {
    this.#ending.abort(reason)
    await this.ready.catch(() => undefined)
    await this.#release()
  }

  #release(): Promise<void> {
    this.#parts.signal?.removeEventListener('abort', this.#obey)
    this.#released ??= this.#parts.release()
    return this.#released
  }

  #explainAbsence(): never {
    if (this.#failure !== undefined) throw this.#failure
    const message = 'the config has no snapshot yet: await config.ready, or use loadConfig(), before reading current'
    throw new ConfigError('NOT_READY', message)
  }
}
