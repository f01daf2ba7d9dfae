import type { SecretTexts } from '../diagnostics/secret-texts.ts'
import { LoadError, type LoadErrorParts, type Problem, type Whereabouts } from '../errors.ts'
import { describeThrown, withoutMessage } from '../messages/describe-thrown.ts'
import type { Clock, Hint, Random, SourceUsage } from '../ports.ts'
import { makeSnapshot, type Published, type Snapshot, type StoredKeys } from '../snapshot/snapshot.ts'
import { exponential } from '../time/backoff.ts'
import { DeadlineReached, race, settleSoon, withDeadline } from '../time/deadline.ts'
import { type AcceptedCandidate, type CandidateSpec, type Listing, makeCandidate, type Refusal } from './candidate.ts'
import { costOfPolling } from './cost-of-polling.ts'
import type { KeptReading } from './hints.ts'
import { type Hook, refusalOf, runHook } from './hooks.ts'
import { describeCalls, timeoutProblem } from './late-problem.ts'
import type { Reader, ReadResult } from './reader.ts'
import { ShrinkGuard } from './shrink-guard.ts'
import { type LastAttempt, retryUntilAccepted } from './startup-retry.ts'
import type { Findings, RefreshOutcome } from './state.ts'
import { type RefreshTask, readsEverything } from './task.ts'
import { whereaboutsIn, withProfile } from './whereabouts.ts'

export interface RefresherRules {
  readonly startupTimeoutMs: number
  readonly origin: Snapshot<unknown>['origin']
  readonly allowsShrinking: boolean
  /** The poll interval, if the user set one. */
  readonly pollEveryMs: number | undefined
  readonly hooks: Readonly<Record<'validate' | 'prepare', Hook | undefined>>
  /** Ends the turn of the event loop if it has lasted long enough. */
  pauseIfDue(): Promise<void> | undefined
}

export interface RefresherParts extends RefresherRules {
  readonly spec: CandidateSpec
  readonly reader: Reader
  readonly clock: Clock
  readonly random: Random
  /** Creates the resources of a candidate. A rejection refuses the candidate. */
  prepareResources(value: unknown, signal: AbortSignal): Promise<void>
  /** The current snapshot. */
  served(): Published | undefined
  /** Runs code of the user that the refresh waits for. */
  runUserCode<Result>(task: () => Promise<Result>): Promise<Result>
  warn(warning: string): void
  /** The calls so far. */
  usage(): SourceUsage
  /** The account, region and role of the source, as far as they are known without a call. */
  where(): Promise<Whereabouts>
}

const startBackoff = exponential({ baseMs: 100, maxMs: 2_000 })
// A refresh has the timeout of the start, and at least 10 s: the last snapshot is served meanwhile.
const leastRefreshTimeoutMs = 10_000
const listingTimeoutMs = 1_000
const describingMs = 2_000

/** Performs a task: reads, validates and makes a snapshot, or explains why not. */
export class Refresher {
  readonly #parts: RefresherParts
  #hasWarnedOfCost = false
  #listed: Promise<readonly Listing[]> | undefined
  /** The last accepted reading, and the snapshot made of it. */
  #accepted: { readonly stored: StoredKeys; readonly kept: KeptReading | undefined } | undefined
  readonly #shrinkGuard = new ShrinkGuard()

  constructor(parts: RefresherParts) {
    this.#parts = parts
  }

