import { ConfigError } from '../errors.ts'
import { checkFunction, checkName } from '../messages/check-arguments.ts'
import { platform, type Scope } from '../platform/node.ts'
import type { ConfigRuntime, NotificationSource } from '../ports.ts'
import type { RefreshLoop, RefreshResult } from '../refresh/loop.ts'
import type { Refresher, RefresherParts } from '../refresh/refresher.ts'
import type { CreateResource, Resource, ResourceOptions, Resources } from '../resources/resources.ts'
import { type ConfigExplanation, explain } from '../snapshot/explain.ts'
import type { Published, Snapshot } from '../snapshot/snapshot.ts'
import { onAbort } from '../time/abort.ts'
import type { AuthRetry } from './auth-retry.ts'
import type { EventPublisher } from './event-publisher.ts'
import { type ConfigEvents, eventNames } from './events.ts'
import { type Invocable, type Invocation, invocable } from './invocable.ts'
import type { Invocations } from './invocations.ts'
import type { LiveConfig, WatchOptions } from './live-config.ts'
import { NotificationListeners } from './notification-listeners.ts'
import type { ConfigHealth, ConfigStatus } from './status.ts'
import type { RefreshTelemetry } from './telemetry.ts'

/** The objects that a config consists of. */
export interface ConfigParts<Value> extends Omit<RefresherParts, 'rules'> {
  readonly runtime: ConfigRuntime
  /** Whether the process may be frozen between invocations. If not, invocations have no effect on the config. */
  readonly isInvoked: boolean
  /** Closes the config when it aborts. */
  readonly signal: AbortSignal | undefined
  readonly notifications: readonly NotificationSource[]
  readonly publisher: EventPublisher<Value>
  readonly userCode: Scope
  readonly refresher: Refresher
  readonly telemetry: RefreshTelemetry
  readonly loop: RefreshLoop<Published>
}

const waitsForItself =
  'refresh() was called by validate(), prepare() or the create() of a resource: it would wait for the refresh that is ' +
  'waiting for that function: call it after the function has returned'

const inspected = Symbol.for('nodejs.util.inspect.custom')

/** Makes a live config that does nothing before `start()`. */
export function makeHandle<Value>(parts: ConfigParts<Value>): LiveConfig<Value> & { start(): void } {
  return new Handle(parts)
}

class Handle<Value> implements LiveConfig<Value>, Invocable<Value> {
  readonly ready: Promise<void>
  readonly #parts: ConfigParts<Value>
  readonly #listeners: NotificationListeners
  #authRetry: Promise<AuthRetry> | undefined
  #stopListening = () => {}
  #invocations: Invocations<Value> | undefined
  #ended: Promise<void> | undefined

