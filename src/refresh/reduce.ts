import { exponential } from '../time/backoff.ts'
import { subjectOf } from './hints.ts'
import { isReliable, recordMessage, recordMiss, setHealth } from './notification-health.ts'
import {
  type ConfigState,
  type Effect,
  type EmittedEvent,
  type EventDetails,
  type EventTime,
  type Findings,
  nextRefreshAt,
  type RefreshEvent,
  type RefreshOutcome,
  type RefreshRules,
  type RefreshState,
  type StaleReason,
  type TimerName,
  tooOldAt,
} from './state.ts'
import { mergeTasks, type PendingHint, type PendingHints, type RefreshTask, readsEverything, task } from './task.ts'

/** The next state, and what to do. */
export interface Reduction {
  readonly state: RefreshState
  readonly effects: readonly Effect[]
}

const quiescenceMs = 250
const maxQuiescenceMs = 2_000
// One and five seconds after the first attempt.
const recheckAfterMs: readonly number[] = [1_000, 4_000]
const confirmShrinkAfterMs = 30_000
// A thousand names take a hundred calls. For more names, one reading of everything takes fewer.
const maxHints = 1_000
// A real change among the names that are not stored is still read within 10 s.
const unknownNamesPauseMs = 8_000
const healthyMs = 60_000
const failureBackoff = exponential({ baseMs: 1_000, maxMs: 300_000, certainShare: 0.5 })
const pollFloorMs = 60_000
const firstPollFloorMs = 5_000
const pollPerCallMs = 6_000
const pollWithNotificationsMs = 300_000
const leastSecretsMs = 1_000

/** Decides what happens after an event. Pure. */
export function reduce(state: RefreshState, event: RefreshEvent, rules: RefreshRules): Reduction {
  if (state.state === 'closed') return { state, effects: [] }
  const step: Step = { at: event.at, chance: event.chance, rules, effects: [] }
  const handled = handle(resetFailures(state, step), event, step)
  return { state: startDue(checkAge(handled, step), step), effects: step.effects }
}

/** The circumstances of one event, and the effects so far. */
interface Step extends EventTime {
  readonly rules: RefreshRules
  readonly effects: Effect[]
}

function handle(state: RefreshState, event: EventDetails, step: Step): RefreshState {
  switch (event.type) {
    case 'started':
      return onStarted(state, step)
    case 'refreshRequested':
      return schedule(state, 'refresh', step.at)
    case 'hintReceived':
      return onHintReceived(state, event, step)
    case 'rereadRequested':
      return onRereadRequested(state, event, step)
    case 'subscribed':
      return schedule(state, 'subscribed', step.at + step.chance * step.rules.splayMs)
    case 'healthChanged':
      return onHealthChanged(state, event, step)
    case 'messageReceived':
      return { ...state, health: recordMessage(state.health, step.at) }
    case 'timerFired':
      return state
    case 'refreshFinished':
      return onRefreshFinished(state, event, step)
    case 'resumed':
      return { ...state, isSuspended: false }
    case 'suspended':
      return onSuspended(state, step)
    case 'closed':
      return onClosed(state, step)
  }
}

type EventOf<Type extends EventDetails['type']> = Extract<EventDetails, { readonly type: Type }>

function onStarted(state: RefreshState, step: Step): RefreshState {
  return start({ ...state, since: step.at, isSuspended: step.rules.isInvoked === true }, task('full', 'start'), {
    step,
    includesRechecks: false,
  })
}

function onHintReceived(state: RefreshState, { hints }: EventOf<'hintReceived'>, step: Step): RefreshState {
  const { at, chance, rules } = step
  const { startedAt = at, splayMs = chance * rules.splayMs, isFlooded = false } = state.burst ?? {}
  const { unknownNamesAt = Number.NEGATIVE_INFINITY } = state
  const pendingHints = new Map(state.pendingHints)
  for (const hint of hints) {
    if (isFlooded && hint.kind === 'parameter') continue
    const subject = subjectOf(hint)
    pendingHints.set(subject, { hint, attempts: 0, dueAt: pendingHints.get(subject)?.dueAt })
  }
  const isTooMany = pendingHints.size > maxHints
  const quietAt = Math.min(at + quiescenceMs, startedAt + maxQuiescenceMs) + splayMs
  const dueAt = Math.max(quietAt, unknownNamesAt + unknownNamesPauseMs)
  return {
    ...state,
    // The schema limits the secrets. A message can name any number of parameters below an open path.
    pendingHints: isTooMany ? filterHints(pendingHints, ({ hint }) => hint.kind === 'secret') : pendingHints,
    burst: { startedAt, splayMs, dueAt, isFlooded: isFlooded || isTooMany },
  }
}