  /** Rejects only with the signal's reason. */
  async refresh(task: RefreshTask, signal: AbortSignal): Promise<RefreshOutcome<Published>> {
    const { clock, usage } = this.#parts
    const startedAt = clock.now()
    const before = usage()
    this.#listed = undefined
    const { result, attempts } = await (task.cause === 'start'
      ? this.#start(task, signal)
      : this.#refresh(task, signal))
    signal.throwIfAborted()
    if (result.kind === 'accepted') {
      const { published, read } = result
      const kind =
        published === undefined ? ({ kind: 'unchanged' } as const) : ({ kind: 'published', published } as const)
      return { task, ...kind, ...this.#findings(read) }
    }
    const elapsedMs = Math.max(0, clock.now() - startedAt)
    const error = await this.#errorOf(result, { attempts, elapsedMs, before })
    const { read, unreadable, isHeldBack } = result
    if (read === undefined || unreadable.length > 0) return { kind: 'failed', task, error }
    return { kind: isHeldBack === true ? 'held-back' : 'rejected', task, error, ...this.#findings(read) }
  }

  /** Whether the snapshot has the change that a hint reports. Unpublished readings do not count. */
  isUpToDate(hint: Hint): boolean {
    const served = this.#servedReading
    return served !== undefined && this.#parts.reader.isUpToDate(hint, served)
  }

  get #servedReading(): KeptReading | undefined {
    const { stored, kept } = this.#accepted ?? {}
    return stored !== undefined && stored === this.#parts.served()?.stored ? kept : undefined
  }

  async #errorOf(
    { missing, unreadable, invalid, cause }: Refusal,
    {
      attempts,
      elapsedMs,
      before,
    }: { readonly attempts: number; readonly elapsedMs: number; readonly before: SourceUsage },
  ): Promise<LoadError> {
    const isServing = this.#parts.served() !== undefined
    const isLate = unreadable.some(({ code }) => code === 'TIMEOUT' || code === 'THROTTLED')
    const progress = isLate ? describeCalls(before, this.#parts.usage()) : undefined
    const parts = {
      missing,
      unreadable,
      invalid,
      attempts,
      elapsedMs,
      isServing,
      ...(cause !== undefined && { cause }),
      ...(progress !== undefined && { progress }),
    }
    return new LoadError(isServing ? parts : await this.#locate(parts))
  }

  async #locate(parts: LoadErrorParts): Promise<LoadErrorParts> {
    const { unreadable } = parts
    const where = whereaboutsIn(unreadable, await this.#parts.where().catch(() => ({})))
    const isKnown = Object.keys(where).length > 0
    const explained = unreadable.map((problem) => withProfile(problem, where))
    return { ...parts, unreadable: explained, ...(isKnown && { where }) }
  }

  #start(task: RefreshTask, signal: AbortSignal): Promise<LastAttempt<Attempt>> {
    const { clock, random, startupTimeoutMs } = this.#parts
    return withDeadline(clock, startupTimeoutMs, signal, (deadline) =>
      retryUntilAccepted<AcceptedAttempt, RefusedAttempt>(() => this.#attempt(task, deadline), {
        clock,
        random,
        delayAfter: (count, chance) => startBackoff.delay(count, chance),
        signal: deadline,
      }),
    )
  }

  async #refresh(task: RefreshTask, signal: AbortSignal): Promise<LastAttempt<Attempt>> {
    const { clock, startupTimeoutMs } = this.#parts
    const timeoutMs = Math.max(startupTimeoutMs, leastRefreshTimeoutMs)
    const attempt = await withDeadline(clock, timeoutMs, signal, (deadline) => this.#attempt(task, deadline))
    const refusal = attempt.kind === 'accepted' ? await this.#prepareResources(attempt, signal) : undefined
    return { result: refusal ?? attempt, attempts: 1 }
  }

  // Outside the deadline: a resource that takes long to create is no reason to refuse the candidate.
  async #prepareResources(
    { published, read }: AcceptedAttempt,
    signal: AbortSignal,
  ): Promise<RefusedAttempt | undefined> {
    if (published === undefined) return undefined
    try {
      await this.#parts.prepareResources(published.snapshot.value, signal)
      return undefined
    } catch (error) {
      signal.throwIfAborted()
      const secrets = await this.#secretsOf(published)
      return { ...refusalOf('create', error, { secrets, isStartOver: false }), read }
    }
  }

