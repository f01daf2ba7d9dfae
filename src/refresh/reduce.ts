import type { Hint } from '../ports.ts'
import { exponential } from '../time/backoff.ts'
import { subjectOf } from './hints.ts'
import { isReliable, recordMessage, recordMiss, setHealth } from './push.ts'
import {
  type ConfigState,
  type Effect,
  type EmittedEvent,
  nextTimerAt,
  type RefreshEvent,
  type RefreshRules,
  type RefreshState,
  type RefreshSummary,
  type StaleReason,
  type TimerName,
  timerNames,
} from './state.ts'
import { mergeTasks, type RefreshTask, readsEverything, task } from './task.ts'

/** A life, and what is to be done. */
export interface Reduction {
  readonly state: RefreshState
  readonly effects: readonly Effect[]
}

const quiescenceMs = 250
const maxQuiescenceMs = 2_000
// One and five seconds after the first look.
const againAfterMs: readonly number[] = [1_000, 4_000]
const shrunkMs = 30_000
// A thousand names are a hundred calls. More hinted names cost more calls than one reading of everything.
const maxHints = 1_000
// A genuine change among the names that are not stored is still read within 10 s.
const unknownNamesPauseMs = 8_000
const healthyMs = 60_000
const failureBackoff = exponential({ baseMs: 1_000, maxMs: 300_000, certainShare: 0.5 })
const pollFloorMs = 60_000
const soonMs = 5_000
const pollPerCallMs = 6_000
const pollWithPushMs = 300_000

/** The one place where a life goes on. Pure. */
export function reduce(state: RefreshState, event: RefreshEvent, rules: RefreshRules): Reduction {
  if (state.state === 'closed') return { state, effects: [] }
  return new Stepper(resetFailures(keepTime(state, event.at)), event, rules).step()
}

const taskOf: Readonly<Record<Exclude<TimerName, 'age' | 'hints' | 'doubts'>, (state: RefreshState) => RefreshTask>> = {
  asked: () => task('full', 'refresh'),
  poll: () => task('poll', 'poll'),
  secrets: () => task('secrets', 'poll'),
  retry: ({ unfinished }) => unfinished ?? task('full', 'retry'),
  rejected: () => task('poll', 'rejected'),
  shrunk: () => task('full', 'shrunk'),
  listening: () => task('poll', 'listening'),
}

class Stepper {
  #state: RefreshState
  readonly #event: RefreshEvent
  readonly #rules: RefreshRules
  readonly #effects: Effect[] = []

  constructor(state: RefreshState, event: RefreshEvent, rules: RefreshRules) {
    this.#state = state
    this.#event = event
    this.#rules = rules
  }

  step(): Reduction {
    this.#handle()
    this.#age()
    this.#startDue()
    return { state: this.#state, effects: this.#effects }
  }

  #handle(): void {
    const event = this.#event
    if (event.type === 'started') this.#begin()
    else if (event.type === 'refreshRequested') this.#requestRefresh()
    else if (event.type === 'hintReceived') this.#hint(event.hints)
    else if (event.type === 'rereadRequested') this.#rereadNow(event.hints)
    else if (event.type === 'subscribed') this.#schedule('listening', event.at + event.chance * this.#rules.splayMs)
    else if (event.type === 'healthChanged') this.#healthChanged(event.isHealthy)
    else if (event.type === 'messageReceived') this.#set({ health: recordMessage(this.#state.health, event.at) })
    else if (event.type === 'refreshFinished') this.#refreshFinished(event.generation, event.summary)
    else if (event.type === 'resumed') this.#set({ isSuspended: false })
    else if (event.type === 'suspended') this.#suspend()
    else if (event.type === 'closed') this.#close()
  }

