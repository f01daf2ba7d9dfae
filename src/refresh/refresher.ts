import type { Clock, ParameterSource, Random, SourceUsage } from '../ports.ts'
import type { StoredKeys } from '../snapshot/diff.ts'
import { makeSnapshot, type Published, type Snapshot } from '../snapshot/snapshot.ts'
import { DeadlineReached, race, settleSoon, withDeadline } from '../time/deadline.ts'
import type { ConnectedBackup, Restoration, RestoreAttempt } from './backup.ts'
import {
  type AcceptedCandidate,
  type CandidateSpec,
  type Listing,
  type MadeCandidate,
  makeCandidate,
  type Progress,
  type Refusal,
} from './candidate.ts'
import type { KeptReading } from './hints.ts'
import type { Hooks } from './hooks.ts'
import type { Publisher, Reader } from './reader.ts'
import type { ShrinkGuard } from './shrink-guard.ts'
import { type Findings, type RefreshOutcome, type RefreshRules, type RefreshTask, readsEverything } from './state.ts'
import type { TrackedSource } from './tracked-source.ts'

export interface RefresherRules extends Pick<RefreshRules, 'mode' | 'pollEveryMs'> {
  readonly startupTimeoutMs: number
  readonly origin: Snapshot<unknown>['origin']
  readonly allowsShrinking: boolean
  readonly hooks: Hooks
  /** Ends the turn of the event loop if it has lasted long enough. */
  pauseIfDue(): Promise<void> | undefined
}

/** The objects that a refresh works with. */
export interface RefresherParts {
  readonly rules: RefresherRules
  readonly spec: CandidateSpec
  readonly source: TrackedSource
  readonly reader: Reader
  readonly backup: ConnectedBackup | undefined
  readonly publisher: Publisher & { readonly resources: Resources | undefined }
  /** Runs code of the user that the refresh waits for. */
  readonly userCode: { run<Result>(work: () => Promise<Result>): Promise<Result> }
  readonly clock: Clock
  readonly random: Random
}

interface Resources {
  /** Creates the resources of a candidate. A rejection refuses the candidate. */
  prepare(value: unknown, signal: AbortSignal): Promise<void>
}

// A refresh has the timeout of the start, and at least 10 s: the last snapshot is served meanwhile.
const leastRefreshTimeoutMs = 10_000
const listingTimeoutMs = 1_000
const describingMs = 2_000
// Of few parameters, most may disappear at once.
const smallConfig = 10

/** Performs a task: reads, validates and makes a snapshot, or explains why not. */
export class Refresher {
  readonly #parts: RefresherParts
  #shrinkGuard: ShrinkGuard | undefined
  #hasWarnedOfCost = false
  #listings: Promise<readonly Listing[]> | undefined
  /** The last accepted reading, and the snapshot made of it. */
  #accepted: { readonly stored: StoredKeys; readonly kept: KeptReading | undefined } | undefined

  constructor(parts: RefresherParts) {
    this.#parts = parts
  }

