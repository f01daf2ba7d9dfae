import { ConfigError } from '../errors.ts'
import { checkFunction } from '../messages/check-arguments.ts'
import type { Clock, ConfigRuntime, ContextRunner, Hint, Random, SourcePlace, SourceUsage } from '../ports.ts'
import { RefreshLoop, type RefreshResult } from '../refresh/loop.ts'
import type { EmittedEvent, RefreshOutcome, RefreshRules } from '../refresh/state.ts'
import type { RefreshTask } from '../refresh/task.ts'
import { type CreateResource, checkResourceOptions, type ResourceOptions } from '../resources/resource-options.ts'
import type { Resource, ResourceFailure, Resources } from '../resources/resources.ts'
import type { ConfigExplanation } from '../snapshot/explain.ts'
import { type Published, type Snapshot, verify } from '../snapshot/snapshot.ts'
import { onAbort } from '../time/abort-listeners.ts'
import { AuthRetry } from './auth-retry.ts'
import { checkListener, checkWatch } from './check-arguments.ts'
import { describeHealth, describeStatus } from './describe-status.ts'
import { EventPublisher } from './event-publisher.ts'
import type { ConfigEvents } from './events.ts'
import { type Invocable, type Invocation, invocable } from './invocable.ts'
import { Invocations } from './invocations.ts'
import type { LiveConfig, WatchOptions } from './live-config.ts'
import { type Hearing, NotificationListeners } from './notification-listeners.ts'
import { Readiness } from './readiness.ts'
import type { ConfigHealth, ConfigStatus } from './status.ts'

/** What is served; written by the handle, read by whoever makes the next. */
export interface Serving {
  published: Published | undefined
  /** What was noticed so far, one line each. */
  readonly warnings: Set<string>
}

/** What the handle does not do itself. */
export interface HandleParts {
  /** Where the config is read from. */
  readonly paths: readonly string[]
  readonly runtime: ConfigRuntime
  readonly rules: RefreshRules
  readonly clock: Clock
  readonly random: Random
  readonly serving: Serving
  readonly listening: Hearing
  /** Closes the config when it aborts. */
  readonly signal: AbortSignal | undefined
  fly(task: RefreshTask, signal: AbortSignal): Promise<RefreshOutcome<Published>>
  explain(snapshot: Snapshot<unknown> | undefined, key: string | undefined): ConfigExplanation
  /** What reading has taken so far. */
  usage(): SourceUsage
  /** The account and region that answered. */
  place(): SourcePlace | undefined
  /** Hints at whatever a login may be made with. */
  credentials(): Hint[]
  readonly resources: Resources<unknown>
  /** For whoever wants to know on whose behalf something is read. */
  readonly captureContext: (() => ContextRunner) | undefined
  /** Whether a function is invoked at this moment, where there is one. */
  isInvokedNow(): boolean
  /** The process may have stood still: connections of the source may be dead. */
  resumed(): void
  /** Whether a function of the user's that a refresh waits for is calling. */
  isInUserCode(): boolean
  /** Has the process wait for a promise. */
  keepAlive<Result>(promise: Promise<Result>): Promise<Result>
  /** Frees what was made for this config; resolves when nothing is in flight. */
  release(): Promise<void>
}

/** A handle that has not started yet, so that what watches it can be attached. */
export interface StartableConfig<Value> {
  readonly config: LiveConfig<Value>
  start(): void
  /** Tells of something odd, once. */
  warn(message: string): void
  /** Tells that something made of the configuration could not be made or destroyed. */
  complainOfResource(failure: ResourceFailure): void
}

export function makeHandle<Value>(parts: HandleParts): StartableConfig<Value> {
  const handle = new Handle<Value>(parts)
  return {
    config: handle,
    start: () => handle.start(),
    warn: (message) => handle.warn(message),
    complainOfResource: (failure) => handle.complainOfResource(failure),
  }
}

const frozenPrototype =
  'the prototype of the config is frozen, so config.current cannot follow changes: freeze the config alone, or read config.pin().value'

const waitsForItself =
  'refresh() was called by validate(), prepare() or the create() of a resource: it would wait for the refresh that is ' +
  'waiting for that function: call it after the function has returned'

const inspected = Symbol.for('nodejs.util.inspect.custom')

