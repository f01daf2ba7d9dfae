import type { RefreshResult } from '../refresh/loop.ts'
import type { CreateResource, Resource, ResourceOptions } from '../resources/resources.ts'
import type { ConfigExplanation } from '../snapshot/explain.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { ConfigEvents } from './events.ts'
import type { ConfigHealth, ConfigStatus } from './status.ts'

/** A configuration that follows changes. Made by `loadConfig` and `createConfig`. */
export interface LiveConfig<Value> extends AsyncDisposable {
  /**
   * The value of the snapshot. Reading it is a plain property read, without I/O.
   *
   * @throws ConfigError `NOT_READY` before the first snapshot. If the start failed, its LoadError; if it was ended by
   * `close()` or by the option `signal`, ConfigError `CLOSED` or `ABORTED`.
   */
  readonly current: Value
  /**
   * Resolves when there is a first snapshot. Rejects with a LoadError if the start fails, and with ConfigError `CLOSED`
   * or `ABORTED` if the config is closed before. An unhandled rejection does not end the process: `current` throws the
   * same error.
   */
  readonly ready: Promise<void>
  /**
   * Returns the snapshot, for work that must not see a change partway through: `config.pin().value`. Throws as
   * `current`.
   */
  pin(): Snapshot<Value>
  /**
   * Refreshes the snapshot now, secrets included. The result reflects everything that was written before the call.
   * While another refresh is reading, the call waits for one more refresh, which all calls made meanwhile share.
   *
   * @throws LoadError if parameters could not be read or were rejected. The last snapshot stays in use.
   * @throws ConfigError `CLOSED` or `ABORTED` if the config is closed before or during the refresh.
   * @throws TypeError if `validate`, `prepare` or the `create` of a resource calls it, because it would wait for
   * itself.
   */
  refresh(): Promise<RefreshResult>
  /**
   * Calls `onChange` after a change of the selected part was published. Calls are serial. After several changes during
   * a call, only the latest value is passed. Parts that did not change stay the same object.
   *
   * @returns Dispose of it to end the watch.
   * @throws TypeError if an argument is invalid.
   */
  watch<Selected>(
    select: (value: Value) => Selected,
    onChange: (next: Selected, previous: Selected | undefined) => unknown,
    options?: WatchOptions<Selected>,
  ): Disposable
  /**
   * Adds a listener. An error or rejection of a listener is emitted as `listenerError` and does not stop other
   * listeners.
   *
   * @returns Dispose of it to remove the listener.
   * @throws TypeError if there is no such event.
   */
  on<
    // Written out, so that the compiler lists the events when one is misspelled.
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
   * Creates a resource, such as a pool, from the selected part of the configuration. When that part changes, a new
   * resource is created before the change is published, and replaces the old one on publication. The old resource is
   * destroyed after its last use.
   *
   * @throws the error of the first call of `create`; ConfigError `RESOURCE_FAILED` if that call takes more than 10 s;
   * the error of `ready` if the start fails.
   */
  resource<Selected, Thing>(
    select: (value: Value) => Selected,
    create: CreateResource<Selected, Thing>,
    options?: ResourceOptions<Thing>,
  ): Promise<Resource<Thing>>
  /**
   * Calls `use`, which logs in with configured credentials. If it fails with an authentication error, secrets and
   * SecureStrings are read again immediately, and again after 1 s and 5 s while none has changed. Then `use` is called
   * once more. Credentials are read at most once in 10 s. A call that fails within that time rejects, unless a new
   * snapshot was published since it began.
   *
   * @param isAuthError Whether the error of `use` is an authentication error.
   * @throws the error of the last call of `use`; TypeError if `isAuthError` returns a promise.
   */
  retryOnAuthError<Result>(
    isAuthError: (error: unknown) => boolean,
    use: () => Result | Promise<Result>,
  ): Promise<Result>
  /** Returns the state of the config, without I/O and without values. */
  status(): ConfigStatus
  /** Returns the answer for a health check, without I/O. */
  health(): ConfigHealth
  /**
   * Returns the layer, parameter and version of each value, and the calls that a reading makes, without values.
   *
   * @param key Limits the result to this key, such as `db.port`, and the keys below it.
   * @throws TypeError if there is no such key.
   */
  explain(key?: string): ConfigExplanation
  /**
   * Stops refreshing, destroys resources after their last use, and resolves when no call is running. `current` still
   * returns the last snapshot. Repeated calls return the same promise.
   */
  close(): Promise<void>
}

/** The options of `watch`. */
export interface WatchOptions<Selected> {
  /** Whether to call `onChange` immediately with the present value; `previous` is then `undefined`. @default false */
  readonly immediate?: boolean
  /** Whether two selected values are equal. @default equal by `===`, or plain objects and arrays with equal content */
  readonly equals?: (next: Selected, previous: Selected) => boolean
  /** Ends the watch when it aborts. @default undefined */
  readonly signal?: AbortSignal
}

/**
 * The type of a published value. Plain objects and arrays are read-only at every depth, because they are frozen at run
 * time. `Date`, `URL`, bytes, maps, sets, functions, promises and class instances are unchanged.
 */
export type DeepReadonly<Value> = unknown extends Value
  ? Value
  : // These are not frozen.
    Value extends
        | string
        | number
        | bigint
        | boolean
        | symbol
        | null
        | undefined
        | ((...args: never[]) => unknown)
        | Date
        | RegExp
        | Error
        | PromiseLike<unknown>
        | ArrayBufferLike
        | ArrayBufferView
        | ReadonlyMap<unknown, unknown>
        | ReadonlySet<unknown>
        | WeakMap<WeakKey, unknown>
        | WeakSet<WeakKey>
        | (typeof globalThis extends { URL: { prototype: infer Instance } } ? Instance : never)
        | (typeof globalThis extends { URLSearchParams: { prototype: infer Instance } } ? Instance : never)
    ? Value
    : Value extends readonly (infer Item)[]
      ? Item[] extends Value
        ? readonly DeepReadonly<Item>[]
        : { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
      : // A class with private members is not assignable to its properties.
        { [Key in keyof Value]: Value[Key] } extends Value
        ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
        : Value
