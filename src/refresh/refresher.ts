import type { SecretTexts } from '../diagnostics/secret-texts.ts'
import { LoadError, type LoadErrorParts, type Problem, type Whereabouts } from '../errors.ts'
import { describeThrown, withoutMessage } from '../messages/describe-thrown.ts'
import type { Clock, Hint, Random, SourceUsage } from '../ports.ts'
import { makeSnapshot, type Published, type Snapshot, type StoredKeys } from '../snapshot/snapshot.ts'
import { exponential } from '../time/backoff.ts'
import { DeadlineReached, race, settleSoon, withDeadline } from '../time/deadline.ts'
import { type AcceptedCandidate, type CandidateSpec, type Listing, makeCandidate, type Refusal } from './candidate.ts'
import { costOfPolling } from './cost-of-polling.ts'
import { type Hook, refusalOf, runHook } from './hooks.ts'
import { describeCalls, timeoutProblem } from './late-problem.ts'
import type { RefreshOutcome } from './loop.ts'
import type { KeptReading, Reader, ReadResult } from './reader.ts'
import { ShrinkGuard } from './shrink-guard.ts'
import { retryUntilAccepted } from './startup-retry.ts'
import type { RefreshSummary } from './state.ts'
import { type RefreshTask, readsEverything } from './task.ts'
import { whereaboutsIn, withProfile } from './whereabouts.ts'

/** What does not change from refresh to refresh. */
export interface RefresherRules {
  readonly startupTimeoutMs: number
  readonly origin: Snapshot<unknown>['origin']
  readonly allowsShrinking: boolean
  /** How often to poll, where the user has said so. */
  readonly pollEveryMs: number | undefined
  readonly hooks: Readonly<Record<'validate' | 'prepare', Hook | undefined>>
  /** Ends the turn of the event loop if it has lasted long enough. */
  breathe(): Promise<void> | undefined
}

/** What refresh need to know. */
export interface RefresherParts extends RefresherRules {
  readonly spec: CandidateSpec
  readonly reader: Reader
  readonly clock: Clock
  readonly random: Random
  /** Makes what is made of the configuration anew, before it is published. Rejects to have it refused. */
  prepareResources(value: unknown, signal: AbortSignal): Promise<void>
  /** What is served now. */
  served(): Published | undefined
  /** Runs code of the user's that the refresh waits for. */
  runUserCode<Result>(task: () => Promise<Result>): Promise<Result>
  warn(warning: string): void
  /** The calls that were made so far. */
  usage(): SourceUsage
  /** Where the source reads and as whom, as far as it knows without a call. */
  where(): Promise<Whereabouts>
}

const startBackoff = exponential({ baseMs: 100, maxMs: 2_000 })
// What has come in time at the start may take as long again; there is no hurry while something is served.
const leastRefreshTimeoutMs = 10_000
const listingTimeoutMs = 1_000
const describingMs = 2_000

/** From a piece of task to a snapshot that can be committed, or the reason why there is none. */
export class Refresher {
  readonly #parts: RefresherParts
  #hasWarnedOfCost = false
  #listed: Promise<readonly Listing[]> | undefined
  /** What was made of a reading. While it is served, nothing new comes of that reading. */
  #known: { readonly stored: StoredKeys; readonly kept: KeptReading | undefined } | undefined
  readonly #shrinkGuard = new ShrinkGuard()

  constructor(parts: RefresherParts) {
    this.#parts = parts
  }

