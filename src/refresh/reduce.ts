import type { Hint } from '../ports.ts'
import { exponential } from '../time/backoff.ts'
import {
  type ConfigState,
  type Effect,
  type EmittedEvent,
  type EventDetails,
  type Findings,
  initialState,
  mergeTasks,
  type NotificationHealth,
  type PendingHint,
  type RefreshEvent,
  type RefreshOutcome,
  type RefreshRules,
  type RefreshState,
  type RefreshTask,
  readsEverything,
  type StaleReason,
  subjectOf,
  type TimerName,
  type Timers,
  task,
  unscheduled,
} from './state.ts'

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
const distrustMs = 3_600_000
const silenceFloorMs = 600_000
const silenceDecay = 0.9
const probationMs = 600_000

/** Decides what happens after an event. Pure: the handlers change a copy of the state. */
export function reduce(state: RefreshState, event: RefreshEvent, rules: RefreshRules): Reduction {
  const { at, chance } = event
  const next: Draft = { ...state, timers: { ...state.timers } }
  const effects: Effect[] = []
  if (state.state === 'closed') return { state, effects }
  // A single success between failures does not reset the backoff.
  if (at - (state.healthySince ?? at) >= healthyMs) next.failures = 0
  const step: Step = { before: state, next, effects, at, chance, rules }
  if (event.type === 'started') onStarted(step)
  else if (event.type === 'refreshRequested') next.timers.refresh = at
  else if (event.type === 'hintReceived') onHintReceived(event.hints, step)
  else if (event.type === 'rereadRequested') onRereadRequested(event.hints, step)
  else if (event.type === 'subscribed') next.timers.subscribed = at + chance * rules.splayMs
  else if (event.type === 'healthChanged') onHealthChanged(event.isHealthy, step)
  else if (event.type === 'messageReceived') onMessageReceived(step)
  else if (event.type === 'refreshFinished') onRefreshFinished(event, step)
  else if (event.type === 'resumed') next.isSuspended = false
  else if (event.type === 'suspended') onSuspended(step)
  else if (event.type === 'closed') onClosed(step)
  if (tooOldAt(next, rules) <= at) {
    // Between invocations nothing polls, so the refresh is due now.
    if (rules.isInvoked === true) next.timers.poll = at
    enterStale('age-exceeded', step)
  }
  if (nextRefreshAt(next) <= at) start(step)
  return { state: next, effects }
}

/** When the next refresh starts. */
export function nextRefreshAt(state: RefreshState): number {
  const { timers, unfinished, recheck, hints } = state
  if (state.state === 'closed' || state.running !== undefined) return unscheduled
  const retryAt = unfinished?.dueAt ?? unscheduled
  const isOver = state.state === 'failed' && retryAt === unscheduled
  if (isOver || state.isSuspended) return timers.refresh
  // Until AWS answers again, only callers who wait add calls.
  if (isFailing(state)) return Math.min(timers.refresh, timers.reread, retryAt)
  let first = Math.min(retryAt, hints.burst?.dueAt ?? unscheduled, recheck?.dueAt ?? unscheduled)
  for (const dueAt of Object.values(timers)) first = Math.min(first, dueAt)
  for (const { dueAt } of hints.pending.values()) first = Math.min(first, dueAt)
  return first
}

/** Whether refreshes fail, so that the next one may take long to come. */
export function isFailing({ failures, unfinished }: RefreshState): boolean {
  return failures > 0 && unfinished !== undefined && unfinished.dueAt < unscheduled
}

/** When the snapshot becomes too old. */
export function tooOldAt(
  { state, reason, verifiedAt = unscheduled }: RefreshState,
  { maxStaleMs = unscheduled }: RefreshRules,
): number {
  return state === 'closed' || reason === 'age-exceeded' ? unscheduled : verifiedAt + maxStaleMs
}

type AcceptedOutcome = Extract<RefreshOutcome, { readonly kind: 'published' | 'unchanged' }>
type RestoredOutcome = Extract<RefreshOutcome, { readonly kind: 'restored' }>

/** One event: its circumstances, the state before it, and the next state and the effects so far. */
interface Step {
  readonly before: RefreshState
  readonly next: Draft
  readonly effects: Effect[]
  readonly at: number
  readonly chance: number
  readonly rules: RefreshRules
}

