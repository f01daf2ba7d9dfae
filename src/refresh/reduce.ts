import type { Hint } from '../ports.ts'
import { exponential } from '../time/backoff.ts'
import { subjectOf } from './hints.ts'
import { fare, hear, isReliable, miss } from './push.ts'
import {
  type Announcement,
  type ConfigState,
  type DueKind,
  dueKinds,
  type Effect,
  type Landing,
  type Life,
  type LifeEvent,
  type LifeRules,
  nextWake,
  type StaleReason,
} from './state.ts'
import { isWhole, mergeWork, type Work, workOn } from './task.ts'

/** A life, and what is to be done. */
export interface Step {
  readonly life: Life
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
const strangersPauseMs = 8_000
const healthyMs = 60_000
const failureBackoff = exponential({ baseMs: 1_000, maxMs: 300_000, certainShare: 0.5 })
const pollFloorMs = 60_000
const soonMs = 5_000
const pollPerCallMs = 6_000
const pollWithPushMs = 300_000

/** The one place where a life goes on. Pure. */
export function step(life: Life, event: LifeEvent, rules: LifeRules): Step {
  if (life.state === 'closed') return { life, effects: [] }
  return new Stepper(forgive(keepTime(life, event.at)), event, rules).step()
}

const workOf: Readonly<Record<Exclude<DueKind, 'age' | 'hints' | 'doubts'>, (life: Life) => Work>> = {
  asked: () => workOn('full', 'refresh'),
  poll: () => workOn('poll', 'poll'),
  secrets: () => workOn('secrets', 'poll'),
  retry: ({ owed }) => owed ?? workOn('full', 'retry'),
  rejected: () => workOn('poll', 'rejected'),
  shrunk: () => workOn('full', 'shrunk'),
  listening: () => workOn('poll', 'listening'),
}

class Stepper {
  #life: Life
  readonly #event: LifeEvent
  readonly #rules: LifeRules
  readonly #effects: Effect[] = []

  constructor(life: Life, event: LifeEvent, rules: LifeRules) {
    this.#life = life
    this.#event = event
    this.#rules = rules
  }

  step(): Step {
    this.#take()
    this.#age()
    this.#takeOff()
    return { life: this.#life, effects: this.#effects }
  }

  #take(): void {
    const event = this.#event
    if (event.type === 'started') this.#start()
    else if (event.type === 'asked') this.#ask()
    else if (event.type === 'hinted') this.#hint(event.hints)
    else if (event.type === 'doubted') this.#doubtNow(event.hints)
    else if (event.type === 'opened') this.#schedule('listening', event.at + event.chance * this.#rules.splayMs)
    else if (event.type === 'pushed') this.#heed(event.isHealthy)
    else if (event.type === 'told') this.#set({ push: hear(this.#life.push, event.at) })
    else if (event.type === 'landed') this.#land(event.generation, event.landing)
    else if (event.type === 'resumed') this.#set({ isSuspended: false })
    else if (event.type === 'suspended') this.#suspend()
    else if (event.type === 'closed') this.#close()
  }

  #start(): void {
    this.#set({ since: this.#event.at, isSuspended: this.#rules.isInvoked === true })
    this.#fly(workOn('full', 'start'))
  }

