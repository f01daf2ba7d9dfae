import { SecretTexts } from '../diagnostics/secret-texts.ts'
import { LoadError, type LoadErrorParts, type Problem, type Whereabouts } from '../errors.ts'
import { describeThrown, withoutMessage } from '../messages/describe-thrown.ts'
import type { Clock, Hint, Random, SourceUsage } from '../ports.ts'
import { makeSnapshot, type Published, type Snapshot, type StoredKeys } from '../snapshot/snapshot.ts'
import { exponential } from '../time/backoff.ts'
import { DeadlineReached, race, settleSoon, withDeadline } from '../time/deadline.ts'
import { type Breathe, inTurns } from '../time/turns.ts'
import { type AcceptedCandidate, type CandidateSpec, type Listing, makeCandidate, type Refusal } from './candidate.ts'
import { costOfPolling } from './cost-of-polling.ts'
import { type Hook, refusalOf, runHook } from './hooks.ts'
import { describeCalls, lateProblem } from './late-problem.ts'
import type { Flown } from './loop.ts'
import type { KeptReading, Reader, Readout } from './reader.ts'
import { LossGuard } from './shrink-guard.ts'
import { lookUntilAccepted } from './startup-retry.ts'
import type { Landing } from './state.ts'
import { isWhole, type Work } from './task.ts'
import { whereaboutsIn, withProfile } from './whereabouts.ts'

/** What does not change from flight to flight. */
export interface FlightRules {
  readonly startupTimeoutMs: number
  readonly origin: Snapshot<unknown>['origin']
  readonly allowsShrinking: boolean
  /** How often to poll, where the user has said so. */
  readonly pollEveryMs: number | undefined
  readonly hooks: Readonly<Record<'validate' | 'prepare', Hook | undefined>>
  readonly breathe: Breathe
}

/** What flights need to know. */
export interface FlightParts extends FlightRules {
  readonly spec: CandidateSpec
  readonly reader: Reader
  readonly clock: Clock
  readonly random: Random
  /** Makes what is made of the configuration anew, before it is published. Rejects to have it refused. */
  prepareResources(value: unknown, signal: AbortSignal): Promise<void>
  /** What is served now. */
  served(): Published | undefined
  /** Runs code of the user's that the refresh waits for. */
  runUserCode<Result>(work: () => Promise<Result>): Promise<Result>
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

/** From a piece of work to a snapshot that can be committed, or the reason why there is none. */
export class Flights {
  readonly #parts: FlightParts
  #hasWarnedOfCost = false
  #listed: Promise<readonly Listing[]> | undefined
  /** What was made of a reading. While it is served, nothing new comes of that reading. */
  #known: { readonly stored: StoredKeys; readonly kept: KeptReading | undefined } | undefined
  readonly #lossGuard = new LossGuard()
  /** Whether everything is read, and the schema validates. */
  #isJudging = false

  constructor(parts: FlightParts) {
    this.#parts = parts
  }

