import type { SharedCacheContext } from '../config/shared-cache.ts'
import type { ParameterSource, Reading, ReadOptions, ReadRequest, SavedReading } from '../ports.ts'
import type { RefreshPort } from '../refresh/loop.ts'
import { type RefreshOutcome, type RefreshTask, readsEverything } from '../refresh/state.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { sharedController } from '../time/abort.ts'
import { notNeeded, setTimer, settleWithin } from '../time/deadline.ts'
import { steadyClock } from '../time/steady-clock.ts'
import type { RedisClient } from './client.ts'
import { countReading, noEvents, openHints, settle } from './covered-events.ts'
import { DeliveredSecrets } from './delivered-secrets.ts'
import type { Place } from './head.ts'
import { Lease } from './lease.ts'
import { RedisLink, reasonOf } from './link.ts'
import { isEnough, type Need, needOf } from './need.ts'
import { SharedReadings } from './readings.ts'
import { Requests } from './requests.ts'
import type { SealParts } from './sealed-reading.ts'
import { answer, isWhole, merge, nothing, type SharedContent, toSaved } from './shared-content.ts'
import { parseAsk, SharedStore } from './store.ts'
import { Subscription } from './subscription.ts'
import { turnClock } from './turn-clock.ts'

/** What a source of a fleet works with. */
export interface FleetParts {
  readonly context: SharedCacheContext
  readonly client: RedisClient
  /** The same for all instances that share readings. */
  readonly name: string
  readonly sealing: SealParts
  /** The name of this instance, which no other one has. */
  readonly owner: string
  readonly times: FleetTimes
  /** Called when the source is closed. */
  onClosed(): void
}

/** The times of a shared cache, in milliseconds. */
export interface FleetTimes {
  /** How old a reading may be at a start. */
  readonly freshMs: number
  readonly leaseMs: number
  readonly keepMs: number
  /** How long a command may take. */
  readonly commandMs: number
}

/** What the running refresh has read from AWS, for all. */
interface FleetReading {
  readonly place: Place
  content: SharedContent
  isWhole: boolean
}

// Announcements can be lost, so a waiting instance also looks.
const lookMs = 1_000
const lookWithoutMessagesMs = 250
// AWS refuses requests signed by a clock with a larger error.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
const maxClockSkewMs = 300_000
const subscribeAgainMs = 1_000
const closeTimeoutMs = 1_000
const openTimeoutMs = 3_000

/**
 * Reads for one of many instances: what another one has read, or AWS. One instance has a lease: it reads AWS, and writes
 * and announces what it has read. The others follow. If Redis fails in any way, the instance reads AWS itself.
 */
export class FleetSource {
  readonly #parts: FleetParts
  readonly #source: ParameterSource
  readonly #link: RedisLink
  readonly #store: SharedStore
  readonly #lease: Lease
  readonly #readings: SharedReadings
  readonly #subscription: Subscription
  readonly #end = sharedController()
  readonly #running = new Set<Promise<unknown>>()
  // With a clock that is set back, a reading would seem to be old for as much longer.
  readonly #time = steadyClock()
  #task: RefreshTask | undefined
  #reading: FleetReading | undefined
  /** The number of the reading that the config was last answered with. */
  #served = 0
  /** Whether the cache has answered the running refresh. */
  #hasAnswered = false
  /** Whether this instance has read AWS outside of the order of readings. Then it must not go back to an earlier one. */
  #isAhead = false
  /** Readings up to this number are older than the config. */
  #floor = 0
  /** Whether another instance may have read AWS since this one has looked. */
  #isFollowing = true
  /** Whether a reading was announced that was not fetched yet. */
  #hasNews = false
  #isFollowingNews = false
  /** The content that the config was last answered with. */
  #servedId: string | undefined
  /** The content whose secrets were compared with those of the config. */
  #hintedId: string | undefined
  readonly #delivered = new DeliveredSecrets()
  /** What others ask this instance for, as the holder of the lease. */
  readonly #requests: Requests
  #startedAt: number | undefined
  #lastPollAt: number | undefined
  /** The channels that are being subscribed to. */
  readonly #listening = new Set<string>()
  #wake: () => void = () => undefined