  /** Rejects only with the signal's reason. */
  async refresh(task: RefreshTask, signal: AbortSignal): Promise<RefreshOutcome<Published>> {
    const { clock } = this.#parts
    const startedAt = clock.now()
    const before = this.#parts.usage()
    this.#listed = undefined
    const { result, attempts } = await (task.cause === 'start'
      ? this.#start(task, signal)
      : this.#refresh(task, signal))
    signal.throwIfAborted()
    const { summary } = result
    if (result.kind === 'accepted')
      return { summary, task, ...(result.published !== undefined && { published: result.published }) }
    const isServing = this.#parts.served() !== undefined
    const elapsedMs = Math.max(0, clock.now() - startedAt)
    const isLate = result.unreadable.some(({ code }) => code === 'TIMEOUT' || code === 'THROTTLED')
    const progress = isLate ? describeCalls(before, this.#parts.usage()) : undefined
    const parts = { ...result, attempts, elapsedMs, isServing, ...(progress !== undefined && { progress }) }
    const error = new LoadError(isServing ? parts : await this.#locate(parts))
    return { summary, task, error }
  }

  /** Whether the change that a hint reports is served already. What was read and not published does not count. */
  isUpToDate(hint: Hint): boolean {
    const served = this.#servedReading
    return served !== undefined && this.#parts.reader.isUpToDate(hint, served)
  }

  get #servedReading(): KeptReading | undefined {
    const known = this.#known
    return known !== undefined && known.stored === this.#parts.served()?.stored ? known.kept : undefined
  }

  async #locate(parts: LoadErrorParts): Promise<LoadErrorParts> {
    const { unreadable } = parts
    const where = whereaboutsIn(unreadable, await this.#parts.where().catch(() => ({})))
    const isKnown = Object.keys(where).length > 0
    const explained = unreadable.map((problem) => withProfile(problem, where))
    return { ...parts, unreadable: explained, ...(isKnown && { where }) }
  }

  #start(
    task: RefreshTask,
    signal: AbortSignal,
  ): Promise<{ readonly result: AttemptResult; readonly attempts: number }> {
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

  async #refresh(
    task: RefreshTask,
    signal: AbortSignal,
  ): Promise<{ readonly result: AttemptResult; readonly attempts: number }> {
    const { clock, startupTimeoutMs } = this.#parts
    const timeoutMs = Math.max(startupTimeoutMs, leastRefreshTimeoutMs)
    const look = await withDeadline(clock, timeoutMs, signal, (deadline) => this.#attempt(task, deadline))
    const refusal = look.kind === 'accepted' ? await this.#prepareResources(look, signal) : undefined
    return { result: refusal ?? look, attempts: 1 }
  }

  // It has its own time: what takes long to make is no reason to refuse what was read.
  async #prepareResources(
    { published, summary }: AcceptedAttempt,
    signal: AbortSignal,
  ): Promise<RefusedAttempt | undefined> {
    if (published === undefined) return undefined
    try {
      await this.#parts.prepareResources(published.snapshot.value, signal)
      return undefined
    } catch (error) {
      signal.throwIfAborted()
      const refusal = refusalOf('create', error, { secrets: await this.#secretsOf(published), isStartOver: false })
      return { ...refusal, summary: { ...summary, outcome: 'rejected' } }
    }
  }

  async #attempt(task: RefreshTask, signal: AbortSignal): Promise<AttemptResult> {
    const { clock, usage } = this.#parts
    const before = usage()
    const progress: Progress = { stage: 'reading' }
    const notInTime = () =>
      refused(timeoutProblem({ before, now: usage(), isValidating: progress.stage !== 'reading' }))
    try {
      const attempt = this.#read(task, signal, progress)
      const result = await settleSoon(attempt, signal, clock)
      if (result !== undefined) return result
      // From a slow disk, the module that describes the problems takes longer to load.
      const isDescribing = progress.stage === 'invalid'
      return (isDescribing ? await settleSoon(attempt, signal, clock, describingMs) : undefined) ?? notInTime()
    } catch (error) {
      if (error instanceof DeadlineReached) return notInTime()
      if (signal.aborted) throw signal.reason
      const detail = `the source threw ${describeThrown(error)}`
      const problem = { code: 'UNREACHABLE', detail, remedy: 'let the source report failures in its answer' } as const
      return { ...refused(problem), cause: withoutMessage(error) }
    }
  }

  async #read(task: RefreshTask, signal: AbortSignal, progress: Progress): Promise<AttemptResult> {
    const { reader, spec, breathe } = this.#parts
    const result = await reader.read(task, signal)
    const served = this.#parts.served()
    const { unchangedFrom } = result
    if (unchangedFrom !== undefined && unchangedFrom === this.#servedReading) {
      reader.keep(result, task, [])
      return this.#unchanged(result)
    }
    // Whoever starts a service may have misspelled a name; one that was served had all of them.
    const list = served === undefined ? { listPaths: () => this.#listPaths(signal) } : {}
    const { candidate, pointed } = await makeCandidate(spec, {
      ...result,
      served,
      ...list,
      breathe,
      onValidate: () => {
        progress.stage = 'validating'
      },
      onInvalid: () => {
        progress.stage = 'invalid'
      },
    })
    if (signal.aborted && !(signal.reason instanceof DeadlineReached)) throw signal.reason
    const isReadable = candidate.kind !== 'refused' || candidate.unreadable.length === 0
    // After the deadline, a later attempt may have read more than this one.
    const kept = isReadable && !signal.aborted ? reader.keep(result, task, pointed) : undefined
    if (candidate.kind === 'refused') return this.#refused(candidate, result)
    const stored = candidate.kind === 'unchanged' ? served?.stored : candidate.stored
    this.#known = stored && { stored, kept }
    if (candidate.kind === 'unchanged') return this.#unchanged(result)
    return this.#accept(candidate, { task, result, signal, progress })
  }

  async #accept(
    candidate: AcceptedCandidate,
    { task, result, signal, progress }: AttemptContext,
  ): Promise<AttemptResult> {
    const { allowsShrinking, served, warn } = this.#parts
    const before = allowsShrinking ? undefined : served()?.stored
    const shrunk = before && this.#shrinkGuard.check(before, candidate.stored, task.cause)
    if (shrunk !== undefined) return { ...refused(shrunk, 'invalid'), summary: this.#summary('held-back', result) }
    this.#warnOfCost(task, result)
    const published = await this.#publish(candidate, task)
    if ('kind' in published) return this.#refused(published, result)
    const refusal = await this.#runHooks(published, signal, progress)
    if (refusal !== undefined) return this.#refused(refusal, result)
    for (const warning of candidate.warnings) warn(warning)
    return { kind: 'accepted', summary: this.#summary('published', result), published }
  }

  // Once a refresh: a start attempts several times at the same mistake.
  #listPaths(signal: AbortSignal): Promise<readonly Listing[]> {
    const { clock, reader } = this.#parts
    this.#listed ??= withDeadline(clock, listingTimeoutMs, signal, (deadline) =>
      race(reader.list(deadline), deadline),
    ).catch(() => [])
    return this.#listed
  }

  async #publish({ value, stored, copies }: AcceptedCandidate, task: RefreshTask): Promise<Published | Refusal> {
    const { clock, origin, breathe, spec } = this.#parts
    const { sensitive } = spec.plan
    const previous = this.#parts.served()
    const loadedAt = clock.now()
    const verifiedAt = readsEverything(task) ? loadedAt : (previous?.snapshot.verifiedAt ?? loadedAt)
    try {
      await breathe()
      const published = makeSnapshot({ value, stored, sensitive, copies, loadedAt, verifiedAt, origin, previous })
      await breathe()
      return published
    } catch (error) {
      // Nested too deep, say: no data does that, but what a schema makes of it may.
      const detail = `what the schema made cannot be published: ${describeThrown(error)}`
      const problem = { code: 'SCHEMA_THREW', detail, remedy: 'have its transforms make something simpler' } as const
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

  // Hooks are given what is served, too.
  async #secretsOf(published: Published): Promise<SecretTexts | undefined> {
    const { spec, served } = this.#parts
    const configs = [published, served()].filter((config) => config !== undefined)
    const known = configs.map(({ stored, snapshot }) => ({ stored, value: snapshot.value }))
    const diagnostics = await import('../diagnostics/diagnostics.ts').catch(() => undefined)
    return diagnostics && new diagnostics.SecretTexts(spec.plan, known)
  }

  #refused(refusal: Refusal, result: ReadResult): RefusedAttempt {
    // What could not be read is tried again with more and more time between; what was read waits for whoever mends it.
    const outcome = refusal.unreadable.length > 0 ? 'failed' : 'rejected'
    return { ...refusal, summary: this.#summary(outcome, result) }
  }

  #unchanged(result: ReadResult): AcceptedAttempt {
    this.#shrinkGuard.forget()
    return { kind: 'accepted', summary: this.#summary('unchanged', result) }
  }

  #summary(outcome: RefreshSummary['outcome'], result: ReadResult): RefreshSummary {
    const { reader } = this.#parts
    return {
      outcome,
      pollCalls: reader.isGuarded ? 1 : result.calls(),
      unconfirmed: result.unconfirmed(),
      hasUnknownNames: result.hasUnknownNames(),
      secretsDueAt: reader.secretsDueAt,
    }
  }

