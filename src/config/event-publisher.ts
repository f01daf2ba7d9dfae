import type { LayerValue } from '../decode/merge-layers.ts'
import { type ConfigError, LoadError } from '../errors.ts'
import { describeThrown } from '../messages/describe-thrown.ts'
import { printable } from '../messages/printable.ts'
import type { Clock, PolicyNotice } from '../ports.ts'
import { parameterIn } from '../refresh/hints.ts'
import type { RefreshLoop } from '../refresh/loop.ts'
import type { EmittedEvent, RefreshOutcome, RefreshRules } from '../refresh/state.ts'
import type { RefreshTask } from '../refresh/task.ts'
import type { ResourceFailure } from '../resources/resources.ts'
import { formatKey } from '../schema/key-path.ts'
import { PromiseReturned } from '../schema/plain-result.ts'
import { changesBetween } from '../snapshot/diff.ts'
import { freezeShell } from '../snapshot/freeze.ts'
import { cannotRedact, type Published, type Snapshot, verify } from '../snapshot/snapshot.ts'
import { DeadlineReached } from '../time/deadline.ts'
import { Emitter } from './emitter.ts'
import type { ChangeEvent, ConfigEvents } from './events.ts'
import { ExpiringParameters } from './expiring-parameters.ts'
import { Readiness } from './readiness.ts'
import type { ExpiringParameter } from './status.ts'
import { Watchers } from './watchers.ts'

