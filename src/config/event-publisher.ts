import { type ConfigError, LoadError } from '../errors.ts'
import { printable } from '../messages/printable.ts'
import { platform } from '../platform/node.ts'
import type { Clock } from '../ports.ts'
import type { RefreshLoop } from '../refresh/loop.ts'
import type { RefresherRules } from '../refresh/refresher.ts'
import type { Cause, EmittedEvent, RefreshOutcome, RefreshRules } from '../refresh/state.ts'
import type { Resources } from '../resources/resources.ts'
import { parameterIn } from '../schema/names.ts'
import { PromiseReturned } from '../schema/plain-result.ts'
import { changesBetween } from '../snapshot/diff.ts'
import { freezeShell } from '../snapshot/freeze.ts'
import { cannotRedact, type Published, type Snapshot, verify } from '../snapshot/snapshot.ts'
import { Emitter } from './emitter.ts'
import type { ChangeEvent, ConfigEvents } from './events.ts'
import { Readiness } from './readiness.ts'
import type { ExpiringParameter } from './status.ts'
import { Watchers } from './watchers.ts'

const frozenPrototype =
  'the prototype of the config is frozen, so config.current cannot follow changes: freeze the config alone, or read config.pin().value'

const unwrapped =
  'the config is not refreshed between invocations: wrap the handler with withConfig() or configMiddleware() from liveparam/lambda'