  #warnOfCost(task: RefreshTask, result: ReadResult): void {
    const { pollEveryMs, reader, warn } = this.#parts
    if (pollEveryMs === undefined || this.#hasWarnedOfCost || reader.isGuarded || !readsEverything(task)) return
    const warning = costOfPolling(result.calls(), pollEveryMs)
    if (warning === undefined) return
    this.#hasWarnedOfCost = true
    warn(warning)
  }
}

type AttemptResult = AcceptedAttempt | RefusedAttempt

interface AttemptContext {
  readonly task: RefreshTask
  readonly result: ReadResult
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** The progress of one attempt, which may outlast its deadline. */
interface Progress {
  stage: 'reading' | 'validating' | 'invalid'
}

interface AcceptedAttempt {
  readonly kind: 'accepted'
  readonly summary: RefreshSummary
  readonly published?: Published
}

interface RefusedAttempt extends Refusal {
  readonly summary: RefreshSummary
}

function refused(problem: Problem, part: 'unreadable' | 'invalid' = 'unreadable'): RefusedAttempt {
  const summary = { outcome: 'failed', pollCalls: 0, unconfirmed: [], secretsDueAt: undefined } as const
  const problems = { missing: [], unreadable: [], invalid: [], [part]: [problem] }
  return { kind: 'refused', ...problems, retry: 'until-deadline', summary }
}