  constructor(parts: FleetParts) {
    const { context, client, name, sealing, owner, times } = parts
    const { clock, random, warn } = context
    // The time limits of Redis and of AWS KMS.
    const limits = turnClock(clock, context.nextTurn)
    this.#parts = parts
    this.#source = context.source
    this.#requests = new Requests(context.send)
    this.#link = new RedisLink({ client, clock: limits, random, commandMs: times.commandMs, warn })
    this.#store = new SharedStore(this.#link, name, owner, times)
    this.#readings = new SharedReadings({ store: this.#store, sealing, clock: limits, random })
    this.#subscription = new Subscription(client, {
      onMessage: (channel, message) => this.#receive(channel, message),
      // What was announced before the connection is lost.
      onConnected: () => {
        this.#link.resume()
        if (!this.#lease.isHeld) this.#notify()
      },
    })
    this.#lease = new Lease({
      store: this.#store,
      link: this.#link,
      clock,
      random,
      leaseMs: times.leaseMs,
      onAcquired: () => this.#onAcquired(),
      onLost: () => this.#onLost(),
    })
  }

  around(refresher: RefreshPort<Published>): RefreshPort<Published> {
    return {
      refresh: async (task, signal) => {
        this.#begin(task)
        let outcome: RefreshOutcome<Published> | undefined
        try {
          outcome = this.#checked(await refresher.refresh(task, signal))
          return outcome
        } finally {
          const finished = this.#finish(task, outcome, signal)
          this.#track(finished)
          // Nothing may outlive an invocation.
          if (this.#parts.context.isInvoked) await finished.catch(() => undefined)
        }
      },
    }
  }

  async read(request: ReadRequest, options: ReadOptions): Promise<Reading> {
    const { signal } = options
    const task = this.#task
    const { hierarchies } = this.#parts.context.request
    // A path that is not planned is listed for an error.
    if (task === undefined || !request.hierarchies.every((hierarchy) => hierarchies.includes(hierarchy))) {
      return this.#source.read(request, options)
    }
    if (task.cause === 'start') await this.#link.connected(signal)
    const shared = await this.#link.attempt(() => this.#readShared(task, request, signal), signal)
    signal.throwIfAborted()
    return shared ?? this.#readSource(request, options)
  }

  /** The shared reading, however old it is; `undefined` without one. Rejects if it cannot be fetched and is not known. */
  async saved(signal: AbortSignal): Promise<SavedReading | undefined> {
    await this.#fetch(signal).catch((error: unknown) => {
      if (this.#readings.held === undefined) throw signal.aborted ? signal.reason : new Error(reasonOf(error))
    })
    const { held } = this.#readings
    return held && toSaved(held.content, this.#parts.context.request, held.head.verifiedAt)
  }

  async close(): Promise<void> {
    this.#end.abort(notNeeded)
    this.#lease.stop()
    this.#subscription.close()
    await settleWithin(Promise.allSettled(this.#running), closeTimeoutMs, this.#parts.context.clock)
    await this.#lease.release()
    this.#parts.onClosed()
  }

  get #now(): number {
    return this.#time(this.#parts.context.clock.now())
  }

  #begin(task: RefreshTask): void {
    this.#task = task
    this.#hasAnswered = false
    this.#startedAt ??= this.#now
    if (this.#parts.context.isInvoked) return
    this.#lease.watch()
    this.#listen(this.#store.channel)
  }

  /** The answer of the cache; `undefined` if this instance has to read AWS. */
  async #readShared(task: RefreshTask, request: ReadRequest, signal: AbortSignal): Promise<Reading | undefined> {
    // All parts of a refresh have to be of one time: the secrets that texts refer to are read last.
    if (this.#reading !== undefined) return undefined
    const { secrets } = this.#parts.context.request
    const isRest = isOnlySecrets(request) && !request.secrets.some((secret) => secrets.includes(secret))
    if (this.#hasAnswered && isRest) return this.#answer(request)
    const need = this.#needOf(task)
    let asked: number | undefined
    // The events of a notification can be in a reading that this instance knows already.
    if (need.isByEvents && this.#isUsable(need, asked)) return this.#answer(request)
    if (this.#lease.isHeld && (await this.#startReading(task, signal))) return undefined
    for (;;) {
      await this.#fetch(signal, Math.max(openTimeoutMs, need.until - this.#now))
      if (this.#isUsable(need, asked)) return this.#answer(request)
      if ((await this.#lease.take(signal)) && (await this.#startReading(task, signal))) return undefined
      const now = this.#now
      if (now >= need.until) return undefined
      if (asked === undefined && now >= need.askAt) {
        // Instances that have read AWS themselves need a reading of everything.
        asked = await this.#store.ask(this.#isAhead ? { ...need, hints: [], isNow: true } : need, signal)
        if (this.#isAhead) this.#floor = asked
        this.#isAhead = false
      }
      const lookAfterMs = this.#subscription.isConnected ? lookMs : lookWithoutMessagesMs
      const nextAt = asked === undefined ? Math.min(need.until, need.askAt) : need.until
      await this.#wait(Math.min(lookAfterMs, nextAt - now), signal)
    }
  }

  #needOf(task: RefreshTask): Need {
    const { context, times } = this.#parts
    const now = this.#now
    return needOf(task, {
      now,
      clockTime: context.clock.now(),
      chance: context.random(),
      isInvoked: context.isInvoked,
      freshMs: times.freshMs,
      startupTimeoutMs: context.startupTimeoutMs,
      maxStaleMs: context.maxStaleMs,
      startedAt: this.#startedAt ?? now,
      lastPollAt: this.#lastPollAt,
      served: this.#served,
      hasReading: this.#readings.held !== undefined,
    })
  }

  #isUsable(need: Need, asked: number | undefined): boolean {
    const { head } = this.#readings.newest ?? {}
    if (head === undefined || this.#isAhead || head.full <= this.#floor) return false
    if (head.verifiedAt > this.#parts.context.clock.now() + maxClockSkewMs) return false
    return isEnough(need, head, asked)
  }

  /** Returns `undefined` if the cache lacks a part of the request. */
  #answer(request: ReadRequest): Reading | undefined {
    const { newest } = this.#readings
    const reading = newest && answer(newest.content, request)
    if (newest === undefined || reading === undefined) return undefined
    this.#served = newest.head.number
    this.#servedId = newest.head.id
    this.#hasAnswered = true
    this.#delivered.add(request, reading)
    return { ...reading, ageMs: Math.max(0, this.#parts.context.clock.now() - newest.head.verifiedAt) }
  }

  /** Begins to read AWS for all. Returns whether this instance still has the lease. */
  async #startReading(task: RefreshTask, signal: AbortSignal): Promise<boolean> {
    // The parts that are not read again must not be older than those of the last holder.
    if (this.#isFollowing) await this.#fetch(signal)
    const number = await this.#lease.begin(signal)
    if (number === undefined) return false
    this.#isFollowing = false
    this.#hasNews = false
    const { head, content = nothing } = this.#readings.newest ?? {}
    const full = task.scope === 'full' ? number : (head?.full ?? 0)
    const verifiedAt = readsEverything(task) ? this.#parts.context.clock.now() : (head?.verifiedAt ?? 0)
    const events = countReading(head?.events ?? noEvents, task.hints.values())
    // Every refresh reads the hints that have arrived.
    const place = { number, full, asked: this.#requests.last, verifiedAt, events }
    this.#requests.clear()
    this.#reading = { place, content, isWhole: true }
    return true
  }

  async #fetch(signal: AbortSignal, timeoutMs: number = openTimeoutMs): Promise<void> {
    this.#hasNews = false
    await this.#readings.fetch(timeoutMs, signal)
  }

  /** Waits for an announcement, up to a time. */
  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const cancel = setTimer(this.#parts.context.clock, Math.max(1, ms), end)
      signal.addEventListener('abort', end, { once: true })
      this.#wake = end
    })
  }

  async #readSource(request: ReadRequest, options: ReadOptions): Promise<Reading> {
    const reading = this.#reading
    const wasWhole = reading?.isWhole === true
    // A reading that is rejected confirms nothing.
    if (reading !== undefined) reading.isWhole = false
    const found = await this.#source.read(request, options)
    this.#delivered.add(request, found)
    const { request: planned } = this.#parts.context
    if (reading !== undefined) {
      reading.content = merge(reading.content, planned.hierarchies, request, found)
      reading.isWhole = isWhole(found) && (!isOnlySecrets(request) || wasWhole)
    } else if (this.#task !== undefined) this.#isAhead = true
    return found
  }

  /** The outcome, without the hints that the fleet need not read again. */
  #checked(outcome: RefreshOutcome<Published>): RefreshOutcome<Published> {
    const { head } = this.#readings.newest ?? {}
    if (!this.#hasAnswered || head === undefined || !('unconfirmed' in outcome)) return outcome
    return { ...outcome, unconfirmed: openHints(head.events, outcome.task, outcome.unconfirmed) }
  }

  /** Writes what the refresh has read. */
  async #finish(
    task: RefreshTask,
    outcome: RefreshOutcome<Published> | undefined,
    refreshSignal: AbortSignal,
  ): Promise<void> {
    const reading = this.#reading
    this.#task = undefined
    this.#reading = undefined
    if (readsEverything(task)) this.#lastPollAt = this.#now
    this.#lease.isAble = !hasFailed(outcome)
    if (reading !== undefined) {
      this.#served = reading.place.number
      // In Lambda, the end of an invocation ends the write too.
      const { signal } = this.#end
      const limit = this.#parts.context.isInvoked ? AbortSignal.any([signal, refreshSignal]) : signal
      if (outcome !== undefined) await this.#write(reading, outcome, limit)
      if (this.#parts.context.isInvoked) await this.#lease.release()
    }
    if (this.#end.signal.aborted || this.#lease.isHeld) return
    if (this.#hasNews) this.#notify()
    else if (this.#hintSecrets()) this.#parts.context.send({ type: 'subscribed' })
  }

  async #write(
    { place, content, isWhole }: FleetReading,
    outcome: RefreshOutcome<Published>,
    signal: AbortSignal,
  ): Promise<void> {
    const { context } = this.#parts
    const { task } = outcome
    // Another instance may be able to read AWS, or to encrypt.
    if (hasFailed(outcome) && !isWhole) return this.#lease.yield()
    const unconfirmed = 'unconfirmed' in outcome ? outcome.unconfirmed : undefined
    const confirmed = [...task.hints.values()].filter(({ hint }) => unconfirmed?.includes(hint) === false)
    const events = settle(place.events, confirmed)
    const result = await this.#link.attempt(() => this.#readings.write(content, { ...place, events }, signal), signal)
    if (result === 'written') return
    this.#floor = Math.max(this.#floor, place.number)
    if (result === 'older') this.#lease.lose()
    else if (result === undefined || readsEverything(task)) await this.#lease.yield()
    if (result !== undefined) context.send({ type: 'subscribed' })
  }

  #receive(channel: string, message: string): void {
    if (channel === this.#store.asks) {
      const request = this.#lease.isHeld ? parseAsk(message) : undefined
      const last = this.#reading?.place ?? this.#readings.newest?.head
      if (request !== undefined) this.#requests.receive(request, { last, isAboutToRead: this.#isFollowing })
      return
    }
    const announcement = this.#store.announcementOf(message)
    if (announcement === undefined) return
    if (announcement.type === 'free') this.#lease.freed()
    else this.#lease.extended()
    if (announcement.type === 'reading') {
      this.#lease.lose()
      if (this.#readings.accept(announcement.head)) this.#notify()
    }
    this.#wake()
  }

  /** Follows a reading that may be new, unless a refresh is running: then after it. */
  #notify(): void {
    this.#hasNews = true
    if (this.#task === undefined && !this.#isFollowingNews) this.#track(this.#follow())
  }

  async #follow(): Promise<void> {
    const { send } = this.#parts.context
    this.#isFollowingNews = true
    const { signal } = this.#end
    const before = this.#readings.held?.head.id
    await this.#link.attempt(() => this.#fetch(signal), signal).catch(() => undefined)
    this.#isFollowingNews = false
    if (signal.aborted || this.#lease.isHeld) return
    if (this.#readings.held?.head.id === before && this.#servedId === before) return
    this.#hintSecrets()
    send({ type: 'subscribed' })
  }

  #hintSecrets(): boolean {
    const { held } = this.#readings
    if (held === undefined || held.head.id === this.#hintedId) return false
    this.#hintedId = held.head.id
    const hints = this.#delivered.changesIn(held.content)
    if (hints.length > 0) this.#parts.context.send({ type: 'hintReceived', hints })
    return hints.length > 0
  }

  #onAcquired(): void {
    this.#listen(this.#store.asks)
    this.#isFollowing = true
    // No instance has read AWS since the last holder.
    if (this.#task === undefined) this.#parts.context.send({ type: 'subscribed' })
  }

  #onLost(): void {
    this.#requests.clear()
    this.#track(this.#subscription.leave(this.#store.asks))
  }

  #listen(channel: string): void {
    if (this.#parts.context.isInvoked || this.#listening.has(channel)) return
    this.#listening.add(channel)
    this.#track(this.#subscribe(channel).finally(() => this.#listening.delete(channel)))
  }

  /** Subscribes, again and again until that succeeds. */
  async #subscribe(channel: string): Promise<void> {
    const { signal } = this.#end
    const isWanted = () => channel === this.#store.channel || this.#lease.isHeld
    const subscribe = () => this.#link.attempt(() => this.#subscription.listen(channel).then(() => true))
    if ((await subscribe()) === true) return
    do await this.#parts.context.clock.sleep(subscribeAgainMs, signal)
    while (isWanted() && (await subscribe()) === undefined)
    // What was announced before.
    if (!this.#lease.isHeld) this.#notify()
  }

  #track(work: Promise<unknown>): void {
    const settled = work.catch(() => undefined).finally(() => this.#running.delete(settled))
    this.#running.add(settled)
  }
}

/** Whether AWS could not be read. A config may have restored a backup then. */
function hasFailed(outcome: RefreshOutcome<Published> | undefined): boolean {
  return outcome?.kind === 'failed' || (outcome?.kind === 'restored' && outcome.error !== undefined)
}

function isOnlySecrets({ hierarchies, names }: ReadRequest): boolean {
  return hierarchies.length + names.length === 0
}