/** Publishes snapshots, and emits the events of a config. The state changes before the event is emitted. */
export class EventPublisher<Value> {
  readonly emitter: Emitter<ConfigEvents<Value>> = new Emitter((event, error) => this.#reportFailure(event, error))
  readonly watchers: Watchers<Value> = new Watchers((error) => this.#reportFailure('watch', error))
  readonly readiness: Readiness = new Readiness()
  readonly warnings: Set<string> = new Set()
  /** Announcements of policies by parameter and policy, until the parameter changes: a new version has new policies. */
  readonly expiring: Map<string, ExpiringParameter> = new Map()
  /**
   * The prototype of the config. It holds `current` as a plain property, which is faster to read than a getter, and which
   * still changes when the config is frozen.
   */
  readonly prototype: object = {}
  published: Published | undefined
  lastError: { readonly error: ConfigError; readonly at: number } | undefined
  /** Absent before the first call of `resource()`. */
  resources: Resources<Value> | undefined
  /** Called when a candidate was accepted, before the event. It must not throw. */
  onAccepted: (() => void) | undefined
  readonly #rules: PublisherRules
  readonly #clock: Clock
  #change: { readonly previous: Published; readonly changed: ChangeEvent<Value>['changed'] } | undefined
  #rejected: string | undefined
  /** In Lambda, until an invocation of a wrapped handler: reads of `current` go through a getter, which can warn. */
  #isChecked: boolean

  constructor(rules: PublisherRules, clock: Clock) {
    this.#rules = rules
    this.#clock = clock
    this.#isChecked = rules.isInvoked === true
  }

  get snapshot(): Snapshot<Value> | undefined {
    return this.published?.snapshot as Snapshot<Value> | undefined
  }

  /** @throws ConfigError before the first snapshot. */
  pin(): Snapshot<Value> {
    const { snapshot } = this
    if (snapshot === undefined) throw this.readiness.notReady()
    return snapshot
  }

  /** Replaces the snapshot. {@link EventPublisher.publish} emits the change. */
  commit(published: Published): void {
    const previous = this.published
    this.published = published
    if (previous !== undefined) {
      const changed = changesBetween(previous.stored, published.stored)
      this.#change = { previous, changed }
      if (this.expiring.size > 0) this.#forgetExpiring(changed)
    }
    this.#updateCurrent(published)
    this.resources?.commit(published.snapshot.value as Value)
  }

  verify(at: number): void {
    this.published &&= verify(this.published, at, this.#rules.origin)
  }

  /** Emits the event of the loop to the listeners of the user. `closed` waits for {@link EventPublisher.end}. */
  publish(
    event: EmittedEvent,
    loop: Pick<RefreshLoop<Published>, 'state'>,
    outcome: RefreshOutcome<Published> | undefined,
  ): void {
    const { cause = 'refresh' } = outcome?.task ?? {}
    const { reason = 'source-error' } = loop.state
    const error = outcome !== undefined && 'error' in outcome ? outcome.error : undefined
    if (error !== undefined) this.lastError = { error, at: this.#clock.now() }
    // All listeners get the same error.
    if (error instanceof LoadError) {
      for (const problem of error.problems) Object.freeze(problem)
      for (const part of ['problems', 'missing', 'unreadable', 'invalid'] as const) Object.freeze(error[part])
    }
    if (event === 'ready' || event === 'changed' || event === 'unchanged') {
      this.#rejected = undefined
      this.onAccepted?.()
    }
    if (event === 'ready') this.#emitReady(cause)
    else if (event === 'changed') this.#emitChange(cause)
    else if (event === 'unchanged') this.emitter.emit('unchanged', { verifiedAt: this.pin().verifiedAt, cause })
    else if (event === 'recovered') this.emitter.emit('recovered', { cause })
    else if (event === 'stale') this.emitter.emit('stale', { reason, ...(error !== undefined && { error }) })
    else if (event === 'rejected') this.#emitRejected(error)
    else if (event === 'failed') this.#emitError(error)
    else this.watchers.clear()
  }

  /** Emits each message once. */
  warn(text: string): void {
    const message = printable(text)
    if (this.warnings.has(message)) return
    this.warnings.add(message)
    this.emitter.emit('warning', { message })
  }

  /** Warns if an invocation reads the config and its handler is not wrapped. */
  checkRead(): void {
    if (!this.#isChecked || !platform.isInvoked()) return
    this.stopChecking()
    this.warn(unwrapped)
  }

  /** Makes `current` a plain property, once the handler is known to be wrapped or the user is warned. */
  stopChecking(): void {
    if (!this.#isChecked) return
    this.#isChecked = false
    if (this.published !== undefined) this.#updateCurrent(this.published)
  }

  /** Emits the last event. */
  end(): void {
    this.emitter.emit('closed', {})
    this.emitter.clear()
  }

  #updateCurrent({ snapshot }: Published): void {
    if (this.#isChecked) return
    const property = { value: snapshot.value, configurable: true }
    if (!Reflect.defineProperty(this.prototype, 'current', property)) this.warn(frozenPrototype)
  }

  #forgetExpiring(changed: ChangeEvent<Value>['changed']): void {
    const versions = changed.flatMap(({ from, to }) => [from, to]).filter((version) => version !== undefined)
    const names = new Set(versions.flatMap(({ parameter }) => parameterIn(parameter) ?? []))
    for (const [id, { parameter }] of this.expiring) if (names.has(parameter)) this.expiring.delete(id)
  }

  #emitReady(cause: Cause): void {
    const snapshot = this.pin()
    this.readiness.resolve()
    this.emitter.emit('ready', { snapshot, cause })
    this.watchers.update(snapshot.value)
  }

  #emitChange(cause: Cause): void {
    const current = this.published
    if (this.#change === undefined || current === undefined) return
    const { previous, changed } = this.#change
    this.#change = undefined
    const { value, revision } = current.snapshot as Snapshot<Value>
    const event = { current: value, previous: previous.snapshot.value as Value, changed, revision, cause }
    this.emitter.emit(
      'change',
      freezeShell(event, {
        current: cannotRedact(current.snapshot.value, current.sensitive),
        previous: cannotRedact(previous.snapshot.value, previous.sensitive),
      }),
    )
    this.watchers.update(value)
  }

  // Do not emit `rejected` again for the same problems.
  #emitRejected(error: ConfigError | undefined): void {
    if (!(error instanceof LoadError)) return
    const reasons = JSON.stringify(error.problems.map(({ requestId: _, attempts: __, ...problem }) => problem))
    if (reasons === this.#rejected) return
    this.#rejected = reasons
    this.emitter.emit('rejected', { problems: error.problems, error })
  }

  #emitError(error: ConfigError | undefined): void {
    if (this.#rules.mode !== 'background' && this.published === undefined) this.readiness.reject(error)
    if (error !== undefined) this.emitter.emit('error', { error })
  }

  #reportFailure(event: string, error: unknown): void {
    if (event !== 'listenerError') this.emitter.emit('listenerError', { event, error })
    this.warn(error instanceof PromiseReturned ? error.message : `a listener of ${event} failed`)
  }
}

type PublisherRules = Pick<RefreshRules, 'mode' | 'isInvoked'> & Pick<RefresherRules, 'origin'>