function onRereadRequested(state: RefreshState, { hints }: EventOf<'rereadRequested'>, { at }: Step): RefreshState {
  if (hints.length === 0) return state
  const pendingHints = new Map(state.pendingHints)
  for (const hint of hints) pendingHints.set(subjectOf(hint), { hint, attempts: 0 })
  const requested = schedule({ ...state, pendingHints }, 'reread', at)
  // A caller whose login fails does not wait for the next retry.
  return state.timers.retry === undefined ? requested : schedule(requested, 'refresh', at)
}

// Polls become frequent as soon as notifications fail.
function onHealthChanged(state: RefreshState, { isHealthy }: EventOf<'healthChanged'>, step: Step): RefreshState {
  const { at, chance, rules } = step
  const next = { ...state, health: setHealth(state.health, isHealthy, at) }
  const { poll } = state.timers
  if (isHealthy || poll === undefined || rules.pollEveryMs !== undefined) return next
  return schedule(next, 'poll', Math.min(poll, at + spread(state.pollMs, chance)))
}

function onRefreshFinished(state: RefreshState, event: EventOf<'refreshFinished'>, step: Step): RefreshState {
  const { outcome, generation } = event
  const { running, verifiedAt } = state
  if (running === undefined || generation !== state.generation) return state
  const idle = { ...state, running: undefined }
  const isUsable = outcome.kind === 'published' || outcome.kind === 'unchanged'
  // Before the first snapshot, a rejection is a failure, too.
  if (outcome.kind === 'failed' || (!isUsable && verifiedAt === undefined)) return fail(idle, running, step)
  return answer(idle, running, outcome, step)
}

function fail(state: RefreshState, failed: RefreshTask, step: Step): RefreshState {
  const { at, chance, rules } = step
  const isServing = state.verifiedAt !== undefined
  const failures = state.failures + 1
  const failing: RefreshState = {
    ...state,
    failures,
    healthySince: undefined,
    interruptions: 0,
    unfinished: { ...failed, cause: 'retry' },
  }
  const next = isServing
    ? enterStale(failing, 'source-error', step)
    : failing.state === 'failed'
      ? failing
      : enter(failing, 'failed', step)
  emit('failed', step)
  if (!isServing && rules.mode === 'strict') return next
  return schedule(next, 'retry', at + failureBackoff.delay(failures, () => chance))
}

type Answer = Exclude<RefreshOutcome, { readonly kind: 'failed' }>

function answer(state: RefreshState, task: RefreshTask, outcome: Answer, step: Step): RefreshState {
  const isFirst = state.verifiedAt === undefined
  const answered: RefreshState = {
    ...schedule(state, 'retry', undefined),
    interruptions: 0,
    healthySince: state.healthySince ?? step.at,
    ...(outcome.hasUnknownNames && { unknownNamesAt: step.at }),
    pendingHints: recheckUnconfirmed(state.pendingHints, task, outcome, step),
  }
  const decided =
    outcome.kind === 'rejected'
      ? reject(answered, task, step)
      : outcome.kind === 'held-back'
        ? holdBack(answered, step)
        : accept(answered, task, outcome.kind, step)
  return planPolls(decided, task, outcome, { isFirst, step })
}

function recheckUnconfirmed(
  pending: PendingHints,
  task: RefreshTask,
  { unconfirmed }: Findings,
  { at }: Step,
): PendingHints {
  const pendingHints = new Map(pending)
  for (const hint of unconfirmed) {
    const subject = subjectOf(hint)
    const { attempts = 0 } = task.hints.get(subject) ?? {}
    const afterMs = recheckAfterMs[attempts]
    if (afterMs === undefined || pending.has(subject)) continue
    pendingHints.set(subject, { hint, attempts: attempts + 1, dueAt: at + afterMs })
  }
  return pendingHints
}