type Draft = { -readonly [Key in keyof RefreshState]: RefreshState[Key] } & { readonly timers: Timers }

function onStarted(step: Step): void {
  const { next, at, rules } = step
  next.since = at
  next.isSuspended = rules.isInvoked === true
  start(step, task('full', 'start'))
}

function onHintReceived(received: readonly Hint[], { next, at, chance, rules }: Step): void {
  const { burst, unknownNamesAt } = next.hints
  const { startedAt = at, splayMs = chance * rules.splayMs } = burst ?? {}
  let isFlooded = burst?.isFlooded === true
  const pending = new Map(next.hints.pending)
  for (const hint of received) {
    if (isFlooded && hint.kind === 'parameter') continue
    const subject = subjectOf(hint)
    pending.set(subject, { hint, attempts: 0, dueAt: pending.get(subject)?.dueAt ?? unscheduled })
  }
  if (pending.size > maxHints) {
    isFlooded = true
    // The schema limits the secrets. A message can name any number of parameters below an open path.
    for (const [subject, { hint }] of pending) if (hint.kind === 'parameter') pending.delete(subject)
  }
  const quietAt = Math.min(at + quiescenceMs, startedAt + maxQuiescenceMs) + splayMs
  const dueAt = Math.max(quietAt, unknownNamesAt + unknownNamesPauseMs)
  next.hints = { pending, burst: { startedAt, splayMs, dueAt, isFlooded }, unknownNamesAt }
}

function onRereadRequested(requested: readonly Hint[], { next, at }: Step): void {
  if (requested.length === 0) return
  const pending = new Map(next.hints.pending)
  for (const hint of requested) pending.set(subjectOf(hint), { hint, attempts: 0, dueAt: unscheduled })
  next.hints = { ...next.hints, pending }
  next.timers.reread = at
}

// Polls become frequent as soon as notifications fail.
function onHealthChanged(isHealthy: boolean, { next, at, chance, rules }: Step): void {
  const { health, timers } = next
  const lastMessageAt = isHealthy && !health.isHealthy ? at : health.lastMessageAt
  next.health = { ...health, isHealthy, lastMessageAt }
  const isPolling = timers.poll < unscheduled && rules.pollEveryMs === undefined
  if (!isHealthy && isPolling) timers.poll = Math.min(timers.poll, at + spread(next.pollMs, chance))
}

function onMessageReceived({ next, at }: Step): void {
  const { lastMessageAt, longestSilenceMs } = next.health
  const silenceMs = Math.max(at - lastMessageAt, longestSilenceMs * silenceDecay)
  next.health = { ...next.health, lastMessageAt: at, longestSilenceMs: silenceMs }
}

function onRefreshFinished(
  { generation, outcome }: Extract<EventDetails, { readonly type: 'refreshFinished' }>,
  step: Step,
): void {
  const { before, next, at } = step
  const { running } = before
  if (running === undefined || generation !== before.generation) return
  next.running = undefined
  if (outcome.kind === 'restored') {
    restore(running, outcome, step)
    return
  }
  const isUsable = outcome.kind === 'published' || outcome.kind === 'unchanged'
  // Before the first snapshot, a rejection is a failure, too.
  if (outcome.kind === 'failed' || (!isUsable && before.verifiedAt === undefined)) {
    fail(running, step)
    return
  }
  next.healthySince ??= at
  const pending = new Map(before.hints.pending)
  for (const hint of outcome.unconfirmed) {
    const subject = subjectOf(hint)
    const { attempts = 0 } = running.hints.get(subject) ?? {}
    const afterMs = recheckAfterMs[attempts]
    if (afterMs === undefined || pending.has(subject)) continue
    pending.set(subject, { hint, attempts: attempts + 1, dueAt: at + afterMs })
  }
  next.hints = { ...before.hints, pending, ...(outcome.hasUnknownNames && { unknownNamesAt: at }) }
  if (isUsable) accept(running, outcome, step)
  else reject(running, outcome.kind, step)
  planPolls(running, outcome, step)
}

