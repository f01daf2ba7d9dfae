import type { RefreshResult } from '../refresh/loop.ts'
import type { CreateResource, ResourceOptions } from '../resources/resource-options.ts'
import type { Resource } from '../resources/resources.ts'
import type { ConfigExplanation } from '../snapshot/explain.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { ConfigEvents } from './events.ts'
import type { ConfigHealth, ConfigStatus } from './status.ts'

/** A configuration that stays right. Made by `loadConfig` and `createConfig`. */
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
   * Refreshes the snapshot now, secrets included. The result reflects everything that was written before the call: while
   * another refresh is reading, the call waits for one more, which all calls made in the meantime share.
   *
   * @throws LoadError when what is stored could not be read, or cannot be used: the last snapshot is kept.
   * @throws ConfigError `CLOSED` or `ABORTED` when the config is closed, or is meanwhile.
   */
  refresh(): Promise<RefreshResult>
  /**
   * Calls back when the selected part of the configuration is another one: after the change is published, for one
   * change at a time, and with the latest when there were several. Parts that did not change stay the same object.
   *
   * @throws TypeError when the arguments are wrong.
   */
  watch<Selected>(
    select: (value: Value) => Selected,
    onChange: (next: Selected, previous: Selected | undefined) => unknown,
    options?: WatchOptions<Selected>,
  ): Disposable
  /**
   * Listens to an event. What a listener throws or rejects with comes back as `listenerError`, and stops no other.
   *
   * @throws TypeError when there is no such event.
   */
  on<
    // Written out, for the compiler then lists them to whoever misspells one.
    Name extends
      | 'ready'
      | 'change'
      | 'unchanged'
      | 'stale'
      | 'recovered'
      | 'rejected'
      | 'error'
      | 'listenerError'
      | 'warning'
      | 'expiring'
      | 'closed',
  >(event: Name, listener: (event: ConfigEvents<Value>[Name]) => unknown): Disposable
  /**
   * Makes something of the selected part of the configuration, such as a pool, and makes another one whenever that part
   * changes: before the change is published, in whose place it then is. The old one is destroyed after its last use.
   *
   * @throws Whatever `create` throws the first time; ConfigError `RESOURCE_FAILED` when it takes more than 10 s, and
   * what `ready` rejects with.
   */
  resource<Selected, Thing>(
    select: (value: Value) => Selected,
    create: CreateResource<Selected, Thing>,
    options?: ResourceOptions<Thing>,
  ): Promise<Resource<Thing>>
  /**
   * Does something that logs in with what is configured. When that is refused, secrets and SecureStrings are looked at
   * at once, and after 1 s and 5 s more while none has changed; then `use` is called once more. They are looked at once
   * in 10 s at most: whoever fails meanwhile gets the error, unless another configuration was published since.
   *
   * @param isAuthError Whether that is why `use` has thrown.
   * @throws Whatever `use` throws: the second time, or the first when there is none. TypeError if `isAuthError` returns
   * a promise.
   */
  retryOnAuthError<Result>(
    isAuthError: (error: unknown) => boolean,
    use: () => Result | Promise<Result>,
  ): Promise<Result>
  /** How the config fares, without I/O and without values. */
  status(): ConfigStatus
  /** What a health check wants to know, without I/O. */
  health(): ConfigHealth
  /**
   * Where every value came from, and what is called to read it. Never a value.
   *
   * @param key Only this key, such as `db.port`, and what lies below it.
   * @throws TypeError when there is no such key.
   */
  explain(key?: string): ConfigExplanation
  /**
   * Stops everything, destroys resources after their last use and resolves when nothing is in flight. `current` goes on
   * returning the last snapshot.
   */
  close(): Promise<void>
}

/** How a value is watched. */
export interface WatchOptions<Selected> {
  /** Whether to call at once with the value as it is; `previous` is then `undefined`. @default false */
  readonly immediate?: boolean
  /** Whether two selected values are the same. @default the same value, or plain objects and arrays that hold the same */
  readonly equals?: (next: Selected, previous: Selected) => boolean
  /** Ends the watch when it aborts. @default undefined */
  readonly signal?: AbortSignal
}