function accept(state: RefreshState, task: RefreshTask, kind: 'published' | 'unchanged', step: Step): RefreshState {
  const { at, effects } = step
  const isFirst = state.verifiedAt === undefined
  // A hint verifies only the parameters it names.
  const isVerified = isFirst || readsEverything(task)
  const isStillOld = state.reason === 'age-exceeded' && !isVerified
  const isMissed = kind === 'published' && isMissedByNotifications(state, task)
  const accepted: RefreshState = {
    ...state,
    rejections: 0,
    recheck: undefined,
    verifiedAt: isVerified ? at : state.verifiedAt,
    health: isMissed ? recordMiss(state.health, at) : state.health,
  }
  if (kind === 'published') effects.push({ type: 'commit' })
  else if (isVerified) effects.push({ type: 'verify' })
  emit(isFirst ? 'ready' : kind === 'published' ? 'changed' : 'unchanged', step)
  if (state.state === 'stale' && !isStillOld) emit('recovered', step)
  return state.state === 'ready' || isStillOld ? accepted : enter(accepted, 'ready', step)
}

// A hint that arrived meanwhile probably reports the change.
function isMissedByNotifications(state: RefreshState, { cause, hints }: RefreshTask): boolean {
  const isHinted = hints.size > 0 || state.pendingHints.size > 0 || state.burst !== undefined
  return cause === 'poll' && !isHinted && state.health.isHealthy
}

function reject(state: RefreshState, { cause }: RefreshTask, step: Step): RefreshState {
  const isRepeated = state.reason === 'candidate-rejected' && cause !== 'notification' && cause !== 'refresh'
  const rejections = isRepeated ? state.rejections : 0
  const afterMs = recheckAfterMs[rejections]
  emit('rejected', step)
  return {
    ...enterStale(state, 'candidate-rejected', step),
    rejections: rejections + 1,
    ...(afterMs !== undefined && { recheck: { dueAt: step.at + afterMs, scope: 'poll' } }),
  }
}

function holdBack(state: RefreshState, step: Step): RefreshState {
  emit('rejected', step)
  const recheck = { dueAt: step.at + confirmShrinkAfterMs, scope: 'full' } as const
  return { ...enterStale(state, 'candidate-rejected', step), recheck: state.recheck ?? recheck }
}

function planPolls(
  state: RefreshState,
  task: RefreshTask,
  { pollCalls, secretsDueInMs }: Findings,
  { isFirst, step }: { readonly isFirst: boolean; readonly step: Step },
): RefreshState {
  const { at, chance, rules } = step
  if (rules.pollEveryMs === false) return state
  const secretsAt = secretsDueInMs === undefined ? undefined : at + Math.max(leastSecretsMs, secretsDueInMs)
  const next = schedule(state, 'secrets', secretsAt)
  if (!readsEverything(task)) return next
  const pollMs = Math.max(pollFloorMs, pollPerCallMs * pollCalls)
  const derivedMs = isReliable(state.health, at) ? Math.max(pollMs, pollWithNotificationsMs) : pollMs
  const everyMs = rules.pollEveryMs ?? derivedMs
  // The instances of a fleet that start together do not poll together.
  const firstMs = Math.max(Math.min(firstPollFloorMs, everyMs / 2), everyMs * chance)
  return schedule({ ...next, pollMs }, 'poll', at + (isFirst ? firstMs : spread(everyMs, chance)))
}

// An interruption is no failure: the next invocation continues the work. After two interruptions in a row it is delayed,
// so that not every short invocation waits for it.
function onSuspended(state: RefreshState, step: Step): RefreshState {
  const { running, generation, interruptions, timers } = state
  if (running === undefined) return { ...state, isSuspended: true }
  step.effects.push({ type: 'abort', generation })
  const suspended: RefreshState = {
    ...schedule(state, 'refresh', undefined),
    isSuspended: true,
    running: undefined,
    generation: generation + 1,
    interruptions: interruptions + 1,
    // A call of refresh() that waits for the next refresh continues with it.
    unfinished: mergeTasks(running, timers.refresh === undefined ? undefined : task('full', 'refresh')),
  }
  const delayMs = interruptions === 0 ? 0 : failureBackoff.delay(interruptions, () => step.chance)
  return schedule(suspended, 'retry', step.at + delayMs)
}

function onClosed(state: RefreshState, step: Step): RefreshState {
  emit('closed', step)
  return {
    ...enter(state, 'closed', step),
    generation: state.generation + 1,
    running: undefined,
    unfinished: undefined,
    pendingHints: new Map(),
    burst: undefined,
    recheck: undefined,
    timers: {},
  }
}