// The snapshot is as old as the backup, and AWS is read as soon as it can be.
function restore(running: RefreshTask, { ageMs, error }: RestoredOutcome, step: Step): void {
  const { next, at, effects } = step
  next.verifiedAt = at - ageMs
  effects.push({ type: 'commit' })
  emit('ready', step)
  enterStale('from-backup', step)
  if (error === undefined) next.unfinished = { task: running, dueAt: at }
  else fail(running, step)
}

function fail(failed: RefreshTask, step: Step): void {
  const { next, at, chance, rules } = step
  const isServing = next.verifiedAt !== undefined
  const isOver = !isServing && rules.mode !== 'background'
  next.failures++
  next.healthySince = undefined
  const dueAt = isOver ? unscheduled : at + failureBackoff.delay(next.failures, () => chance)
  next.unfinished = { task: { ...failed, cause: 'retry', interruptions: 0 }, dueAt }
  if (isServing) enterStale('source-error', step)
  else if (next.state !== 'failed') enter('failed', step)
  emit('failed', step)
}

function accept(running: RefreshTask, { kind, ageMs }: AcceptedOutcome, step: Step): void {
  const { before, next, effects, at } = step
  const { pending, burst } = next.hints
  const isFirst = before.verifiedAt === undefined
  const isPublished = kind === 'published'
  // A hint verifies only the parameters it names.
  const isVerified = isFirst || readsEverything(running)
  const isStillOld = before.reason === 'age-exceeded' && !isVerified
  // A hint that arrived meanwhile probably reports the change.
  const isHinted = running.hints.size > 0 || pending.size > 0 || burst !== undefined
  const isMissed = isPublished && running.cause === 'poll' && !isHinted && next.health.isHealthy
  if (isMissed) next.health = { ...next.health, missed: next.health.missed + 1, missedAt: at }
  next.rejections = 0
  next.recheck = undefined
  if (isVerified) next.verifiedAt = at - ageMs
  if (isPublished) effects.push({ type: 'commit' })
  else if (isVerified) effects.push({ type: 'verify' })
  emit(isFirst ? 'ready' : isPublished ? 'changed' : 'unchanged', step)
  if (before.state === 'ready' || isStillOld) return
  enter('ready', step)
  if (before.state === 'stale') emit('recovered', step)
}

function reject({ cause }: RefreshTask, kind: 'rejected' | 'held-back', step: Step): void {
  const { next, at } = step
  if (kind === 'held-back') next.recheck ??= { dueAt: at + confirmShrinkAfterMs, scope: 'full' }
  else {
    const isRepeated = next.reason === 'candidate-rejected' && cause !== 'notification' && cause !== 'refresh'
    const rejections = isRepeated ? next.rejections : 0
    const afterMs = recheckAfterMs[rejections]
    next.rejections = rejections + 1
    if (afterMs !== undefined) next.recheck = { dueAt: at + afterMs, scope: 'poll' }
  }
  emit('rejected', step)
  enterStale('candidate-rejected', step)
}

function planPolls(running: RefreshTask, { pollCalls, secretsDueInMs }: Findings, step: Step): void {
  const { before, next, at, chance, rules } = step
  if (rules.pollEveryMs === false) return
  next.timers.secrets = at + Math.max(leastSecretsMs, secretsDueInMs ?? unscheduled)
  if (!readsEverything(running)) return
  next.pollMs = Math.max(pollFloorMs, pollPerCallMs * pollCalls)
  const derivedMs = isReliable(next.health, at) ? Math.max(next.pollMs, pollWithNotificationsMs) : next.pollMs
  const everyMs = rules.pollEveryMs ?? derivedMs
  // The instances of a fleet that start together do not poll together.
  const firstMs = Math.max(Math.min(firstPollFloorMs, everyMs / 2), everyMs * chance)
  next.timers.poll = at + (before.verifiedAt === undefined ? firstMs : spread(everyMs, chance))
}

/**
 * Whether notifications are reliable enough for rare polls. They are not for an hour after a miss. They are on
 * probation for ten minutes each time the silence reaches 2, 4, 8 … times the longest one so far: silence alone is no
 * fault, because perhaps no parameter changed.
 */