  #begin(): void {
    this.#set({ since: this.#event.at, isSuspended: this.#rules.isInvoked === true })
    this.#start(task('full', 'start'))
  }

  // A refresh that is already reading may have read what was written since.
  #requestRefresh(): void {
    this.#schedule('asked', this.#event.at)
  }

  #hint(hints: readonly Hint[]): void {
    const { at, chance } = this.#event
    const { hintedSince = at, hintSplayMs, unknownNamesAt = Number.NEGATIVE_INFINITY } = this.#state
    const isFirst = this.#state.hintedSince === undefined
    this.#remember(hints)
    const splayMs = isFirst ? chance * this.#rules.splayMs : hintSplayMs
    this.#set({ hintedSince, hintSplayMs: splayMs })
    const quietAt = Math.min(at + quiescenceMs, hintedSince + maxQuiescenceMs) + splayMs
    this.#schedule('hints', Math.max(quietAt, unknownNamesAt + unknownNamesPauseMs))
  }

  // Secrets are as many as the schema names. Of parameters below an open path, a message can name any number.
  #remember(hints: readonly Hint[]): void {
    const { isFlooded } = this.#state
    const news = isFlooded ? hints.filter(({ kind }) => kind === 'secret') : hints
    if (news.length === 0) return
    const pendingHints = new Map(this.#state.pendingHints)
    for (const hint of news) pendingHints.set(subjectOf(hint), hint)
    if (pendingHints.size <= maxHints) this.#set({ pendingHints })
    else
      this.#set({
        pendingHints: new Map([...pendingHints].filter(([, { kind }]) => kind === 'secret')),
        isFlooded: true,
      })
  }

  #rereadNow(hints: readonly Hint[]): void {
    const { at } = this.#event
    const unconfirmed = new Map(this.#state.unconfirmed)
    for (const hint of hints) unconfirmed.set(subjectOf(hint), { hint, attempts: 0, dueAt: at })
    this.#set({ unconfirmed })
    if (hints.length === 0) return
    this.#schedule('doubts', at)
    // A login that fails does not wait for the next retry.
    if (this.#state.timers.retry !== undefined) this.#schedule('asked', at)
  }

  // Whoever relied on being told polls again as often as others do.
  #healthChanged(isHealthy: boolean): void {
    const { timers, pollMs, health } = this.#state
    this.#set({ health: setHealth(health, isHealthy, this.#event.at) })
    if (isHealthy || timers.poll === undefined || this.#rules.pollEveryMs !== undefined) return
    this.#schedule('poll', Math.min(timers.poll, this.#event.at + pollMs * (0.9 + 0.2 * this.#event.chance)))
  }

  #refreshFinished(generation: number, summary: RefreshSummary): void {
    const { running } = this.#state
    if (generation !== this.#state.generation || running === undefined) return
    const { running: _, ...idle } = this.#state
    this.#state = idle
    const { outcome } = summary
    const isUsable = outcome === 'published' || outcome === 'unchanged'
    // Before the first snapshot it makes no difference why there is none.
    if (outcome === 'failed' || (!isUsable && idle.verifiedAt === undefined)) this.#fail(running)
    else this.#answered(running, summary)
  }

  #fail(task: RefreshTask): void {
    const { at, chance } = this.#event
    const { failures, state, verifiedAt } = this.#state
    const count = failures + 1
    const { healthySince: _, ...unhealthy } = this.#state
    this.#state = {
      ...unhealthy,
      failures: count,
      interruptions: 0,
      unfinished: mergeTasks(unhealthy.unfinished, { ...task, cause: 'retry' }),
    }
    if (verifiedAt !== undefined) this.#enterStale('source-error')
    else if (state !== 'failed') this.#enter('failed')
    this.#emit('failed')
    if (verifiedAt === undefined && this.#rules.mode === 'strict') return
    this.#schedule('retry', at + failureBackoff.delay(count, () => chance))
  }

  #answered(task: RefreshTask, summary: RefreshSummary): void {
    const { at } = this.#event
    const { unfinished: _, healthySince = at, ...state } = this.#state
    const isFirst = state.verifiedAt === undefined
    this.#state = {
      ...state,
      interruptions: 0,
      healthySince,
      ...(summary.hasUnknownNames === true && { unknownNamesAt: at }),
    }
    this.#unschedule('retry')
    this.#recheckUnconfirmed(task, summary.unconfirmed)
    const { outcome } = summary
    if (outcome === 'published') this.#accept('changed', task)
    else if (outcome === 'unchanged') this.#accept('unchanged', task)
    else if (outcome === 'held-back') this.#holdBack()
    else this.#reject(task)
    this.#plan(task, summary, isFirst)
  }

  #accept(news: 'changed' | 'unchanged', task: RefreshTask): void {
    const { state, reason, verifiedAt } = this.#state
    const isFirst = verifiedAt === undefined
    const isVerified = isFirst || readsEverything(task)
    this.#set({ rejections: 0, ...(isVerified && { verifiedAt: this.#event.at }) })
    this.#unschedule('rejected')
    this.#unschedule('shrunk')
    if (news === 'changed' && isMissed(task, this.#state))
      this.#set({ health: recordMiss(this.#state.health, this.#event.at) })
    if (news === 'changed') this.#effects.push({ type: 'commit' })
    else if (isVerified) this.#effects.push({ type: 'verify' })
    // What was hinted is right; the rest is as old as it was.
    const isStillOld = reason === 'age-exceeded' && !isVerified
    if (state !== 'ready' && !isStillOld) this.#enter('ready')
    this.#emit(isFirst ? 'ready' : news)
    if (state === 'stale' && !isStillOld) this.#emit('recovered')
  }

  #reject({ cause }: RefreshTask): void {
    const { at } = this.#event
    const { reason, rejections } = this.#state
    // A poll that finds what was rejected before tells nothing new.
    const isKnown = reason === 'candidate-rejected' && cause !== 'notification' && cause !== 'refresh'
    const attempts = isKnown ? rejections : 0
    const wait = againAfterMs[attempts]
    this.#emit('rejected')
    this.#enterStale('candidate-rejected')
    this.#set({ rejections: attempts + 1 })
    if (wait !== undefined) this.#schedule('rejected', at + wait)
  }

  #holdBack(): void {
    this.#emit('rejected')
    this.#enterStale('candidate-rejected')
    if (this.#state.timers.shrunk === undefined) this.#schedule('shrunk', this.#event.at + shrunkMs)
  }

  // What the hints name is now as they say, or was looked at often enough.
  #recheckUnconfirmed(task: RefreshTask, stillUnconfirmed: readonly Hint[]): void {
    const { at } = this.#event
    const unconfirmed = new Map(this.#state.unconfirmed)
    for (const subject of task.hints.keys()) unconfirmed.delete(subject)
    for (const hint of stillUnconfirmed) {
      const subject = subjectOf(hint)
      const attempts = this.#state.unconfirmed.get(subject)?.attempts ?? 0
      const wait = againAfterMs[attempts]
      if (wait !== undefined) unconfirmed.set(subject, { hint, attempts: attempts + 1, dueAt: at + wait })
    }
    this.#set({ unconfirmed })
    this.#unschedule('doubts')
    if (unconfirmed.size > 0) this.#schedule('doubts', Math.min(...[...unconfirmed.values()].map(({ dueAt }) => dueAt)))
  }

  #plan(task: RefreshTask, { pollCalls, secretsDueAt }: RefreshSummary, isFirst: boolean): void {
    const { at, chance } = this.#event
    const { pollEveryMs } = this.#rules
    if (pollEveryMs === false) return
    this.#unschedule('secrets')
    if (secretsDueAt !== undefined) this.#schedule('secrets', Math.max(at + 1_000, secretsDueAt))
    if (!readsEverything(task)) return
    const pollMs = Math.max(pollFloorMs, pollPerCallMs * pollCalls)
    this.#set({ pollMs })
    const every = pollEveryMs ?? (isReliable(this.#state.health, at) ? Math.max(pollMs, pollWithPushMs) : pollMs)
    // Instances that were started together do not poll together; and what was just read is not looked at at once.
    const first = Math.max(Math.min(soonMs, every / 2), every * chance)
    this.#schedule('poll', at + (isFirst ? first : every * (0.9 + 0.2 * chance)))
  }

  #age(): void {
    const { maxStaleMs } = this.#rules
    const { verifiedAt } = this.#state
    if (maxStaleMs === undefined || verifiedAt === undefined || this.#state.state === 'closed') return
    const dueAt = verifiedAt + maxStaleMs
    if (this.#event.at >= dueAt) {
      this.#unschedule('age')
      // Where nobody looks between invocations, it has to be now.
      if (this.#rules.isInvoked === true && this.#state.reason !== 'age-exceeded')
        this.#schedule('poll', this.#event.at)
      this.#enterStale('age-exceeded')
    } else this.#schedule('age', dueAt)
  }

  #startDue(): void {
    const { at } = this.#event
    const { timers, running, state } = this.#state
    if (running !== undefined || state === 'closed') return
    const wakeAt = nextTimerAt(this.#state)
    if (wakeAt === undefined || wakeAt > at) return
    const kinds = timerNames.filter((kind) => kind !== 'age' && (timers[kind] ?? Number.POSITIVE_INFINITY) <= at)
    let task: RefreshTask | undefined
    for (const kind of kinds) {
      if (kind === 'age') continue
      if (kind === 'hints') task = mergeTasks(task, this.#taskForHints())
      else if (kind === 'doubts') task = mergeTasks(task, this.#taskForUnconfirmed())
      else task = mergeTasks(task, taskOf[kind](this.#state))
      this.#unschedule(kind)
    }
    if (task !== undefined) this.#start(task)
  }

  #taskForHints(): RefreshTask {
    const { isFlooded, pendingHints } = this.#state
    return task(isFlooded ? 'poll' : 'hints', 'notification', pendingHints.values())
  }

  #taskForUnconfirmed(): RefreshTask {
    const unconfirmed = [...this.#state.unconfirmed.values()]
    const isNew = unconfirmed.some(({ attempts }) => attempts === 0)
    return task(
      'hints',
      isNew ? 'credentials' : 'recheck',
      unconfirmed.map(({ hint }) => hint),
    )
  }

  // Also reads what was hinted meanwhile, and what a refresh that failed or was aborted had to read.
  #start(task: RefreshTask): void {
    const { pendingHints, isFlooded, hintedSince: _, ...state } = this.#state
    const generation = state.generation + 1
    const complete = state.unfinished === undefined ? task : mergeTasks(task, state.unfinished)
    const running = pendingHints.size === 0 && !isFlooded ? complete : mergeTasks(complete, this.#taskForHints())
    const pause = isFlooded ? { unknownNamesAt: state.at } : {}
    this.#state = { ...state, ...pause, pendingHints: new Map(), isFlooded: false, generation, running }
    this.#unschedule('hints')
    this.#effects.push({ type: 'refresh', generation, task: running })
  }

  #close(): void {
    const { running: _, unfinished: __, ...state } = this.#state
    const nothing = { timers: {}, pendingHints: new Map(), isFlooded: false, unconfirmed: new Map() }
    this.#state = { ...state, ...nothing, generation: state.generation + 1 }
    this.#enter('closed')
    this.#emit('closed')
  }

  // Nothing has failed, so what was under way is simply still to be done: with the next invocation. Where no invocation is
  // long enough for it, not all of them are to wait for it.
  #suspend(): void {
    this.#set({ isSuspended: true })
    if (this.#state.running === undefined) return
    const { running, ...state } = this.#state
    const { at, chance } = this.#event
    const { generation, interruptions, unfinished, timers } = state
    // A call of refresh() that waits for the next refresh is carried into the next invocation along with this one.
    const interrupted = timers.asked === undefined ? running : mergeTasks(running, taskOf.asked(state))
    this.#state = {
      ...state,
      generation: generation + 1,
      interruptions: interruptions + 1,
      unfinished: mergeTasks(unfinished, interrupted),
    }
    this.#unschedule('asked')
    this.#schedule('retry', at + (interruptions === 0 ? 0 : failureBackoff.delay(interruptions, () => chance)))
    this.#effects.push({ type: 'abort', generation })
  }

  #enterStale(reason: StaleReason): void {
    const { state, reason: known } = this.#state
    if (state === 'stale' && (known === reason || known === 'age-exceeded')) return
    this.#enter('stale', reason)
    this.#emit('stale')
  }

  #enter(state: ConfigState, reason?: StaleReason): void {
    const { reason: _, ...others } = this.#state
    this.#state = { ...others, state, since: this.#event.at, ...(reason !== undefined && { reason }) }
  }

  #emit(event: EmittedEvent): void {
    this.#effects.push({ type: 'emit', event })
  }

  #schedule(kind: TimerName, at: number): void {
    this.#set({ timers: { ...this.#state.timers, [kind]: at } })
  }

  #unschedule(kind: TimerName): void {
    const { [kind]: _, ...timers } = this.#state.timers
    this.#set({ timers })
  }

  #set(changes: Partial<RefreshState>): void {
    this.#state = { ...this.#state, ...changes }
  }
}