class Handle<Value> implements LiveConfig<Value>, Invocable<Value> {
  readonly ready: Promise<void>
  readonly #parts: HandleParts
  readonly #readiness = new Readiness()
  readonly #publisher: EventPublisher<Value>
  readonly #loop: RefreshLoop<Published>
  readonly #invocations: Invocations<Value>
  readonly #listeners: NotificationListeners
  readonly #authRetry: AuthRetry
  readonly #obey = () => {
    const cause = this.#parts.signal?.reason
    const end = this.#end(new ConfigError('ABORTED', 'the config was closed: its signal has aborted', { cause }))
    // Nobody awaits this one; whoever calls close() gets what a custom source rejected with.
    end.catch(() => undefined)
  }
  /** Between the handle and its class. It holds `current`, so that a handle that its user freezes still changes. */
  readonly #front: object = Object.create(Handle.prototype)
  #ignoreSignal = () => {}
  #ended: Promise<void> | undefined

  constructor(parts: HandleParts) {
    const { clock, serving } = parts
    Object.setPrototypeOf(this, this.#front)
    this.#parts = parts
    this.ready = parts.keepAlive(this.#readiness.ready)
    // Whoever awaits `ready` gets the error; a process does not end because nobody has come to it yet.
    this.ready.catch(() => undefined)
    this.#publisher = new EventPublisher(serving.warnings)
    this.#loop = this.#makeLoop()
    this.#invocations = this.#makeInvocations()
    this.#listeners = this.#makeListening()
    this.#authRetry = new AuthRetry({
      clock,
      revision: () => serving.published?.snapshot.revision,
      isInUserCode: () => parts.isInUserCode(),
      lookAtCredentials: (isPublished) => parts.keepAlive(this.#loop.readNow(parts.credentials(), isPublished)),
    })
  }

  start(): void {
    const { signal } = this.#parts
    if (signal !== undefined) this.#ignoreSignal = onAbort(signal, this.#obey)
    if (signal?.aborted) {
      this.#obey()
      return
    }
    this.#loop.send({ type: 'started' })
    this.#listeners.start()
  }

  /** Until there is a snapshot: {@link Handle.#show} puts a plain property in front of it, which is read faster. */
  get current(): Value {
    return this.pin().value
  }

  pin(): Snapshot<Value> {
    const { published } = this.#parts.serving
    if (published === undefined) throw this.#readiness.absence()
    this.#invocations.read()
    return published.snapshot as Snapshot<Value>
  }

  async refresh(): Promise<RefreshResult> {
    if (this.#ended !== undefined) throw this.#readiness.failure ?? closed('the config is closed')
    if (this.#parts.isInUserCode()) throw new TypeError(waitsForItself)
    const result = this.#loop.refresh()
    this.#parts.keepAlive(this.#invocations.untilOver(result))
    return result
  }

  watch<Selected>(
    select: (value: Value) => Selected,
    tell: (next: Selected, previous: Selected | undefined) => unknown,
    options: WatchOptions<Selected> = {},
  ): Disposable {
    checkWatch(select, tell, options)
    const { published } = this.#parts.serving
    const current = published && { value: published.snapshot.value as Value }
    return this.#publisher.watchers.add(select, tell, options, current)
  }

  on<Name extends keyof ConfigEvents<Value>>(
    event: Name,
    listener: (event: ConfigEvents<Value>[Name]) => unknown,
  ): Disposable {
    checkListener(event, listener)
    return this.#publisher.emitter.on(event, listener)
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
    return this.#parts.keepAlive(this.#parts.resources.add((value) => select(value as Value), create, options))
  }

  retryOnAuthError<Result>(
    isAuthError: (error: unknown) => boolean,
    use: () => Result | Promise<Result>,
  ): Promise<Result> {
    return this.#authRetry.run(isAuthError, use)
  }

  status(): ConfigStatus {
    return describeStatus({
      runtime: this.#parts.runtime,
      loop: this.#loop,
      snapshot: this.#parts.serving.published?.snapshot,
      lastError: this.#publisher.lastError,
      notifications: this.#listeners.status,
      expiring: this.#publisher.expiring,
      usage: this.#parts.usage(),
      place: this.#parts.place(),
      resources: this.#parts.resources.status,
    })
  }

  health(): ConfigHealth {
    return describeHealth({
      loop: this.#loop,
      snapshot: this.#parts.serving.published?.snapshot,
      resources: this.#parts.resources.status,
      now: this.#parts.clock.now(),
    })
  }

  explain(key?: string): ConfigExplanation {
    return this.#parts.explain(this.#parts.serving.published?.snapshot, key)
  }

  close(): Promise<void> {
    const { published } = this.#parts.serving
    return this.#end(
      closed(published === undefined ? 'the config was closed before it had a first snapshot' : 'the config is closed'),
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What `console.log()` shows: never a value. */
  [inspected](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    const { state } = this.#loop.state
    const revision = this.#parts.serving.published?.snapshot.revision
    const shown = { paths: this.#parts.paths, state, ...(revision !== undefined && { revision }) }
    return `LiveConfig ${inspect(shown, options)}`
  }

  [invocable](): Invocation<Value> | Promise<Invocation<Value>> {
    return this.#invocations.enter()
  }

  warn(message: string): void {
    this.#publisher.warn(message)
  }

  complainOfResource(failure: ResourceFailure): void {
    this.#publisher.reportResourceFailure(failure)
  }

  #makeLoop(): RefreshLoop<Published> {
    const { rules, clock, random, fly, captureContext } = this.#parts
    return new RefreshLoop({
      rules,
      clock,
      random,
      refresh: fly,
      captureContext,
      commit: (published) => this.#commit(published),
      verify: (at) => this.#verify(at),
      emit: (event, outcome) => this.#emit(event, outcome),
    })
  }

  #makeInvocations(): Invocations<Value> {
    const { rules, clock, resources, isInvokedNow, keepAlive, resumed } = this.#parts
    return new Invocations({
      loop: this.#loop,
      clock,
      isInvoked: rules.isInvoked === true,
      isInvokedNow,
      keepAlive,
      ready: this.ready,
      pin: () => this.pin(),
      refresh: () => this.refresh(),
      onWrapped: () => this.#show(),
      warn: (message) => this.warn(message),
      resumed() {
        resumed()
        resources.resume()
      },
      suspended: () => resources.pause(),
    })
  }

  #makeListening(): NotificationListeners {
    const { listening, rules, clock, random, serving } = this.#parts
    return new NotificationListeners({
      ...listening,
      isInvoked: rules.isInvoked === true,
      clock,
      random,
      loop: this.#loop,
      ready: this.ready,
      notice: (notice) => this.#publisher.notice(notice, serving.published, clock.now()),
      warn: (message) => this.warn(message),
      during: (task) => this.#parts.keepAlive(this.#invocations.whileActive(task)),
    })
  }

  #commit(published: Published): void {
    const { serving, resources } = this.#parts
    const previous = serving.published
    serving.published = published
    this.#show()
    resources.commit(published.snapshot.value)
    this.#publisher.note(previous, published)
  }

  #show(): void {
    const { published } = this.#parts.serving
    if (published === undefined || this.#invocations.isUnwrapped) return
    const property = { value: published.snapshot.value, configurable: true }
    if (!Reflect.defineProperty(this.#front, 'current', property)) this.warn(frozenPrototype)
  }

  #verify(at: number): void {
    const { serving } = this.#parts
    if (serving.published !== undefined) serving.published = verify(serving.published, at)
  }

  #emit(event: EmittedEvent, outcome: RefreshOutcome<Published> | undefined): void {
    const snapshot = this.#parts.serving.published?.snapshot as Snapshot<Value> | undefined
    if (event === 'ready') this.#readiness.reach()
    const isUnusable = event === 'failed' && snapshot === undefined
    const error = outcome !== undefined && 'error' in outcome ? outcome.error : undefined
    if (isUnusable && this.#parts.rules.mode === 'strict') this.#readiness.fail(error)
    this.#publisher.publish(event, {
      loop: this.#loop,
      at: this.#parts.clock.now(),
      task: outcome?.task,
      error,
      snapshot,
    })
  }

  #end(reason: ConfigError): Promise<void> {
    this.#ended ??= this.#parts.keepAlive(this.#endWith(reason))
    return this.#ended
  }

  async #endWith(reason: ConfigError): Promise<void> {
    const { serving, resources, release } = this.#parts
    this.#ignoreSignal()
    if (serving.published === undefined) this.#readiness.giveUp(reason)
    this.#loop.close(reason)
    const silent = this.#listeners.stop(reason)
    // Others may wait for AWS, which is no reason to leave connections open.
    const destroyed = resources.close().then(() => this.#publisher.end())
    await this.#loop.idle()
    await silent
    await destroyed
    await release()
  }
}

function closed(message: string): ConfigError {
  return new ConfigError('CLOSED', message)
}
