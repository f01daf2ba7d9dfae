import type { LayerValue } from '../decode/merge-layers.ts'
import { type ConfigError, LoadError } from '../errors.ts'
import { describeThrown } from '../messages/describe-thrown.ts'
import { printable } from '../messages/printable.ts'
import type { PolicyNotice } from '../ports.ts'
import { parameterIn } from '../refresh/hints.ts'
import type { RefreshLoop } from '../refresh/loop.ts'
import type { EmittedEvent } from '../refresh/state.ts'
import type { RefreshTask } from '../refresh/task.ts'
import type { ResourceFailure } from '../resources/resources.ts'
import { formatKey } from '../schema/key-path.ts'
import { PromiseReturned } from '../schema/plain-result.ts'
import { changesBetween } from '../snapshot/diff.ts'
import { freezeShell } from '../snapshot/freeze.ts'
import { cannotRedact, type Published, type Snapshot } from '../snapshot/snapshot.ts'
import { DeadlineReached } from '../time/deadline.ts'
import { Emitter } from './emitter.ts'
import type { ChangeEvent, ConfigEvents } from './events.ts'
import { ExpiringParameters } from './expiring-parameters.ts'
import type { ExpiringParameter } from './status.ts'
import { Watchers } from './watchers.ts'

/** Tells those who listen of what the gate announces. */
export class EventPublisher<Value> {
  readonly emitter: Emitter<ConfigEvents<Value>> = new Emitter((event, error) => this.#reportFailure(event, error))
  readonly watchers: Watchers<Value> = new Watchers((error) => this.#reportFailure('watch', error))
  readonly #warnings: Set<string>
  #lastError: { readonly error: ConfigError; readonly at: number } | undefined
  #change: { current: Published; previous: Published; changed: ChangeEvent<Value>['changed'] } | undefined
  #rejected: string | undefined
  readonly #expiring = new ExpiringParameters()
  #isClosing = false

  /** @param warnings What was told so far. */
  constructor(warnings: Set<string>) {
    this.#warnings = warnings
  }

  /** The last thing that went wrong. */
  get lastError(): { readonly error: ConfigError; readonly at: number } | undefined {
    return this.#lastError
  }

  /** What policies have announced of parameters that are in use. */
  get expiring(): readonly ExpiringParameter[] {
    return this.#expiring.all
  }

  /** Tells what the policy of a parameter announces, once. */
  notice(notice: PolicyNotice, published: Published | undefined, at: number): void {
    const stored = [...(published?.stored.values() ?? [])]
    const isFrom = ({ parameter }: LayerValue) => parameterIn(parameter) === notice.parameter
    const keys = stored.filter(({ winner, overridden }) => [winner, ...overridden].some(isFrom))
    // A message may name any parameter below an open path, and each would be kept.
    if (keys.length === 0) return
    const expiring = this.#expiring.note(
      notice,
      keys.map(({ path }) => formatKey(path)),
      at,
    )
    if (expiring !== undefined && !this.#isClosing) this.emitter.emit('expiring', expiring)
  }

  /** Tells of something odd, once. */
  warn(text: string): void {
    const message = printable(text)
    if (this.#warnings.has(message)) return
    this.#warnings.add(message)
    this.emitter.emit('warning', { message })
  }

  /** Something that is made of the configuration could not be made or destroyed. */
  reportResourceFailure({ what, error, index, name }: ResourceFailure): void {
    this.emitter.emit('listenerError', { event: 'resource', error, ...(index !== undefined && { resource: index }) })
    const place = index === undefined ? 'a resource' : `resource ${index} of status().resources`
    const which = name === undefined ? place : `resource ${printable(name)}`
    const isLate = error instanceof DeadlineReached
    const reason = isLate ? error.message : describeThrown(error)
    this.warn(`${which} could not be ${what}: ${reason}: ${remedyFor(what, isLate)}`)
  }

  /** Takes note of what is published, to tell of it when it is announced. */
  note(previous: Published | undefined, current: Published): void {
    if (previous === undefined) return
    const changed = changesBetween(previous.stored, current.stored)
    this.#expiring.forget(
      changed
        .flatMap(({ from, to }) => [from, to])
        .flatMap((version) => (version === undefined ? [] : parameterIn(version.parameter))),
    )
    this.#change = { current, previous, changed }
  }

  publish(
    event: EmittedEvent,
    {
      loop,
      at,
      task,
      error,
      snapshot,
    }: {
      loop: RefreshLoop<Published>
      at: number
      task: RefreshTask | undefined
      error: ConfigError | undefined
      snapshot: Snapshot<Value> | undefined
    },
  ): void {
    const { verifiedAt, reason } = loop.state
    const { cause = 'refresh' } = task ?? {}
    const shown = error === undefined ? {} : { error }
    if (error !== undefined) this.#lastError = { error, at }
    if (error instanceof LoadError) freezeProblems(error)
    if (event === 'ready' || event === 'changed' || event === 'unchanged') this.#rejected = undefined
    if (event === 'ready' && snapshot !== undefined) {
      this.emitter.emit('ready', { snapshot, cause })
      this.watchers.see(snapshot.value)
    } else if (event === 'changed') this.#announceChange(cause)
    else if (event === 'unchanged')
      this.emitter.emit('unchanged', {
        verifiedAt: verifiedAt === undefined ? at : loop.toClockTime(verifiedAt),
        cause,
      })
    else if (event === 'recovered') this.emitter.emit('recovered', { cause })
    else if (event === 'stale') this.emitter.emit('stale', { reason: reason ?? 'source-error', ...shown })
    else if (event === 'rejected') this.#announceRejection(error)
    else if (event === 'failed' && error !== undefined) this.emitter.emit('error', { error })
    else if (event === 'closed') this.#close()
  }

  /** Emits the last event. Once resources are destroyed: until then, a `destroy` that fails is reported. */
  end(): void {
    this.emitter.emit('closed', {})
    this.emitter.clear()
  }

  #announceChange(cause: RefreshTask['cause']): void {
    if (this.#change === undefined) return
    const { current, previous, changed } = this.#change
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
    this.watchers.see(value)
  }

  // A candidate that is rejected for the same reasons again is no news.
  #announceRejection(error: ConfigError | undefined): void {
    if (!(error instanceof LoadError)) return
    const reasons = JSON.stringify(error.problems.map(({ requestId: _, attempts: __, ...problem }) => problem))
    if (reasons === this.#rejected) return
    this.#rejected = reasons
    this.emitter.emit('rejected', { problems: error.problems, error })
  }

  #close(): void {
    this.#isClosing = true
    this.watchers.clear()
  }

  #reportFailure(event: string, error: unknown): void {
    if (event !== 'listenerError') this.emitter.emit('listenerError', { event, error })
    this.warn(error instanceof PromiseReturned ? error.message : `a listener of ${event} failed`)
  }
}

// All listeners get the same error.
function freezeProblems({ problems, missing, unreadable, invalid }: LoadError): void {
  for (const part of [problems, missing, unreadable, invalid]) Object.freeze(part)
  for (const problem of problems) Object.freeze(problem)
}

function remedyFor(what: ResourceFailure['what'], isLate: boolean): string {
  if (what === 'made') return 'the last one stays, and it is tried again'
  return isLate
    ? 'closing does not wait for it any longer: check what was never released to it, or raise graceMs'
    : 'see the listenerError event'
}