  /** Rejects only with the signal's reason, or if a module cannot be loaded. */
  async refresh(task: RefreshTask, signal: AbortSignal): Promise<RefreshOutcome<Published>> {
    const { rules, clock, random, source } = this.#parts
    const startedAt = clock.now()
    const before = usageOf(source)
    this.#listings = undefined
    const isStart = task.cause === 'start'
    if (isStart && rules.mode === 'warm') {
      const restored = await this.#restore(undefined, task, signal)
      if (restored.published !== undefined) return { kind: 'restored', task, ...restored }
    }
    const timeoutMs = isStart ? rules.startupTimeoutMs : Math.max(rules.startupTimeoutMs, leastRefreshTimeoutMs)
    const { result: attempted, attempts } = await withDeadline(clock, timeoutMs, signal, async (deadline) => {
      const first = await this.#attempt(task, deadline)
      if (!isStart || first.kind !== 'refused') return { result: first, attempts: 1 }
      const { retryUntilAccepted } = await import('./refusals.ts')
      return retryUntilAccepted(first, () => this.#attempt(task, deadline), { clock, random, signal: deadline })
    })
    const result = await this.#prepareResources(attempted, signal)
    signal.throwIfAborted()
    if (result.kind === 'unchanged') return { kind: 'unchanged', task, ...result.findings }
    if (result.kind === 'published') return { kind: 'published', task, published: result.published, ...result.findings }
    const elapsedMs = Math.max(0, clock.now() - startedAt)
    const restored = await this.#restore(result, task, signal)
    const { toLoadError } = await import('./refusals.ts')
    const isServing = this.#parts.publisher.published !== undefined
    const facts = { attempts, elapsedMs, isServing, before, now: usageOf(source), source, restored }
    const error = await toLoadError(result, facts)
    if (restored.published !== undefined) return { kind: 'restored', task, ...restored, error }
    const { findings } = result
    if (findings === undefined || result.unreadable.length > 0) return { kind: 'failed', task, error }
    return { kind: result.isHeldBack === true ? 'held-back' : 'rejected', task, error, ...findings }
  }

  /** The reading that the snapshot was made of. Unpublished readings do not count. */
  get servedReading(): KeptReading | undefined {
    const { stored, kept } = this.#accepted ?? {}
    return stored !== undefined && stored === this.#parts.publisher.published?.stored ? kept : undefined
  }

  /** Uses the backup before the first snapshot. `refusal` is absent if AWS was not read yet. */
  async #restore(refusal: Refusal | undefined, task: RefreshTask, signal: AbortSignal): Promise<Restoration> {
    const { backup, publisher } = this.#parts
    if (backup === undefined || publisher.published !== undefined) return {}
    const attempt: RestoreAttempt = async (saved, limit) => {
      return this.#prepareResources(await this.#attempt(task, limit, saved), signal)
    }
    return backup.restore(refusal, attempt, signal)
  }