  // A refresh that is already reading may have read what was written since.
  #ask(): void {
    this.#schedule('asked', this.#event.at)
  }

  #hint(hints: readonly Hint[]): void {
    const { at, chance } = this.#event
    const { hintedSince = at, hintSplayMs, strangersAt = Number.NEGATIVE_INFINITY } = this.#life
    const isFirst = this.#life.hintedSince === undefined
    this.#remember(hints)
    const splayMs = isFirst ? chance * this.#rules.splayMs : hintSplayMs
    this.#set({ hintedSince, hintSplayMs: splayMs })
    const quietAt = Math.min(at + quiescenceMs, hintedSince + maxQuiescenceMs) + splayMs
    this.#schedule('hints', Math.max(quietAt, strangersAt + strangersPauseMs))
  }

  // Secrets are as many as the schema names. Of parameters below an open path, a message can name any number.
  #remember(hints: readonly Hint[]): void {
    const { isFlooded } = this.#life
    const news = isFlooded ? hints.filter(({ kind }) => kind === 'secret') : hints
    if (news.length === 0) return
    const hinted = new Map(this.#life.hinted)
    for (const hint of news) hinted.set(subjectOf(hint), hint)
    if (hinted.size <= maxHints) this.#set({ hinted })
    else this.#set({ hinted: new Map([...hinted].filter(([, { kind }]) => kind === 'secret')), isFlooded: true })
  }

  #doubtNow(hints: readonly Hint[]): void {
    const { at } = this.#event
    const doubts = new Map(this.#life.doubts)
    for (const hint of hints) doubts.set(subjectOf(hint), { hint, looks: 0, dueAt: at })
    this.#set({ doubts })
    if (hints.length === 0) return
    this.#schedule('doubts', at)
    // A login that fails does not wait for the next retry.
    if (this.#life.due.retry !== undefined) this.#schedule('asked', at)
  }

  // Whoever relied on being told polls again as often as others do.
  #heed(isHealthy: boolean): void {
    const { due, pollMs, push } = this.#life
    this.#set({ push: fare(push, isHealthy, this.#event.at) })
    if (isHealthy || due.poll === undefined || this.#rules.pollEveryMs !== undefined) return
    this.#schedule('poll', Math.min(due.poll, this.#event.at + pollMs * (0.9 + 0.2 * this.#event.chance)))
  }

  #land(generation: number, landing: Landing): void {
    const { flight } = this.#life
    if (generation !== this.#life.generation || flight === undefined) return
    const { flight: _, ...grounded } = this.#life
    this.#life = grounded
    const { outcome } = landing
    const isUsable = outcome === 'committed' || outcome === 'unchanged'
    // Before the first snapshot it makes no difference why there is none.
    if (outcome === 'failed' || (!isUsable && grounded.verifiedAt === undefined)) this.#fail(flight)
    else this.#answered(flight, landing)
  }

  #fail(work: Work): void {
    const { at, chance } = this.#event
    const { failures, state, verifiedAt } = this.#life
    const count = failures + 1
    const { healthySince: _, ...ill } = this.#life
    this.#life = { ...ill, failures: count, cuts: 0, owed: mergeWork(ill.owed, { ...work, cause: 'retry' }) }
    if (verifiedAt !== undefined) this.#becomeStale('source-error')
    else if (state !== 'failed') this.#enter('failed')
    this.#announce('failed')
    if (verifiedAt === undefined && this.#rules.mode === 'strict') return
    this.#schedule('retry', at + failureBackoff.delay(count, () => chance))
  }

  #answered(work: Work, landing: Landing): void {
    const { at } = this.#event
    const { owed: _, healthySince = at, ...life } = this.#life
    const isFirst = life.verifiedAt === undefined
    this.#life = { ...life, cuts: 0, healthySince, ...(landing.hasStrangers === true && { strangersAt: at }) }
    this.#unschedule('retry')
    this.#doubt(work, landing.unmoved)
    const { outcome } = landing
    if (outcome === 'committed') this.#accept('changed', work)
    else if (outcome === 'unchanged') this.#accept('unchanged', work)
    else if (outcome === 'shrunk') this.#suspect()
    else this.#reject(work)
    this.#plan(work, landing, isFirst)
  }

  #accept(news: 'changed' | 'unchanged', work: Work): void {
    const { state, reason, verifiedAt } = this.#life
    const isFirst = verifiedAt === undefined
    const isVerified = isFirst || isWhole(work)
    this.#set({ rejections: 0, ...(isVerified && { verifiedAt: this.#event.at }) })
    this.#unschedule('rejected')
    this.#unschedule('shrunk')
    if (news === 'changed' && isMissed(work, this.#life)) this.#set({ push: miss(this.#life.push, this.#event.at) })
    if (news === 'changed') this.#effects.push({ type: 'commit' })
    else if (isVerified) this.#effects.push({ type: 'verify' })
    // What was hinted is right; the rest is as old as it was.
    const isStillOld = reason === 'age-exceeded' && !isVerified
    if (state !== 'ready' && !isStillOld) this.#enter('ready')
    this.#announce(isFirst ? 'ready' : news)
    if (state === 'stale' && !isStillOld) this.#announce('recovered')
  }

  #reject({ cause }: Work): void {
    const { at } = this.#event
    const { reason, rejections } = this.#life
    // A poll that finds what was rejected before tells nothing new.
    const isKnown = reason === 'candidate-rejected' && cause !== 'notification' && cause !== 'refresh'
    const looks = isKnown ? rejections : 0
    const wait = againAfterMs[looks]
    this.#announce('rejected')
    this.#becomeStale('candidate-rejected')
    this.#set({ rejections: looks + 1 })
    if (wait !== undefined) this.#schedule('rejected', at + wait)
  }

  #suspect(): void {
    this.#announce('rejected')
    this.#becomeStale('candidate-rejected')
    if (this.#life.due.shrunk === undefined) this.#schedule('shrunk', this.#event.at + shrunkMs)
  }

  // What the hints name is now as they say, or was looked at often enough.
  #doubt(work: Work, unmoved: readonly Hint[]): void {
    const { at } = this.#event
    const doubts = new Map(this.#life.doubts)
    for (const subject of work.hints.keys()) doubts.delete(subject)
    for (const hint of unmoved) {
      const subject = subjectOf(hint)
      const looks = this.#life.doubts.get(subject)?.looks ?? 0
      const wait = againAfterMs[looks]
      if (wait !== undefined) doubts.set(subject, { hint, looks: looks + 1, dueAt: at + wait })
    }
    this.#set({ doubts })
    this.#unschedule('doubts')
    if (doubts.size > 0) this.#schedule('doubts', Math.min(...[...doubts.values()].map(({ dueAt }) => dueAt)))
  }

  #plan(work: Work, { pollCalls, secretsDueAt }: Landing, isFirst: boolean): void {
    const { at, chance } = this.#event
    const { pollEveryMs } = this.#rules
    if (pollEveryMs === false) return
    this.#unschedule('secrets')
    if (secretsDueAt !== undefined) this.#schedule('secrets', Math.max(at + 1_000, secretsDueAt))
    if (!isWhole(work)) return
    const pollMs = Math.max(pollFloorMs, pollPerCallMs * pollCalls)
    this.#set({ pollMs })
    const every = pollEveryMs ?? (isReliable(this.#life.push, at) ? Math.max(pollMs, pollWithPushMs) : pollMs)
    // Instances that were started together do not poll together; and what was just read is not looked at at once.
    const first = Math.max(Math.min(soonMs, every / 2), every * chance)
    this.#schedule('poll', at + (isFirst ? first : every * (0.9 + 0.2 * chance)))
  }

  #age(): void {
    const { maxStaleMs } = this.#rules
    const { verifiedAt } = this.#life
    if (maxStaleMs === undefined || verifiedAt === undefined || this.#life.state === 'closed') return
    const dueAt = verifiedAt + maxStaleMs
    if (this.#event.at >= dueAt) {
      this.#unschedule('age')
      // Where nobody looks between invocations, it has to be now.
      if (this.#rules.isInvoked === true && this.#life.reason !== 'age-exceeded') this.#schedule('poll', this.#event.at)
      this.#becomeStale('age-exceeded')
    } else this.#schedule('age', dueAt)
  }

  #takeOff(): void {
    const { at } = this.#event
    const { due, flight, state } = this.#life
    if (flight !== undefined || state === 'closed') return
    const wakeAt = nextWake(this.#life)
    if (wakeAt === undefined || wakeAt > at) return
    const kinds = dueKinds.filter((kind) => kind !== 'age' && (due[kind] ?? Number.POSITIVE_INFINITY) <= at)
    let work: Work | undefined
    for (const kind of kinds) {
      if (kind === 'age') continue
      if (kind === 'hints') work = mergeWork(work, this.#workOnHints())
      else if (kind === 'doubts') work = mergeWork(work, this.#workOnDoubts())
      else work = mergeWork(work, workOf[kind](this.#life))
      this.#unschedule(kind)
    }
    if (work !== undefined) this.#fly(work)
  }

  #workOnHints(): Work {
    const { isFlooded, hinted } = this.#life
    return workOn(isFlooded ? 'poll' : 'hints', 'notification', hinted.values())
  }

  #workOnDoubts(): Work {
    const doubts = [...this.#life.doubts.values()]
    const isNew = doubts.some(({ looks }) => looks === 0)
    return workOn(
      'hints',
      isNew ? 'credentials' : 'unmoved',
      doubts.map(({ hint }) => hint),
    )
  }

  // Also reads what was hinted meanwhile, and what a refresh that failed or was aborted had to read.
  #fly(work: Work): void {
    const { hinted, isFlooded, hintedSince: _, ...life } = this.#life
    const generation = life.generation + 1
    const owing = life.owed === undefined ? work : mergeWork(work, life.owed)
    const flight = hinted.size === 0 && !isFlooded ? owing : mergeWork(owing, this.#workOnHints())
    const pause = isFlooded ? { strangersAt: life.at } : {}
    this.#life = { ...life, ...pause, hinted: new Map(), isFlooded: false, generation, flight }
    this.#unschedule('hints')
    this.#effects.push({ type: 'fly', generation, work: flight })
  }

  #close(): void {
    const { flight: _, owed: __, ...life } = this.#life
    const nothing = { due: {}, hinted: new Map(), isFlooded: false, doubts: new Map() }
    this.#life = { ...life, ...nothing, generation: life.generation + 1 }
    this.#enter('closed')
    this.#announce('closed')
  }

  // Nothing has failed, so what was under way is simply still to be done: with the next invocation. Where no invocation is
  // long enough for it, not all of them are to wait for it.
  #suspend(): void {
    this.#set({ isSuspended: true })
    if (this.#life.flight === undefined) return
    const { flight, ...life } = this.#life
    const { at, chance } = this.#event
    const { generation, cuts, owed, due } = life
    // A call of refresh() that waits for the next refresh is carried into the next invocation along with this one.
    const cut = due.asked === undefined ? flight : mergeWork(flight, workOf.asked(life))
    this.#life = { ...life, generation: generation + 1, cuts: cuts + 1, owed: mergeWork(owed, cut) }
    this.#unschedule('asked')
    this.#schedule('retry', at + (cuts === 0 ? 0 : failureBackoff.delay(cuts, () => chance)))
    this.#effects.push({ type: 'cut', generation })
  }

  #becomeStale(reason: StaleReason): void {
    const { state, reason: known } = this.#life
    if (state === 'stale' && (known === reason || known === 'age-exceeded')) return
    this.#enter('stale', reason)
    this.#announce('stale')
  }

  #enter(state: ConfigState, reason?: StaleReason): void {
    const { reason: _, ...life } = this.#life
    this.#life = { ...life, state, since: this.#event.at, ...(reason !== undefined && { reason }) }
  }

  #announce(event: Announcement): void {
    this.#effects.push({ type: 'announce', event })
  }

  #schedule(kind: DueKind, at: number): void {
    this.#set({ due: { ...this.#life.due, [kind]: at } })
  }

  #unschedule(kind: DueKind): void {
    const { [kind]: _, ...due } = this.#life.due
    this.#set({ due })
  }

  #set(changes: Partial<Life>): void {
    this.#life = { ...this.#life, ...changes }
  }
}

