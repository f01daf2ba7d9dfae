import { Announcer } from './announcer.ts'
import { CallFailed } from './aws/errors.ts'
import { ConfigError } from './errors.ts'
import type { ConfigEvents } from './events.ts'
import { type Invocable, type Invocation, Invocations, invocable } from './invocations.ts'
import type { Clock, ContextRunner, Hint, NotificationSource, Random, SourceUsage, StoredPolicy } from './ports.ts'
import { type Flown, Gate, type RefreshResult } from './refresh/gate.ts'
import { PostOffice } from './refresh/inbox.ts'
import type { Announcement, LifeRules } from './refresh/life.ts'
import { watchPolicies } from './refresh/policies.ts'
import { SecondTry } from './refresh/second-try.ts'
import { type ConfigHealth, type ConfigStatus, describeHealth, describeStatus } from './refresh/status.ts'
import type { WatchOptions } from './refresh/watchers.ts'
import type { Work } from './refresh/work.ts'
import { type CreateResource, checkResourceOptions, type ResourceOptions } from './resources/resource-options.ts'
import type { Resource, Resources } from './resources/resources.ts'
import { describeThrown } from './schema/thrown.ts'
import type { ConfigExplanation } from './snapshot/explain.ts'
import { type Published, type Snapshot, verify } from './snapshot/snapshot.ts'

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
   * Looks at once whether anything has changed, secrets included. Calls at the same time share one look.
   *
   * @throws LoadError when what is stored could not be read, or cannot be used: the last snapshot is kept.
   * @throws ConfigError `CLOSED` or `ABORTED` when the config is closed, or is meanwhile.
   */
  refresh(): Promise<RefreshResult>
  /**
   * Calls back when the selected part of the configuration is another one: after the change is published, for one
   * change at a time, and with the latest when there were several. Parts that did not change stay the same object.
   */
  watch<Selected>(
    select: (value: Value) => Selected,
    tell: (next: Selected, previous: Selected | undefined) => unknown,
    options?: WatchOptions<Selected>,
  ): Disposable
  /** Listens to an event. What a listener throws or rejects with comes back as `listenerError`, and stops no other. */
  on<Name extends keyof ConfigEvents<Value>>(
    event: Name,
    listener: (event: ConfigEvents<Value>[Name]) => unknown,
  ): Disposable
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
   * @throws Whatever `use` throws: the second time, or the first when there is none.
   */
  refreshOn<Result>(isAuthError: (error: unknown) => boolean, use: () => Result | Promise<Result>): Promise<Result>
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

/** What is served; written by the handle, read by whoever makes the next. */
export interface Serving {
  published: Published | undefined
  /** What was noticed so far, one line each. */
  readonly warnings: Set<string>
}

/** What the handle does not do itself. */
export interface LiveConfigParts {
  readonly rules: LifeRules
  readonly clock: Clock
  readonly random: Random
  readonly serving: Serving
  readonly notifications: readonly NotificationSource[]
  /** Closes the config when it aborts. */
  readonly signal: AbortSignal | undefined
  fly(work: Work, signal: AbortSignal): Promise<Flown<Published>>
  /** Reads the policies of parameters, if they are wanted. */
  readonly readPolicies: ((signal: AbortSignal) => Promise<readonly StoredPolicy[]>) | undefined
  covers(hint: Hint): boolean
  holds(hint: Hint): boolean
  explain(snapshot: Snapshot<unknown> | undefined, key: string | undefined): ConfigExplanation
  /** What reading has taken so far. */
  usage(): SourceUsage
  /** Hints at whatever a login may be made with. */
  credentials(): Hint[]
  readonly resources: Resources<unknown>
  /** A notification that matters was so many milliseconds on its way. */
  lagged(lagMs: number): void
  /** For whoever wants to know on whose behalf something is read. */
  readonly captureContext: (() => ContextRunner) | undefined
  /** Whether a function is invoked at this moment, where there is one. */
  isInvoked(): boolean
  /** The process may have stood still: connections of the source may be dead. */
  thawed(): void
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
  /** Tells that something made of the configuration could not be `made` or `destroyed`. */
  complainOfResource(what: 'made' | 'destroyed', error: unknown): void
}

export function makeLiveConfig<Value>(parts: LiveConfigParts): StartableConfig<Value> {
  const handle = new Handle<Value>(parts)
  return {
    config: handle,
    start: () => handle.start(),
    warn: (message) => handle.warn(message),
    complainOfResource: (what, error) => handle.complainOfResource(what, error),
  }
}