function checkAge(state: RefreshState, step: Step): RefreshState {
  const dueAt = tooOldAt(state, step.rules)
  if (dueAt === undefined || dueAt > step.at) return state
  // Between invocations nothing polls, so the refresh is due now.
  const next = step.rules.isInvoked === true ? schedule(state, 'poll', step.at) : state
  return enterStale(next, 'age-exceeded', step)
}

function startDue(state: RefreshState, step: Step): RefreshState {
  const nextAt = nextRefreshAt(state)
  if (nextAt === undefined || nextAt > step.at) return state
  const { timers, burst, recheck, pendingHints } = state
  const isDue = (dueAt: number | undefined) => dueAt !== undefined && dueAt <= step.at
  const isHintDue = [...pendingHints.values()].some(({ dueAt }) => isDue(dueAt))
  const [first, ...others] = [
    isDue(timers.refresh) && task('full', 'refresh'),
    isDue(timers.retry) && state.unfinished,
    isDue(burst?.dueAt) && task('hints', 'notification'),
    isDue(timers.reread) && task('hints', 'credentials'),
    isHintDue && task('hints', 'recheck'),
    isDue(timers.poll) && task('poll', 'poll'),
    isDue(timers.secrets) && task('secrets', 'poll'),
    recheck !== undefined && isDue(recheck.dueAt) && task(recheck.scope, 'recheck'),
    isDue(timers.subscribed) && task('poll', 'recheck'),
  ].filter((due) => typeof due === 'object')
  if (first === undefined) return state
  const next = {
    ...state,
    timers: Object.fromEntries(Object.entries(timers).filter(([, dueAt]) => !isDue(dueAt))),
    recheck: isDue(recheck?.dueAt) ? undefined : recheck,
  }
  return start(next, mergeTasks(first, ...others), { step, includesRechecks: isHintDue || isDue(timers.reread) })
}

interface Starting {
  readonly step: Step
  /** Whether hints that were read before are read again, too. New hints always are. */
  readonly includesRechecks: boolean
}

/** Starts a refresh that includes the unfinished work and the pending hints. */
function start(state: RefreshState, requested: RefreshTask, { step, includesRechecks }: Starting): RefreshState {
  const { pendingHints, burst, unfinished } = state
  const isIncluded = ({ attempts }: PendingHint) => includesRechecks || attempts === 0
  const isFlooded = burst?.isFlooded === true
  const hints = task(isFlooded ? 'poll' : 'hints', 'notification', filterHints(pendingHints, isIncluded))
  const hasHints = isFlooded || hints.hints.size > 0
  const running = mergeTasks(requested, unfinished, hasHints ? hints : undefined)
  const generation = state.generation + 1
  step.effects.push({ type: 'refresh', generation, task: running })
  return {
    ...state,
    generation,
    running,
    unfinished: undefined,
    pendingHints: filterHints(pendingHints, (pending) => !isIncluded(pending)),
    burst: undefined,
    ...(isFlooded && { unknownNamesAt: step.at }),
  }
}

// A single success between failures does not reset the backoff.
function resetFailures(state: RefreshState, { at }: Step): RefreshState {
  const { failures, healthySince } = state
  const isHealthy = healthySince !== undefined && at - healthySince >= healthyMs
  return failures > 0 && isHealthy ? { ...state, failures: 0 } : state
}

function enterStale(state: RefreshState, reason: StaleReason, step: Step): RefreshState {
  if (state.state === 'stale' && (state.reason === reason || state.reason === 'age-exceeded')) return state
  emit('stale', step)
  return { ...enter(state, 'stale', step), reason }
}

function enter(state: RefreshState, next: ConfigState, { at }: Step): RefreshState {
  return { ...state, state: next, since: at, reason: undefined }
}

function emit(event: EmittedEvent, { effects }: Step): void {
  effects.push({ type: 'emit', event })
}

function schedule(state: RefreshState, timer: TimerName, dueAt: number | undefined): RefreshState {
  return { ...state, timers: { ...state.timers, [timer]: dueAt } }
}

function filterHints(hints: PendingHints, isKept: (pending: PendingHint) => boolean): PendingHints {
  return new Map([...hints].filter(([, pending]) => isKept(pending)))
}

function spread(ms: number, chance: number): number {
  return ms * (0.9 + 0.2 * chance)
}