// Not after one lucky call: what fails every other time is tried again ever more slowly.
function forgive(life: Life): Life {
  const { failures, healthySince, at } = life
  const isHealthy = healthySince !== undefined && at - healthySince >= healthyMs
  return failures > 0 && isHealthy ? { ...life, failures: 0 } : life
}

// Found by looking, where telling seemed to work, and was not ahead of the store.
function isMissed({ cause, hints }: Work, { push, doubts }: Life): boolean {
  return cause === 'poll' && hints.size === 0 && doubts.size === 0 && push.isHealthy
}

// A clock that is set back would have everything wait for as long as it was set back by.
function keepTime(life: Life, at: number): Life {
  const shift = at - life.at
  if (shift >= 0) return { ...life, at }
  const due = Object.fromEntries(Object.entries(life.due).map(([kind, time]) => [kind, time + shift]))
  const move = (time: number | undefined) => (time === undefined ? undefined : time + shift)
  const times = {
    strangersAt: move(life.strangersAt),
    verifiedAt: move(life.verifiedAt),
    healthySince: move(life.healthySince),
    hintedSince: move(life.hintedSince),
  }
  const known = Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined))
  const doubts = [...life.doubts].map(([key, doubt]) => [key, { ...doubt, dueAt: doubt.dueAt + shift }] as const)
  const { missedAt, heardAt } = life.push
  const push = { ...life.push, heardAt: heardAt + shift, ...(missedAt !== undefined && { missedAt: missedAt + shift }) }
  return { ...life, ...known, since: life.since + shift, doubts: new Map(doubts), push, due, at }
}