/** Publishes snapshots, and emits the events of a config. The state changes before the event is emitted. */
export class EventPublisher<Value> {
  readonly emitter: Emitter<ConfigEvents<Value>> = new Emitter((event, error) => this.#reportFailure(event, error))
  readonly watchers: Watchers<Value> = new Watchers((error) => this.#reportFailure('watch', error))
  readonly readiness: Readiness = new Readiness()
  readonly #mode: RefreshRules['mode']
  readonly #clock: Clock
  readonly #warnings = new Set<string>()
  readonly #expiring = new ExpiringParameters()
  #published: Published | undefined
  #lastError: LastError | undefined
  #change: { previous: Published; changed: ChangeEvent<Value>['changed'] } | undefined
  #rejected: string | undefined
  #isClosing = false

  constructor(mode: RefreshRules['mode'], clock: Clock) {
    this.#mode = mode
    this.#clock = clock
  }

  get published(): Published | undefined {
    return this.#published
  }

  get snapshot(): Snapshot<Value> | undefined {
    return this.#published?.snapshot as Snapshot<Value> | undefined
  }

  get lastError(): LastError | undefined {
    return this.#lastError
  }

  get expiring(): readonly ExpiringParameter[] {
    return this.#expiring.all
  }

  get warnings(): readonly string[] {
    return [...this.#warnings]
  }

  /** @throws ConfigError before the first snapshot. */
  pin(): Snapshot<Value> {
    if (this.snapshot === undefined) throw this.readiness.notReady()
    return this.snapshot
  }

  /** Replaces the snapshot. {@link EventPublisher.publish} emits the change. */
  commit(published: Published): void {
    const previous = this.#published
    this.#published = published
    if (previous === undefined) return
    const changed = changesBetween(previous.stored, published.stored)
    const versions = changed.flatMap(({ from, to }) => [from, to]).filter((version) => version !== undefined)
    this.#expiring.forget(versions.flatMap(({ parameter }) => parameterIn(parameter) ?? []))
    this.#change = { previous, changed }
  }

  verify(at: number): void {
    if (this.#published !== undefined) this.#published = verify(this.#published, at)
  }

  /** Emits the event of the loop to the listeners of the user. `closed` waits for {@link EventPublisher.end}. */
  publish(
    event: EmittedEvent,
    loop: Pick<RefreshLoop<Published>, 'state' | 'toClockTime'>,
    outcome: RefreshOutcome<Published> | undefined,
  ): void {
    const { cause = 'refresh' } = outcome?.task ?? {}
    const { reason = 'source-error', verifiedAt } = loop.state
    const error = outcome !== undefined && 'error' in outcome ? outcome.error : undefined
    if (error !== undefined) this.#lastError = { error, at: this.#clock.now() }
    if (error instanceof LoadError) freezeProblems(error)
    if (event === 'ready' || event === 'changed' || event === 'unchanged') this.#rejected = undefined
    if (event === 'ready') this.#emitReady(cause)
    else if (event === 'changed') this.#emitChange(cause)
    else if (event === 'unchanged')
      this.emitter.emit('unchanged', {
        verifiedAt: verifiedAt === undefined ? this.#clock.now() : loop.toClockTime(verifiedAt),
        cause,
      })
    else if (event === 'recovered') this.emitter.emit('recovered', { cause })
    else if (event === 'stale') this.emitter.emit('stale', { reason, ...(error !== undefined && { error }) })
    else if (event === 'rejected') this.#emitRejected(error)
    else if (event === 'failed') this.#emitError(error)
    else {
      this.#isClosing = true
      this.watchers.clear()
    }
  }

  /** Emits each message once. */
  warn(text: string): void {
    const message = printable(text)
    if (this.#warnings.has(message)) return
    this.#warnings.add(message)
    this.emitter.emit('warning', { message })
  }

  /** Emits `expiring`, once, if the parameter is in use. */
  reportExpiring(notice: PolicyNotice): void {
    const stored = [...(this.#published?.stored.values() ?? [])]
    const isFrom = ({ parameter }: LayerValue) => parameterIn(parameter) === notice.parameter
    const keys = stored.filter(({ winner, overridden }) => [winner, ...overridden].some(isFrom))
    // A message can name any parameter below an open path, and each would take memory.
    if (keys.length === 0) return
    const names = keys.map(({ path }) => formatKey(path))
    const expiring = this.#expiring.note(notice, names, this.#clock.now())
    if (expiring !== undefined && !this.#isClosing) this.emitter.emit('expiring', expiring)
  }

  reportResourceFailure({ operation, error, index, name }: ResourceFailure): void {
    this.emitter.emit('listenerError', { event: 'resource', error, ...(index !== undefined && { resource: index }) })
    const place = index === undefined ? 'a resource' : `resource ${index} of status().resources`
    const which = name === undefined ? place : `resource ${printable(name)}`
    const isLate = error instanceof DeadlineReached
    const reason = isLate ? error.message : describeThrown(error)
    this.warn(`could not ${operation} ${which}: ${reason}: ${remedyFor(operation, isLate)}`)
  }

  /** Emits the last event. Failures of `destroy` come before it, so it waits for the resources. */
  end(): void {
    this.emitter.emit('closed', {})
    this.emitter.clear()
  }

  #emitReady(cause: RefreshTask['cause']): void {
    const { snapshot } = this
    if (snapshot === undefined) return
    this.readiness.resolve()
    this.emitter.emit('ready', { snapshot, cause })
    this.watchers.update(snapshot.value)
  }

  #emitChange(cause: RefreshTask['cause']): void {
    const current = this.#published
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
    if (this.#mode === 'strict' && this.#published === undefined) this.readiness.reject(error)
    if (error !== undefined) this.emitter.emit('error', { error })
  }

  #reportFailure(event: string, error: unknown): void {
    if (event !== 'listenerError') this.emitter.emit('listenerError', { event, error })
    this.warn(error instanceof PromiseReturned ? error.message : `a listener of ${event} failed`)
  }
}

interface LastError {
  readonly error: ConfigError
  readonly at: number
}

// All listeners get the same error.
function freezeProblems({ problems, missing, unreadable, invalid }: LoadError): void {
  for (const part of [problems, missing, unreadable, invalid]) Object.freeze(part)
  for (const problem of problems) Object.freeze(problem)
}

function remedyFor(operation: ResourceFailure['operation'], isLate: boolean): string {
  if (operation === 'create') return 'the previous resource stays in use, and liveparam retries'
  return isLate
    ? 'liveparam no longer waits for it: check for connections that were not released, or raise graceMs'
    : 'see the listenerError event'
}
