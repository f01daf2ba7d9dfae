import { ConfigError } from '../errors.ts'
import { checkFunction, checkName } from '../messages/check-arguments.ts'
import { platform, type Scope } from '../platform/node.ts'
import type { Clock, ConfigRuntime } from '../ports.ts'
import type { CandidateSpec } from '../refresh/candidate.ts'
import type { RefreshLoop, RefreshResult } from '../refresh/loop.ts'
import type { TrackedSource } from '../refresh/tracked-source.ts'
import { type CreateResource, checkResourceOptions, type ResourceOptions } from '../resources/resource-options.ts'
import type { Resource, Resources } from '../resources/resources.ts'
import { type ConfigExplanation, explain } from '../snapshot/explain.ts'
import type { Published, Snapshot } from '../snapshot/snapshot.ts'
import { onAbort } from '../time/abort-listeners.ts'
import type { AuthRetry } from './auth-retry.ts'
import type { CurrentProperty } from './current-property.ts'
import { describeHealth, describeStatus } from './describe-status.ts'
import type { EventPublisher } from './event-publisher.ts'
import { type ConfigEvents, eventNames } from './events.ts'
import { type Invocable, type Invocation, invocable } from './invocable.ts'
import type { Invocations } from './invocations.ts'
import type { LiveConfig, WatchOptions } from './live-config.ts'
import type { NotificationListeners } from './notification-listeners.ts'
import type { RefreshTelemetry } from './refresh-telemetry.ts'
import type { ConfigHealth, ConfigStatus } from './status.ts'

/** The objects of one config. */
export interface HandleParts<Value> {
  readonly spec: CandidateSpec
  readonly runtime: ConfigRuntime
  readonly clock: Clock
  /** Closes the config when it aborts. */
  readonly signal: AbortSignal | undefined
  readonly publisher: EventPublisher<Value>
  readonly current: CurrentProperty<Value>
  readonly source: TrackedSource
  readonly userCode: Scope
  readonly resources: Resources<unknown>
  readonly telemetry: RefreshTelemetry
  readonly loop: RefreshLoop<Published>
  readonly invocations: Invocations<Value>
  readonly listeners: NotificationListeners
  readonly authRetry: AuthRetry
}

const waitsForItself =
  'refresh() was called by validate(), prepare() or the create() of a resource: it would wait for the refresh that is ' +
  'waiting for that function: call it after the function has returned'

const inspected = Symbol.for('nodejs.util.inspect.custom')

/** A live config that does nothing before `start()`. */
export function makeHandle<Value>(parts: HandleParts<Value>): LiveConfig<Value> & { start(): void } {
  return new Handle(parts)
}

class Handle<Value> implements LiveConfig<Value>, Invocable<Value> {
  readonly ready: Promise<void>
  readonly #parts: HandleParts<Value>
  #stopListening = () => {}
  #ended: Promise<void> | undefined

  constructor(parts: HandleParts<Value>) {
    const { publisher, current } = parts
    Object.setPrototypeOf(current.prototype, Handle.prototype)
    Object.setPrototypeOf(this, current.prototype)
    this.#parts = parts
    this.ready = publisher.readiness.ready
  }

  start(): void {
    const { signal, loop, listeners } = this.#parts
    const abort = () => {
      const message = 'the config was closed: its signal has aborted'
      // A caller of close() gets the rejection of a custom source. Here it would be unhandled.
      this.#end(new ConfigError('ABORTED', message, { cause: signal?.reason })).catch(() => undefined)
    }
    if (signal?.aborted) {
      abort()
      return
    }
    if (signal !== undefined) this.#stopListening = onAbort(signal, abort)
    loop.send({ type: 'started' })
    listeners.start()
  }

  /** For reads before the first snapshot. {@link CurrentProperty} then replaces the getter. */
  get current(): Value {
    return this.pin().value
  }

  pin(): Snapshot<Value> {
    const { publisher, current } = this.#parts
    const snapshot = publisher.pin()
    current.checkRead()
    return snapshot
  }

  async refresh(): Promise<RefreshResult> {
    const { userCode, loop, invocations } = this.#parts
    if (userCode.isInside() && loop.state.state !== 'closed') throw new TypeError(waitsForItself)
    return invocations.refresh()
  }

  watch<Selected>(
    select: (value: Value) => Selected,
    onChange: (next: Selected, previous: Selected | undefined) => unknown,
    options: WatchOptions<Selected> = {},
  ): Disposable {
    const { watchers, snapshot } = this.#parts.publisher
    return watchers.add(select, onChange, options, snapshot)
  }

  on<Name extends keyof ConfigEvents<Value>>(
    event: Name,
    listener: (event: ConfigEvents<Value>[Name]) => unknown,
  ): Disposable {
    checkName('on()', 'event', String(event), eventNames)
    checkFunction('on()', 'listener', listener)
    return this.#parts.publisher.emitter.on(event, listener)
  }

  async resource<Selected, Thing>(
    select: (value: Value) => Selected,
    create: CreateResource<Selected, Thing>,
    options: ResourceOptions<Thing> = {},
  ): Promise<Resource<Thing>> {
    checkFunction('resource()', 'select', select)
    checkFunction('resource()', 'create', create)
    checkResourceOptions(options)
    await this.ready
    return platform.keepAlive(this.#parts.resources.add((value) => select(value as Value), create, options))
  }

  retryOnAuthError<Result>(
    isAuthError: (error: unknown) => boolean,
    use: () => Result | Promise<Result>,
  ): Promise<Result> {
    return this.#parts.authRetry.run(isAuthError, use)
  }

  status(): ConfigStatus {
    return describeStatus(this.#parts)
  }

  health(): ConfigHealth {
    return describeHealth(this.#parts)
  }

  explain(key?: string): ConfigExplanation {
    const { spec, source, publisher } = this.#parts
    const { snapshot, warnings } = publisher
    return explain({ ...spec, snapshot, calls: source.explain(spec.planned.request), warnings }, key)
  }

  close(): Promise<void> {
    const { snapshot } = this.#parts.publisher
    const message =
      snapshot === undefined ? 'the config was closed before it had a first snapshot' : 'the config is closed'
    return this.#end(new ConfigError('CLOSED', message))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The text for `console.log()`. It contains no value. */
  [inspected](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    const { spec, loop, publisher } = this.#parts
    const { revision } = publisher.snapshot ?? {}
    const shown = { paths: spec.layers.paths, state: loop.state.state, ...(revision !== undefined && { revision }) }
    return `LiveConfig ${inspect(shown, options)}`
  }

  [invocable](): Invocation<Value> | Promise<Invocation<Value>> {
    return this.#parts.invocations.enter()
  }

  #end(reason: ConfigError): Promise<void> {
    this.#ended ??= platform.keepAlive(this.#endWith(reason))
    return this.#ended
  }

  async #endWith(reason: ConfigError): Promise<void> {
    const { publisher, loop, listeners, resources, telemetry, source } = this.#parts
    this.#stopListening()
    if (publisher.snapshot === undefined) publisher.readiness.close(reason)
    loop.close(reason)
    const stopped = listeners.stop(reason)
    // Resources do not wait for AWS calls: that would keep their connections open.
    const destroyed = resources.close().then(() => publisher.end())
    await loop.idle()
    await stopped
    await destroyed
    await source.idle()
    telemetry.closed()
    await source.close()
  }
}