// Not after one lucky call: what fails every other time is tried again ever more slowly.
function resetFailures(state: RefreshState): RefreshState {
  const { failures, healthySince, at } = state
  const isHealthy = healthySince !== undefined && at - healthySince >= healthyMs
  return failures > 0 && isHealthy ? { ...state, failures: 0 } : state
}

// Found by looking, where telling seemed to work, and was not ahead of the store.
function isMissed({ cause, hints }: RefreshTask, { health, unconfirmed }: RefreshState): boolean {
  return cause === 'poll' && hints.size === 0 && unconfirmed.size === 0 && health.isHealthy
}

// A clock that is set back would have everything wait for as long as it was set back by.
function keepTime(state: RefreshState, at: number): RefreshState {
  const shift = at - state.at
  if (shift >= 0) return { ...state, at }
  const timers = Object.fromEntries(Object.entries(state.timers).map(([kind, time]) => [kind, time + shift]))
  const move = (time: number | undefined) => (time === undefined ? undefined : time + shift)
  const times = {
    unknownNamesAt: move(state.unknownNamesAt),
    verifiedAt: move(state.verifiedAt),
    healthySince: move(state.healthySince),
    hintedSince: move(state.hintedSince),
  }
  const known = Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined))
  const unconfirmed = [...state.unconfirmed].map(
    ([key, pending]) => [key, { ...pending, dueAt: pending.dueAt + shift }] as const,
  )
  const { missedAt, heardAt } = state.health
  const health = {
    ...state.health,
    heardAt: heardAt + shift,
    ...(missedAt !== undefined && { missedAt: missedAt + shift }),
  }
  return { ...state, ...known, since: state.since + shift, unconfirmed: new Map(unconfirmed), health, timers, at }
}