  /** Rejects only with the signal's reason. */
  async fly(work: Work, signal: AbortSignal): Promise<Flown<Published>> {
    const { clock } = this.#parts
    const startedAt = clock.now()
    const before = this.#parts.usage()
    this.#listed = undefined
    const { result, looks } = await (work.cause === 'start' ? this.#start(work, signal) : this.#refresh(work, signal))
    signal.throwIfAborted()
    const { landing } = result
    if (result.kind === 'landed') return { landing, work, ...(result.cargo !== undefined && { cargo: result.cargo }) }
    const isServing = this.#parts.served() !== undefined
    const elapsedMs = Math.max(0, clock.now() - startedAt)
    const isLate = result.unreadable.some(({ code }) => code === 'TIMEOUT' || code === 'THROTTLED')
    const progress = isLate ? describeCalls(before, this.#parts.usage()) : undefined
    const parts = { ...result, looks, elapsedMs, isServing, ...(progress !== undefined && { progress }) }
    const error = new LoadError(isServing ? parts : await this.#locate(parts))
    return { landing, work, error }
  }

  /** Whether the change that a hint reports is served already. What was read and not published does not count. */
  holds(hint: Hint): boolean {
    const served = this.#servedReading
    return served !== undefined && this.#parts.reader.holds(hint, served)
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

  #start(work: Work, signal: AbortSignal): Promise<{ readonly result: Look; readonly looks: number }> {
    const { clock, random, startupTimeoutMs } = this.#parts
    return withDeadline(clock, startupTimeoutMs, signal, (deadline) =>
      lookUntilAccepted<LandedLook, RefusedLook>(() => this.#look(work, deadline), {
        clock,
        random,
        delayAfter: (count, chance) => startBackoff.delay(count, chance),
        signal: deadline,
      }),
    )
  }

  async #refresh(work: Work, signal: AbortSignal): Promise<{ readonly result: Look; readonly looks: number }> {
    const { clock, startupTimeoutMs } = this.#parts
    const timeoutMs = Math.max(startupTimeoutMs, leastRefreshTimeoutMs)
    const look = await withDeadline(clock, timeoutMs, signal, (deadline) => this.#look(work, deadline))
    const refusal = look.kind === 'landed' ? await this.#prepareResources(look, signal) : undefined
    return { result: refusal ?? look, looks: 1 }
  }

  // It has its own time: what takes long to make is no reason to refuse what was read.
  async #prepareResources({ cargo, landing }: LandedLook, signal: AbortSignal): Promise<RefusedLook | undefined> {
    if (cargo === undefined) return undefined
    try {
      await this.#parts.prepareResources(cargo.snapshot.value, signal)
      return undefined
    } catch (error) {
      signal.throwIfAborted()
      const refusal = refusalOf('create', error, { secrets: this.#secretsOf(cargo), isStartOver: false })
      return { ...refusal, landing: { ...landing, outcome: 'rejected' } }
    }
  }

  async #look(work: Work, signal: AbortSignal): Promise<Look> {
    const { clock, usage } = this.#parts
    const before = usage()
    const notInTime = () => refused(lateProblem({ before, now: usage(), isJudging: this.#isJudging }))
    try {
      this.#isJudging = false
      const look = this.#read(work, signal)
      return (await settleSoon(look, signal, clock)) ?? notInTime()
    } catch (error) {
      if (error instanceof DeadlineReached) return notInTime()
      if (signal.aborted) throw signal.reason
      const detail = `the source threw ${describeThrown(error)}`
      const problem = { code: 'UNREACHABLE', detail, remedy: 'let the source report failures in its answer' } as const
      return { ...refused(problem), cause: withoutMessage(error) }
    }
  }

  async #read(work: Work, signal: AbortSignal): Promise<Look> {
    const { reader, spec, breathe } = this.#parts
    const readout = await reader.read(work, signal)
    const served = this.#parts.served()
    const { unmovedFrom } = readout
    if (unmovedFrom !== undefined && unmovedFrom === this.#servedReading) {
      reader.keep(readout, work, [])
      return this.#unchanged(readout)
    }
    // Whoever starts a service may have misspelled a name; one that was served had all of them.
    const list = served === undefined ? { listPaths: () => this.#listPaths(signal) } : {}
    const { candidate, pointed } = await makeCandidate(spec, {
      ...readout,
      served,
      ...list,
      breathe,
      judging: () => {
        this.#isJudging = true
      },
    })
    if (signal.aborted && !(signal.reason instanceof DeadlineReached)) throw signal.reason
    const isReadable = candidate.kind !== 'refused' || candidate.unreadable.length === 0
    // After the deadline, a later attempt may have read more than this one.
    const kept = isReadable && !signal.aborted ? reader.keep(readout, work, pointed) : undefined
    if (candidate.kind === 'refused') return this.#refused(candidate, readout)
    const stored = candidate.kind === 'unchanged' ? served?.stored : candidate.stored
    this.#known = stored && { stored, kept }
    if (candidate.kind === 'unchanged') return this.#unchanged(readout)
    return this.#accept(candidate, { work, readout, signal })
  }

  async #accept(
    candidate: AcceptedCandidate,
    { work, readout, signal }: { readonly work: Work; readonly readout: Readout; readonly signal: AbortSignal },
  ): Promise<Look> {
    const { allowsShrinking, served, warn } = this.#parts
    const before = allowsShrinking ? undefined : served()?.stored
    const loss = before && this.#lossGuard.check(before, candidate.stored, work.cause)
    if (loss !== undefined) return { ...refused(loss, 'invalid'), landing: this.#landing('shrunk', readout) }
    this.#warnOfCost(work, readout)
    const cargo = await this.#publish(candidate, work)
    if ('kind' in cargo) return this.#refused(cargo, readout)
    const refusal = await this.#askHooks(cargo, signal)
    if (refusal !== undefined) return this.#refused(refusal, readout)
    for (const warning of candidate.warnings) warn(warning)
    return { kind: 'landed', landing: this.#landing('committed', readout), cargo }
  }

  // Once a flight: a start looks several times at the same mistake.
  #listPaths(signal: AbortSignal): Promise<readonly Listing[]> {
    const { clock, reader } = this.#parts
    this.#listed ??= withDeadline(clock, listingTimeoutMs, signal, (deadline) =>
      race(reader.list(deadline), deadline),
    ).catch(() => [])
    return this.#listed
  }

  async #publish({ value, stored, copies }: AcceptedCandidate, work: Work): Promise<Published | Refusal> {
    const { clock, origin, breathe, spec } = this.#parts
    const { marked } = spec.plan
    const previous = this.#parts.served()
    const loadedAt = clock.now()
    const verifiedAt = isWhole(work) ? loadedAt : (previous?.snapshot.verifiedAt ?? loadedAt)
    try {
      return await inTurns(
        makeSnapshot({ value, stored, marked, copies, loadedAt, verifiedAt, origin, previous }),
        breathe,
      )
    } catch (error) {
      // Nested too deep, say: no data does that, but what a schema makes of it may.
      const detail = `what the schema made cannot be published: ${describeThrown(error)}`
      const problem = { code: 'SCHEMA_THREW', detail, remedy: 'have its transforms make something simpler' } as const
      return { ...refused(problem, 'invalid'), outlook: 'settled', cause: withoutMessage(error) }
    }
  }

  async #askHooks(cargo: Published, signal: AbortSignal): Promise<Refusal | undefined> {
    const { clock, hooks, runUserCode } = this.#parts
    if (hooks.validate === undefined && hooks.prepare === undefined) return undefined
    const previous = this.#parts.served()?.snapshot.value
    const call = { next: cargo.snapshot.value, previous, secrets: () => this.#secretsOf(cargo), clock, signal }
    return runUserCode(
      async () =>
        (await runHook({ name: 'validate', hook: hooks.validate, ...call })) ??
        (await runHook({ name: 'prepare', hook: hooks.prepare, ...call })),
    )
  }

  // Hooks are given what is served, too.
  #secretsOf(cargo: Published): SecretTexts {
    const { spec, served } = this.#parts
    const configs = [cargo, served()].filter((config) => config !== undefined)
    return new SecretTexts(
      spec.plan,
      configs.map(({ stored, snapshot }) => ({ stored, value: snapshot.value })),
    )
  }

  #refused(refusal: Refusal, readout: Readout): RefusedLook {
    // What could not be read is tried again with more and more time between; what was read waits for whoever mends it.
    const outcome = refusal.unreadable.length > 0 ? 'failed' : 'rejected'
    return { ...refusal, landing: this.#landing(outcome, readout) }
  }

  #unchanged(readout: Readout): LandedLook {
    this.#lossGuard.forget()
    return { kind: 'landed', landing: this.#landing('unchanged', readout) }
  }

  #landing(outcome: Landing['outcome'], readout: Readout): Landing {
    const { reader } = this.#parts
    return {
      outcome,
      pollCalls: reader.isGuarded ? 1 : readout.calls(),
      unmoved: readout.unmoved(),
      hasStrangers: readout.hasStrangers(),
      secretsDueAt: reader.secretsDueAt,
    }
  }

  #warnOfCost(work: Work, readout: Readout): void {
    const { pollEveryMs, reader, warn } = this.#parts
    if (pollEveryMs === undefined || this.#hasWarnedOfCost || reader.isGuarded || !isWhole(work)) return
    const warning = costOfPolling(readout.calls(), pollEveryMs)
    if (warning === undefined) return
    this.#hasWarnedOfCost = true
    warn(warning)
  }
}

type Look = LandedLook | RefusedLook

interface LandedLook {
  readonly kind: 'landed'
  readonly landing: Landing
  readonly cargo?: Published
}

interface RefusedLook extends Refusal {
  readonly landing: Landing
}

function refused(problem: Problem, part: 'unreadable' | 'invalid' = 'unreadable'): RefusedLook {
  const landing = { outcome: 'failed', pollCalls: 0, unmoved: [], secretsDueAt: undefined } as const
  const problems = { missing: [], unreadable: [], invalid: [], [part]: [problem] }
  return { kind: 'refused', ...problems, outlook: 'transient', landing }
}