  static publishedBy(config: LiveConfig<unknown>): Published {
    if (!(#parts in config)) throw new TypeError('this is not a live config')
    config.pin()
    return config.#parts.publisher.published as Published
  }

  constructor(parts: ConfigParts<Value>) {
    const { prototype, readiness } = parts.publisher
    Object.setPrototypeOf(prototype, Handle.prototype)
    Object.setPrototypeOf(this, prototype)
    this.ready = readiness.ready
    this.#parts = parts
    this.#listeners = new NotificationListeners(parts, (work) => this.#whileActive(work))
  }

  start(): void {
    const { signal, loop } = this.#parts
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
    this.#listeners.start()
    this.#keepAlive(this.ready)
  }

  /** For reads before the first snapshot. The publisher then replaces the getter. */
  get current(): Value {
    return this.pin().value
  }

  pin(): Snapshot<Value> {
    const { publisher } = this.#parts
    const snapshot = publisher.pin()
    publisher.checkRead()
    return snapshot
  }

  async refresh(): Promise<RefreshResult> {
    const { userCode, loop, publisher } = this.#parts
    if (loop.state.state === 'closed')
      throw publisher.readiness.failure ?? new ConfigError('CLOSED', 'the config is closed')
    if (userCode.isInside()) throw new TypeError(waitsForItself)
    const result = loop.refresh()
    this.#keepAlive(result)
    return result
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
    const resources = await this.#loadResources()
    return resources.add(select, create, options)
  }

  async retryOnAuthError<Result>(
    isAuthError: (error: unknown) => boolean,
    use: () => Result | Promise<Result>,
  ): Promise<Result> {
    this.#authRetry ??= import('./auth-retry.ts').then(({ AuthRetry }) => new AuthRetry(this.#parts))
    // A module that cannot be loaded must not prevent the call.
    const retry = await this.#authRetry.catch(() => undefined)
    return retry === undefined ? use() : retry.run(isAuthError, use)
  }

  status(): ConfigStatus {
    const { runtime, loop, publisher, source } = this.#parts
    const { state, reason, since, verifiedAt, failures, rejections, health } = loop.state
    const { snapshot, lastError } = publisher
    const { nextRefreshAt } = loop
    const place = source.place()
    return {
      runtime,
      state,
      ...(reason !== undefined && { reason }),
      since: loop.toClockTime(since),
      ...describeSnapshot(snapshot),
      ...(snapshot !== undefined && { loadedAt: snapshot.loadedAt }),
      ...((snapshot?.origin === 'backup' || snapshot?.origin === 'shared-cache') && { savedAt: snapshot.verifiedAt }),
      ...(verifiedAt !== undefined && { verifiedAt: loop.toClockTime(verifiedAt) }),
      ...(nextRefreshAt !== undefined && { nextPollAt: Math.round(nextRefreshAt) }),
      failures: failures + rejections,
      ...(lastError !== undefined && {
        lastError: { code: lastError.error.code, message: lastError.error.message, at: lastError.at },
      }),
      ...(place !== undefined && { place }),
      missedNotifications: health.missed,
      notifications: this.#listeners.status,
      expiring: [...publisher.expiring.values()],
      usage: source.usage(),
      resources: publisher.resources?.status ?? [],
    }
  }

  health(): ConfigHealth {
    const { clock, loop, publisher } = this.#parts
    const { state, reason, verifiedAt } = loop.state
    const { snapshot, resources } = publisher
    const isCurrent = state === 'ready' && (resources?.status ?? []).every((resource) => resource.isCurrent)
    const isServing = snapshot !== undefined && state !== 'closed' && reason !== 'age-exceeded'
    return {
      status: !isServing ? 'down' : isCurrent ? 'up' : 'degraded',
      state,
      ...(reason !== undefined && { reason }),
      ...describeSnapshot(snapshot),
      ...(verifiedAt !== undefined && { ageMs: Math.max(0, clock.now() - loop.toClockTime(verifiedAt)) }),
    }
  }

  explain(key?: string): ConfigExplanation {
    const { spec, source, publisher } = this.#parts
    const { snapshot, warnings } = publisher
    const calls = source.explain(spec.planned.request)
    return explain({ ...spec, snapshot, calls, warnings: [...warnings] }, key)
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

  [invocable](leftMs?: number): Invocation<Value> | Promise<Invocation<Value>> {
    const { publisher, isInvoked } = this.#parts
    publisher.stopChecking()
    if (isInvoked)
      return this.#invocations?.enter(this, leftMs) ?? this.#loadInvocations().then((own) => own.enter(this, leftMs))
    const invocation = () => ({ snapshot: publisher.pin(), isAlone: false, end: () => undefined })
    return publisher.snapshot === undefined ? this.ready.catch(() => this.refresh()).then(invocation) : invocation()
  }

  async #whileActive<Result>(work: () => Promise<Result>): Promise<Result> {
    const { publisher, isInvoked } = this.#parts
    publisher.stopChecking()
    const active = isInvoked ? this.#loadInvocations().then((loaded) => loaded.whileActive(work)) : work()
    return platform.keepAlive(active)
  }

  /** Keeps the process alive until there is a result, or the invocation ends. */
  #keepAlive(result: Promise<unknown>): void {
    const suspended = this.#parts.isInvoked ? this.#loadInvocations().then((own) => own.suspended()) : result
    platform.keepAlive(Promise.race([result, suspended]))
  }

  async #loadInvocations(): Promise<Invocations<Value>> {
    if (this.#invocations !== undefined) return this.#invocations
    const { Invocations } = await import('./invocations.ts')
    this.#invocations ??= new Invocations(this.#parts)
    return this.#invocations
  }

  async #loadResources(): Promise<Resources<Value>> {
    const { clock, random, publisher } = this.#parts
    const { Resources } = await import('../resources/resources.ts')
    if (publisher.resources === undefined) {
      publisher.resources = new Resources({ clock, random, publisher, keepAlive: platform.keepAlive })
      if (this.#invocations?.isSuspended) publisher.resources.pause()
      if (this.#ended !== undefined) await publisher.resources.close()
    }
    return publisher.resources
  }

  #end(reason: ConfigError): Promise<void> {
    this.#ended ??= platform.keepAlive(this.#endWith(reason))
    return this.#ended
  }

  async #endWith(reason: ConfigError): Promise<void> {
    const { publisher, loop, telemetry, source } = this.#parts
    const { readiness } = publisher
    this.#stopListening()
    // The error of a failed start stays.
    if (publisher.snapshot === undefined) readiness.reject(readiness.failure ?? reason)
    loop.close(reason)
    const stopped = this.#listeners.stop(reason)
    // Resources do not wait for AWS calls: that would keep their connections open.
    const destroyed = this.#destroyResources()
    await loop.idle()
    await stopped
    await destroyed
    await source.idle()
    telemetry.closed()
    await source.close()
  }

  /** Emits `closed` after failures of `destroy` and of the backup, and after the outcome of `ready`. */
  async #destroyResources(): Promise<void> {
    const { publisher, backup } = this.#parts
    const destroyed = publisher.resources?.close()
    const saved = backup?.close()
    await this.ready.catch(() => undefined)
    await destroyed
    await saved
    publisher.end()
  }
}

function describeSnapshot(snapshot: Snapshot<unknown> | undefined): Pick<ConfigStatus, 'revision' | 'origin'> {
  return snapshot === undefined ? {} : { revision: snapshot.revision, origin: snapshot.origin }
}

/** The published snapshot of a live config with its stored texts, secrets included, for the command line. */
export const publishedBy: (config: LiveConfig<unknown>) => Published = Handle.publishedBy