  async #attempt(task: RefreshTask, signal: AbortSignal, saved?: ParameterSource): Promise<Attempt> {
    const { clock, source } = this.#parts
    const before = usageOf(source)
    const progress: Progress = { stage: 'reading' }
    try {
      const attempt = this.#read(task, signal, progress, saved)
      const result = await settleSoon(attempt, signal, clock)
      if (result !== undefined) return result
      // On a slow disk, the module that describes the problems takes longer to load.
      const described = progress.stage === 'describing' && (await settleSoon(attempt, signal, clock, describingMs))
      if (described) return described
    } catch (error) {
      const isLate = [error, signal.reason].some((reason) => reason instanceof DeadlineReached)
      if (!isLate && (signal.aborted || progress.stage !== 'reading')) throw signal.aborted ? signal.reason : error
      if (!isLate) {
        const { sourceThrew } = await import('./refusals.ts')
        return sourceThrew(error)
      }
    }
    const { tooLate } = await import('./refusals.ts')
    return tooLate({ before, now: usageOf(source), isValidating: progress.isRead === true })
  }

  async #read(
    task: RefreshTask,
    signal: AbortSignal,
    progress: Progress,
    saved: ParameterSource | undefined,
  ): Promise<Attempt> {
    const { reader, spec, publisher, rules } = this.#parts
    const read = await reader.read(task, signal, saved)
    const served = publisher.published
    const isServed = read.repeated !== undefined && read.repeated === this.servedReading
    const { candidate, referenced }: MadeCandidate = isServed
      ? { candidate: { kind: 'unchanged' } }
      : await makeCandidate(spec, read, {
          served,
          progress,
          // Only a first load can have misspelled names, so only it lists the paths for suggestions.
          listPaths: served === undefined && saved === undefined ? () => this.#listPaths(signal) : undefined,
          pauseIfDue: rules.pauseIfDue,
        })
    if (signal.aborted && !(signal.reason instanceof DeadlineReached)) throw signal.reason
    const isReadable = candidate.kind !== 'refused' || candidate.unreadable.length === 0
    // After the deadline, a later attempt may have a newer reading.
    const kept = isReadable && !signal.aborted ? reader.keep(read, task, referenced) : undefined
    const findings = reader.findings(read)
    if (candidate.kind === 'refused') return { ...candidate, findings }
    const stored = candidate.kind === 'unchanged' ? served?.stored : candidate.stored
    this.#accepted = stored && { stored, kept }
    if (candidate.kind === 'accepted') return this.#accept(candidate, { task, findings, signal, progress })
    this.#shrinkGuard?.reset()
    return { kind: 'unchanged', findings }
  }

  // Once per refresh: the attempts of a start share the listings.
  #listPaths(signal: AbortSignal): Promise<readonly Listing[]> {
    const { clock, source, spec } = this.#parts
    this.#listings ??= withDeadline(clock, listingTimeoutMs, signal, async (deadline) => {
      const { listPaths } = await import('./refusals.ts')
      return race(listPaths(source, spec.planned, deadline), deadline)
    }).catch(() => [])
    return this.#listings
  }

  async #accept(candidate: AcceptedCandidate, context: AttemptContext): Promise<Attempt> {
    const { rules, spec, publisher, clock, userCode } = this.#parts
    const { task, findings, signal, progress } = context
    const served = publisher.published
    const before = rules.allowsShrinking ? undefined : served?.stored
    if (before !== undefined && before.size > smallConfig) {
      const { ShrinkGuard } = await import('./shrink-guard.ts')
      this.#shrinkGuard ??= new ShrinkGuard()
      const refusal = this.#shrinkGuard.check(before, candidate.stored, task)
      if (refusal !== undefined) return { ...refusal, isHeldBack: true, findings }
    }
    if (readsEverything(task)) await this.#warnOfCost(findings)
    const published = await this.#makeSnapshot(candidate, context)
    if ('kind' in published) return { ...published, findings }
    const { hooks } = rules
    if (hooks.validate !== undefined || hooks.prepare !== undefined) {
      const { runHooks } = await import('./hooks.ts')
      const hooked = { plan: spec.plan, published, served }
      const refusal = await userCode.run(() => runHooks(hooks, hooked, { clock, signal, progress }))
      if (refusal !== undefined) return { ...refusal, findings }
    }
    for (const warning of candidate.warnings) publisher.warn(warning)
    return { kind: 'published', published, findings }
  }

  async #makeSnapshot(candidate: AcceptedCandidate, context: AttemptContext): Promise<Published | Refusal> {
    const { clock, rules, spec, publisher } = this.#parts
    const { value, stored, copies } = candidate
    const { sensitive } = spec.plan
    const previous = publisher.published
    const loadedAt = clock.now()
    const servedAt = readsEverything(context.task) ? undefined : previous?.snapshot.verifiedAt
    const verifiedAt = servedAt ?? loadedAt - context.findings.ageMs
    const { origin, pauseIfDue } = rules
    try {
      await pauseIfDue()
      const published = makeSnapshot({ value, stored, sensitive, copies, loadedAt, verifiedAt, origin, previous })
      await pauseIfDue()
      return published
    } catch (error) {
      // For example, a transform may nest its result too deeply.
      const { cannotPublish } = await import('./refusals.ts')
      return cannotPublish(error)
    }
  }

  // Outside the deadline: a resource that takes long to create is no reason to refuse the candidate.
  async #prepareResources(attempt: Attempt, signal: AbortSignal): Promise<Attempt> {
    const { userCode, spec, publisher } = this.#parts
    const { resources } = publisher
    if (attempt.kind !== 'published' || resources === undefined) return attempt
    const { published, findings } = attempt
    try {
      await userCode.run(() => resources.prepare(published.snapshot.value, signal))
      return attempt
    } catch (error) {
      signal.throwIfAborted()
      const { refuseCreate } = await import('./hooks.ts')
      const refusal = await refuseCreate(error, { plan: spec.plan, published, served: publisher.published })
      return { ...refusal, findings }
    }
  }

  async #warnOfCost({ pollCalls }: Findings): Promise<void> {
    const { rules, publisher } = this.#parts
    const { pollEveryMs = false } = rules
    if (pollEveryMs === false || pollCalls * 1_000 <= pollEveryMs || this.#hasWarnedOfCost) return
    this.#hasWarnedOfCost = true
    // A warning is no reason to fail.
    const refusals = await import('./refusals.ts').catch(() => undefined)
    if (refusals !== undefined) publisher.warn(refusals.describeCost(pollCalls, pollEveryMs))
  }
}

/** How an attempt ended. */
export type Attempt =
  | PublishedAttempt
  | { readonly kind: 'unchanged'; readonly findings: Findings }
  /** Without findings, the reading did not end. */
  | (Refusal & { readonly findings?: Findings; readonly isHeldBack?: true })

type PublishedAttempt = { readonly kind: 'published'; readonly published: Published; readonly findings: Findings }

interface AttemptContext {
  readonly task: RefreshTask
  readonly findings: Findings
  readonly signal: AbortSignal
  readonly progress: Progress
}

// A refresh does not fail because a custom source cannot count its calls. status() throws the error.
function usageOf(source: TrackedSource): SourceUsage {
  try {
    return source.usage()
  } catch {
    return { calls: {}, decryptions: 0 }
  }
}