class Handle<Value> implements LiveConfig<Value>, Invocable<Value> {
  readonly ready: Promise<void>
  readonly #parts: LiveConfigParts
  readonly #gate: Gate<Published>
  readonly #postOffice: PostOffice
  readonly #announcer: Announcer<Value>
  readonly #secondTry: SecondTry
  readonly #invocations: Invocations<Value>
  readonly #listening = new AbortController()
  readonly #obey = () => {
    const cause = this.#parts.signal?.reason
    const end = this.#end(new ConfigError('ABORTED', 'the config was closed: its signal has aborted', { cause }))
    // Nobody awaits this one; whoever calls close() gets what a custom source rejected with.
    end.catch(() => undefined)
  }
  /** Whether reads are looked at, because nobody tells of invocations where somebody should. */
  #isUnattended: boolean
  #listeners: Promise<unknown> = Promise.resolve()
  #settle: { resolve(): void; reject(error: unknown): void } = { resolve: () => undefined, reject: () => undefined }
  #failure: ConfigError | undefined
  #ended: Promise<void> | undefined

  constructor(parts: LiveConfigParts) {
    this.#parts = parts
    this.#announcer = new Announcer(parts.serving.warnings)
    this.#gate = new Gate({
      rules: parts.rules,
      clock: parts.clock,
      random: parts.random,
      fly: (work, signal) => parts.fly(work, signal),
      commit: (published) => this.#commit(published),
      verify: (at) => this.#verify(at),
      announce: (event, flown) => this.#announce(event, flown),
      captureContext: parts.captureContext,
    })
    this.#postOffice = new PostOffice({
      covers: (hint) => parts.covers(hint),
      holds: (hint) => parts.holds(hint),
      now: () => parts.clock.now(),
      take: (hint) => this.#gate.send({ type: 'hinted', hints: [hint] }),
      lagged: (lagMs) => parts.lagged(lagMs),
      notice: (notice) => this.#announcer.notice(notice, parts.serving.published, parts.clock.now()),
      opened: () => this.#gate.send({ type: 'opened' }),
      told: () => this.#gate.send({ type: 'told' }),
      heard: (isHealthy) => this.#hear(isHealthy),
      failed: (name, failure) =>
        this.warn(`${name} cannot listen for changes for now: ${failure.detail}: ${failure.remedy}`),
    })
    this.#secondTry = new SecondTry({
      clock: parts.clock,
      revision: () => this.#revision,
      lookAtCredentials: (isPublished) => this.#gate.lookAt(parts.credentials(), isPublished),
    })
    this.ready = parts.keepAlive(
      new Promise<void>((resolve, reject) => {
        this.#settle = { resolve, reject }
      }),
    )
    this.#isUnattended = parts.rules.isInvoked === true
    this.#invocations = new Invocations({
      gate: this.#gate,
      clock: parts.clock,
      isInvoked: parts.rules.isInvoked === true,
      ready: this.ready,
      pin: () => this.pin(),
      refresh: () => this.refresh(),
      keepAlive: parts.keepAlive,
      resumed() {
        parts.thawed()
        parts.resources.resume()
      },
      suspended: () => parts.resources.pause(),
    })
    // Whoever awaits `ready` gets the error; a process does not end because nobody has come to it yet.
    this.ready.catch(() => undefined)
  }

  start(): void {
    const { signal, clock, random } = this.#parts
    signal?.addEventListener('abort', this.#obey, { once: true })
    if (signal?.aborted) {
      this.#obey()
      return
    }
    this.#gate.send({ type: 'started' })
    const options = {
      clock,
      random,
      signal: this.#listening.signal,
      settled: () => this.#gate.settled(),
      during: <Result>(work: () => Promise<Result>) => {
        this.#attend()
        return this.#invocations.during(work)
      },
    }
    this.#listeners = Promise.allSettled([
      this.#watchPolicies(),
      ...this.#sources().map(async (source) => {
        const inbox = this.#postOffice.open(source.name)
        try {
          await source.listen(inbox, options)
        } catch (error) {
          const detail = `the notification source threw ${describeThrown(error)}`
          inbox.failed({ code: 'UNREACHABLE', isTransient: false, detail, remedy: 'have it go on trying' })
        }
      }),
    ])
  }

  /** Until there is a snapshot: {@link Handle.#show} puts a plain property in its place, which is read faster. */
  get current(): Value {
    return this.pin().value
  }

  pin(): Snapshot<Value> {
    const { published } = this.#parts.serving
    if (published === undefined) throw this.#absence()
    if (this.#isUnattended && this.#parts.isInvoked()) {
      this.#attend()
      this.warn(unattended)
    }
    return published.snapshot as Snapshot<Value>
  }

  async refresh(): Promise<RefreshResult> {
    if (this.#ended !== undefined) throw this.#failure ?? closed('the config is closed')
    const result = this.#gate.refresh()
    this.#parts.keepAlive(this.#invocations.untilOver(result))
    return result
  }

  watch<Selected>(
    select: (value: Value) => Selected,
    tell: (next: Selected, previous: Selected | undefined) => unknown,
    options: WatchOptions<Selected> = {},
  ): Disposable {
    const { published } = this.#parts.serving
    const current = published && { value: published.snapshot.value as Value }
    return this.#announcer.watchers.add(select, tell, options, current)
  }

  on<Name extends keyof ConfigEvents<Value>>(
    event: Name,
    listener: (event: ConfigEvents<Value>[Name]) => unknown,
  ): Disposable {
    return this.#announcer.observers.on(event, listener)
  }

  async resource<Selected, Thing>(
    select: (value: Value) => Selected,
    create: CreateResource<Selected, Thing>,
    options: ResourceOptions<Thing> = {},
  ): Promise<Resource<Thing>> {
    checkResourceOptions(options)
    await this.ready
    return this.#parts.keepAlive(this.#parts.resources.add((value) => select(value as Value), create, options))
  }

  refreshOn<Result>(isAuthError: (error: unknown) => boolean, use: () => Result | Promise<Result>): Promise<Result> {
    return this.#secondTry.run(isAuthError, use)
  }

  status(): ConfigStatus {
    return describeStatus({
      life: this.#gate.life,
      snapshot: this.#parts.serving.published?.snapshot,
      lastError: this.#announcer.lastError,
      notifications: this.#postOffice.status,
      expiring: this.#announcer.expiring,
      usage: this.#parts.usage(),
      resources: this.#parts.resources.status,
    })
  }

  health(): ConfigHealth {
    return describeHealth({
      life: this.#gate.life,
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

  [invocable](): Invocation<Value> | Promise<Invocation<Value>> {
    this.#attend()
    return this.#invocations.begin()
  }

  warn(message: string): void {
    this.#announcer.warn(message)
  }

  complainOfResource(what: 'made' | 'destroyed', error: unknown): void {
    this.#announcer.complainOfResource(what, error)
  }

  get #revision(): number | undefined {
    return this.#parts.serving.published?.snapshot.revision
  }

  #commit(published: Published): void {
    const { serving, resources } = this.#parts
    const previous = serving.published
    serving.published = published
    this.#show()
    resources.commit(published.snapshot.value)
    this.#announcer.note(previous, published)
  }

  #show(): void {
    const { published } = this.#parts.serving
    if (published === undefined || this.#isUnattended) return
    Object.defineProperty(this, 'current', { value: published.snapshot.value, configurable: true })
  }

  #attend(): void {
    if (!this.#isUnattended) return
    this.#isUnattended = false
    this.#show()
  }

  // Where the process may be frozen at any time, nobody waits for messages.
  #sources(): readonly NotificationSource[] {
    const { notifications, rules } = this.#parts
    if (rules.isInvoked !== true) return notifications
    for (const { name } of notifications.filter(({ isPassive }) => isPassive !== true)) {
      this.warn(`${name} is not listened to in Lambda: use lambdaNotifications() of liveparam/lambda`)
    }
    return notifications.filter(({ isPassive }) => isPassive === true)
  }

  #verify(at: number): void {
    const { serving } = this.#parts
    if (serving.published !== undefined) serving.published = verify(serving.published, at)
  }

  #announce(event: Announcement, flown: Flown<Published> | undefined): void {
    const snapshot = this.#parts.serving.published?.snapshot as Snapshot<Value> | undefined
    if (event === 'ready') {
      this.#failure = undefined
      this.#settle.resolve()
    }
    if (event === 'failed' && snapshot === undefined && this.#parts.rules.mode === 'strict') {
      this.#failure = flown?.error
      this.#settle.reject(flown?.error)
    }
    this.#announcer.announce(event, { life: this.#gate.life, flown, snapshot })
  }

  async #watchPolicies(): Promise<void> {
    const { readPolicies, clock, random, rules } = this.#parts
    if (readPolicies === undefined) return
    if (rules.isInvoked === true) return this.warn('policies are not read in Lambda: notifications tell of them')
    // Which keys they are about is known from then on.
    await this.ready
    await watchPolicies({
      read: readPolicies,
      notice: (notice) => this.#postOffice.notice(notice),
      failed: (error) => this.warn(`policies: ${describeFailure(error)}`),
      clock,
      random,
      signal: this.#listening.signal,
    })
  }

  #hear(isHealthy: boolean): void {
    if (this.#gate.life.push.isHealthy !== isHealthy) this.#gate.send({ type: 'pushed', isHealthy })
  }

  #end(reason: ConfigError): Promise<void> {
    this.#ended ??= this.#parts.keepAlive(this.#endWith(reason))
    return this.#ended
  }

  async #endWith(reason: ConfigError): Promise<void> {
    this.#parts.signal?.removeEventListener('abort', this.#obey)
    if (this.#parts.serving.published === undefined) this.#failure ??= reason
    this.#gate.close(reason)
    this.#listening.abort(reason)
    this.#settle.reject(reason)
    // Others may wait for AWS, which is no reason to leave connections open.
    const destroyed = this.#parts.resources.close()
    await this.#gate.grounded()
    await this.#listeners
    await destroyed
    await this.#parts.release()
  }

  #absence(): ConfigError {
    const message = 'the config has no snapshot yet: await config.ready, or use loadConfig(), before reading current'
    return this.#failure ?? new ConfigError('NOT_READY', message)
  }
}

const unattended =
  'withConfig() or configMiddleware() of liveparam/lambda is not around the handler: the config stays as it was loaded'

function describeFailure(error: unknown): string {
  if (!(error instanceof CallFailed)) return `reading them threw ${describeThrown(error)}`
  const { detail, remedy } = error.failure
  return `${detail}: ${remedy}`
}

function closed(message: string): ConfigError {
  return new ConfigError('CLOSED', message)
}