function isReliable({ isHealthy, lastMessageAt, longestSilenceMs, missedAt }: NotificationHealth, at: number): boolean {
  if (!isHealthy || at - missedAt < distrustMs) return false
  const usualMs = Math.max(silenceFloorMs, 2 * longestSilenceMs)
  const silenceMs = at - lastMessageAt
  if (silenceMs < usualMs) return true
  const probationAt = usualMs * 2 ** Math.floor(Math.log2(silenceMs / usualMs))
  return silenceMs - probationAt >= probationMs
}

// An interruption is no failure: the next invocation continues the work. After two interruptions in a row it is delayed,
// so that not every short invocation waits for it.
function onSuspended({ next, effects, at, chance }: Step): void {
  const { running, generation, timers } = next
  next.isSuspended = true
  if (running === undefined) return
  effects.push({ type: 'abort', generation })
  next.generation++
  next.running = undefined
  const { interruptions } = running
  const delayMs = interruptions === 0 ? 0 : failureBackoff.delay(interruptions, () => chance)
  // A call of refresh() that waits for the next refresh continues with it.
  const merged = mergeTasks(running, timers.refresh < unscheduled && task('full', 'refresh'))
  next.unfinished = { task: { ...merged, interruptions: interruptions + 1 }, dueAt: at + delayMs }
  timers.refresh = unscheduled
}

function onClosed(step: Step): void {
  const { next } = step
  emit('closed', step)
  enter('closed', step)
  next.generation++
  next.running = undefined
  next.hints = initialState.hints
}

/** Starts a refresh that does everything that is due, the unfinished work, and the hints that have not been read yet. */
function start({ next, effects, at }: Step, first?: RefreshTask): void {
  const { timers, unfinished, recheck, hints } = next
  const isFlooded = hints.burst?.isFlooded === true
  const isRecheckDue = recheck !== undefined && recheck.dueAt <= at
  let isHintDue = false
  for (const { dueAt } of hints.pending.values()) if (dueAt <= at) isHintDue = true
  const read = new Map<string, PendingHint>()
  const pending = new Map<string, PendingHint>()
  for (const [subject, hint] of hints.pending) {
    // Hints that were read before are read again together.
    const isRead = hint.attempts === 0 || isHintDue || timers.reread <= at
    if (isRead) read.set(subject, hint)
    else pending.set(subject, hint)
  }
  const running = mergeTasks(
    first,
    timers.refresh <= at && task('full', 'refresh'),
    unfinished?.task,
    hints.burst !== undefined && hints.burst.dueAt <= at && task('hints', 'notification'),
    // The value that is refused may be correct by now.
    timers.reread <= at && task(next.rejections > 0 ? 'poll' : 'hints', 'credentials'),
    isHintDue && task('hints', 'recheck'),
    timers.poll <= at && task('poll', 'poll'),
    timers.secrets <= at && task('secrets', 'poll'),
    isRecheckDue && task(recheck.scope, 'recheck'),
    timers.subscribed <= at && task('poll', 'recheck'),
    isFlooded && task('poll', 'notification'),
    read.size > 0 && task('hints', 'notification', read),
  )
  if (running === undefined) return
  next.generation++
  next.running = running
  next.unfinished = undefined
  if (isRecheckDue) next.recheck = undefined
  for (const timer of Object.keys(timers) as TimerName[]) if (timers[timer] <= at) timers[timer] = unscheduled
  next.hints = { pending, unknownNamesAt: isFlooded ? at : hints.unknownNamesAt }
  effects.push({ type: 'refresh', generation: next.generation, task: running })
}

function enterStale(reason: StaleReason, step: Step): void {
  const { next } = step
  const isKnown = next.reason === reason || next.reason === 'age-exceeded'
  // A backup stays in use until AWS was read.
  if (isKnown || (next.reason === 'from-backup' && reason === 'source-error')) return
  enter('stale', step)
  next.reason = reason
  emit('stale', step)
}

function enter(state: ConfigState, { next, at }: Step): void {
  next.state = state
  next.since = at
  next.reason = undefined
}

function emit(event: EmittedEvent, { effects }: Step): void {
  effects.push({ type: 'emit', event })
}

function spread(ms: number, chance: number): number {
  return ms * (0.9 + 0.2 * chance)
}