  async #attempt(task: RefreshTask, signal: AbortSignal): Promise<Attempt> {
    const { clock, usage } = this.#parts
    const before = usage()
    const progress: Progress = { stage: 'reading' }
    const notInTime = () =>
      refused(timeoutProblem({ before, now: usage(), isValidating: progress.stage !== 'reading' }))
    try {
      const attempt = this.#read(task, signal, progress)
      const result = await settleSoon(attempt, signal, clock)
      if (result !== undefined) return result
      // On a slow disk, the module that describes the problems takes longer to load.
      const isDescribing = progress.stage === 'invalid'
      return (isDescribing ? await settleSoon(attempt, signal, clock, describingMs) : undefined) ?? notInTime()
    } catch (error) {
      if ([error, signal.reason].some((reason) => reason instanceof DeadlineReached)) return notInTime()
      if (signal.aborted) throw signal.reason
      const detail = `the source threw ${describeThrown(error)}`
      const problem = { code: 'UNREACHABLE', detail, remedy: 'report failures in the answer of the source' } as const
      return { ...refused(problem), cause: withoutMessage(error) }
    }
  }

  async #read(task: RefreshTask, signal: AbortSignal, progress: Progress): Promise<Attempt> {
    const { reader, spec, pauseIfDue } = this.#parts
    const read = await reader.read(task, signal)
    const served = this.#parts.served()
    const { unchangedFrom } = read
    if (unchangedFrom !== undefined && unchangedFrom === this.#servedReading) {
      reader.keep(read, task, [])
      return this.#unchanged(read)
    }
    // Only a first load can have misspelled names, so only it lists the paths for suggestions.
    const list = served === undefined ? { listPaths: () => this.#listPaths(signal) } : {}
    const { candidate, referenced } = await makeCandidate(spec, {
      ...read,
      served,
      ...list,
      pauseIfDue,
      onValidate: () => {
        progress.stage = 'validating'
      },
      onInvalid: () => {
        progress.stage = 'invalid'
      },
    })
    if (signal.aborted && !(signal.reason instanceof DeadlineReached)) throw signal.reason
    const isReadable = candidate.kind !== 'refused' || candidate.unreadable.length === 0
    // After the deadline, a later attempt may have a newer reading.
    const kept = isReadable && !signal.aborted ? reader.keep(read, task, referenced) : undefined
    if (candidate.kind === 'refused') return { ...candidate, read }
    const stored = candidate.kind === 'unchanged' ? served?.stored : candidate.stored
    this.#accepted = stored && { stored, kept }
    if (candidate.kind === 'unchanged') return this.#unchanged(read)
    return this.#accept(candidate, { task, read, signal, progress })
  }

  async #accept(candidate: AcceptedCandidate, { task, read, signal, progress }: AttemptContext): Promise<Attempt> {
    const { allowsShrinking, served, warn } = this.#parts
    const before = allowsShrinking ? undefined : served()?.stored
    const shrunk = before && this.#shrinkGuard.check(before, candidate.stored, task)
    if (shrunk !== undefined) return { ...refused(shrunk, 'invalid'), isHeldBack: true, read }
    this.#warnOfCost(task, read)
    const published = await this.#publish(candidate, task)
    if ('kind' in published) return { ...published, read }
    const refusal = await this.#runHooks(published, signal, progress)
    if (refusal !== undefined) return { ...refusal, read }
    for (const warning of candidate.warnings) warn(warning)
    return { kind: 'accepted', read, published }
  }

  // Once per refresh: the attempts of a start share the listing.
  #listPaths(signal: AbortSignal): Promise<readonly Listing[]> {
    const { clock, reader } = this.#parts
    this.#listed ??= withDeadline(clock, listingTimeoutMs, signal, (deadline) =>
      race(reader.list(deadline), deadline),
    ).catch(() => [])
    return this.#listed
  }

  async #publish({ value, stored, copies }: AcceptedCandidate, task: RefreshTask): Promise<Published | Refusal> {
    const { clock, origin, pauseIfDue, spec } = this.#parts
    const { sensitive } = spec.plan
    const previous = this.#parts.served()
    const loadedAt = clock.now()
    const verifiedAt = readsEverything(task) ? loadedAt : (previous?.snapshot.verifiedAt ?? loadedAt)
    try {
      await pauseIfDue()
      const published = makeSnapshot({ value, stored, sensitive, copies, loadedAt, verifiedAt, origin, previous })
      await pauseIfDue()
      return published
    } catch (error) {
      // For example, a transform may nest its result too deeply.
      const detail = `the value that the schema made cannot be published: ${describeThrown(error)}`
      const problem = { code: 'SCHEMA_THREW', detail, remedy: 'return a simpler value from its transforms' } as const
      return { ...refused(problem, 'invalid'), retry: 'briefly', cause: withoutMessage(error) }
    }
  }

  async #runHooks(published: Published, signal: AbortSignal, progress: Progress): Promise<Refusal | undefined> {
    const { clock, hooks, runUserCode } = this.#parts
    if (hooks.validate === undefined && hooks.prepare === undefined) return undefined
    const previous = this.#parts.served()?.snapshot.value
    const secrets = () => {
      progress.stage = 'invalid'
      return this.#secretsOf(published)
    }
    const call = { next: published.snapshot.value, previous, secrets, clock, signal }
    return runUserCode(
      async () =>
        (await runHook({ name: 'validate', hook: hooks.validate, ...call })) ??
        (await runHook({ name: 'prepare', hook: hooks.prepare, ...call })),
    )
  }

  // Hooks also get the current snapshot.
  async #secretsOf(published: Published): Promise<SecretTexts | undefined> {
    const { spec, served } = this.#parts
    const configs = [published, served()].filter((config) => config !== undefined)
    const known = configs.map(({ stored, snapshot }) => ({ stored, value: snapshot.value }))
    const diagnostics = await import('../diagnostics/diagnostics.ts').catch(() => undefined)
    return diagnostics && new diagnostics.SecretTexts(spec.plan, known)
  }

  #unchanged(read: ReadResult): AcceptedAttempt {
    this.#shrinkGuard.reset()
    return { kind: 'accepted', read }
  }

  #findings(read: ReadResult): Findings {
    const { reader } = this.#parts
    return {
      pollCalls: reader.isGuarded ? 1 : read.calls(),
      unconfirmed: read.unconfirmed(),
      hasUnknownNames: read.hasUnknownNames(),
      secretsDueInMs: reader.secretsDueInMs,
    }
  }

  #warnOfCost(task: RefreshTask, read: ReadResult): void {
    const { pollEveryMs, reader, warn } = this.#parts
    if (pollEveryMs === undefined || this.#hasWarnedOfCost || reader.isGuarded || !readsEverything(task)) return
    const warning = costOfPolling(read.calls(), pollEveryMs)
    if (warning === undefined) return
    this.#hasWarnedOfCost = true
    warn(warning)
  }
}

/** The result of one reading. */
type Attempt = AcceptedAttempt | RefusedAttempt

interface AttemptContext {
  readonly task: RefreshTask
  readonly read: ReadResult
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** The progress of one attempt, which may outlast its deadline. */
interface Progress {
  stage: 'reading' | 'validating' | 'invalid'
}

interface AcceptedAttempt {
  readonly kind: 'accepted'
  readonly read: ReadResult
  /** Absent if the snapshot is up to date. */
  readonly published?: Published
}

interface RefusedAttempt extends Refusal {
  /** Absent if the reading did not end. */
  readonly read?: ReadResult
  readonly isHeldBack?: true
}

function refused(problem: Problem, part: 'unreadable' | 'invalid' = 'unreadable'): RefusedAttempt {
  return { kind: 'refused', missing: [], unreadable: [], invalid: [], [part]: [problem], retry: 'until-deadline' }
}
