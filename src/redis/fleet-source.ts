import type { SharedCacheContext } from '../config/shared-cache.ts'
import type {
  Hint,
  Outcome,
  ParameterSource,
  Reading,
  ReadOptions,
  ReadRequest,
  SavedReading,
  StoredSecret,
} from '../ports.ts'
import type { RefreshPort } from '../refresh/loop.ts'
import { type RefreshOutcome, type RefreshTask, readsEverything } from '../refresh/state.ts'
import { secretKey } from '../schema/secret-id.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { sharedController } from '../time/abort.ts'
import { notNeeded, setTimer, settleWithin } from '../time/deadline.ts'
import { steadyClock } from '../time/steady-clock.ts'
import type { RedisClient } from './client.ts'
import type { Place } from './head.ts'
import { Lease } from './lease.ts'
import { RedisLink } from './link.ts'
import { SharedReadings } from './readings.ts'
import type { SealParts } from './sealed-reading.ts'
import { answer, isWhole, merge, nothing, type SharedContent, toSaved } from './shared-content.ts'
import { parseAsk, SharedStore, type Wanted } from './store.ts'
import { Subscription } from './subscription.ts'

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
interface FleetReading extends Place {
  content: SharedContent
  isWhole: boolean
}

/** What a refresh needs of the cache. */
interface Need extends Omit<Wanted, 'hints'> {
  /** When the instance asks the holder of the lease for a reading. */
  readonly askAt: number
  /** When the instance reads AWS itself. */
  readonly until: number
}

// The holder of the lease polls at the same pace. Half a period more, and the delay of its reading.
const followedPeriods = 1.5
const leastFollowedMs = 90_000
// Time for the holder of the lease to read, and to announce what it has read.
const answerMs = 3_000
// It has received the same notification, so most instances need not ask.
const noticeMs = 1_000
// Announcements can be lost, so a waiting instance also looks.
const lookMs = 1_000
const lookWithoutMessagesMs = 250
// AWS refuses requests signed by a clock with a larger error.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
const maxClockSkewMs = 300_000
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
  /** The last reading of this instance as the holder of the lease; `undefined` if it was not written. */
  #lastRead: Place | undefined
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
  /** The secrets that the config was answered with, by `secretKey`. */
  readonly #delivered = new Map<string, string>()
  #startedAt: number | undefined
  #lastPollAt: number | undefined
  /** The last request of another instance for names. */
  #asked = 0
  #wake: () => void = () => undefined

  constructor(parts: FleetParts) {
    const { context, client, name, sealing, owner, times } = parts
    const { clock, random, nextTurn, warn } = context
    this.#parts = parts
    this.#source = context.source
    this.#link = new RedisLink({ client, clock, random, commandMs: times.commandMs, nextTurn, warn })
    this.#store = new SharedStore(this.#link, name, owner, times)
    this.#readings = new SharedReadings({ store: this.#store, sealing, clock, random })
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
      onLost: () => this.#track(this.#subscription.leave(this.#store.asks)),
    })
  }

  around(refresher: RefreshPort<Published>): RefreshPort<Published> {
    return {
      refresh: async (task, signal) => {
        this.#begin(task)
        let outcome: RefreshOutcome<Published> | undefined
        try {
          outcome = await refresher.refresh(task, signal)
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

  /** The shared reading, however old it is; `undefined` without one, or if Redis cannot be used. */
  async saved(signal: AbortSignal): Promise<SavedReading | undefined> {
    await this.#link.attempt(() => this.#fetch(signal), signal)
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
    if (this.#lease.isHeld && (await this.#startReading(task, signal))) return undefined
    const need = this.#needOf(task)
    const hints = [...task.hints.values()].map(({ hint }) => hint)
    let asked: number | undefined
    for (;;) {
      await this.#fetch(signal, Math.max(openTimeoutMs, need.until - this.#now))
      if (this.#isUsable(need, asked, hints)) return this.#answer(request)
      if ((await this.#lease.take(signal)) && (await this.#startReading(task, signal))) return undefined
      const now = this.#now
      if (now >= need.until) return undefined
      if (asked === undefined && now >= need.askAt) {
        const { isNow, after, since } = need
        asked = await this.#store.ask({ hints, isNow: isNow || this.#isAhead, after, since }, signal)
        if (this.#isAhead) this.#floor = asked
        this.#isAhead = false
      }
      const lookAfterMs = this.#subscription.isConnected ? lookMs : lookWithoutMessagesMs
      const nextAt = asked === undefined ? Math.min(need.until, need.askAt) : need.until
      await this.#wait(Math.min(lookAfterMs, nextAt - now), signal)
    }
  }

  #isUsable({ isNow, after, since }: Need, asked: number | undefined, hints: readonly Hint[]): boolean {
    const { head } = this.#readings.held ?? {}
    if (head === undefined || this.#isAhead || head.number <= after || head.full <= this.#floor) return false
    if (head.verifiedAt < since || head.verifiedAt > this.#parts.context.clock.now() + maxClockSkewMs) return false
    if (!isNow) return true
    return asked !== undefined && (head.full > asked || (hints.length > 0 && head.asked >= asked))
  }

  /** Returns `undefined` if the cache lacks a part of the request. */
  #answer(request: ReadRequest): Reading | undefined {
    const { held } = this.#readings
    const reading = held && answer(held.content, request)
    if (held === undefined || reading === undefined) return undefined
    this.#served = held.head.number
    this.#servedId = held.head.id
    this.#hasAnswered = true
    this.#deliver(request, reading)
    return reading
  }

  #deliver({ secrets }: ReadRequest, reading: Reading): void {
    for (const [index, secret] of secrets.entries()) {
      const outcome = reading.secrets[index]
      if (outcome !== undefined) this.#delivered.set(secretKey(secret), tokenOf(outcome))
    }
  }

  async #fetch(signal: AbortSignal, timeoutMs: number = openTimeoutMs): Promise<void> {
    this.#hasNews = false
    await this.#readings.fetch(timeoutMs, signal)
  }

  #needOf({ cause, scope }: RefreshTask): Need {
    const { context, times } = this.#parts
    const { clock, random, startupTimeoutMs, isInvoked } = context
    const now = this.#now
    const chance = random()
    const anyTime = 0
    if (cause === 'start') {
      const until = (this.#startedAt ?? now) + startupTimeoutMs / 2
      // A reading that was refused has to be followed by another one.
      if (this.#served > 0) return { since: anyTime, after: this.#served, isNow: true, askAt: now, until }
      // The first instance of a fleet is reading, unless there is an older reading.
      const askAt = this.#readings.held === undefined && !isInvoked ? now + noticeMs * (1 + chance) : now
      return { since: clock.now() - times.freshMs, after: 0, isNow: false, askAt, until }
    }
    if (cause === 'refresh' || cause === 'credentials' || scope === 'full') {
      return { since: anyTime, after: 0, isNow: true, askAt: now, until: now + answerMs }
    }
    if (scope === 'hints') {
      const isRecheck = cause === 'recheck'
      const askAt = now + noticeMs * (isRecheck ? 0.5 * chance : 0.5 + chance)
      return { since: anyTime, after: this.#served, isNow: isRecheck, askAt, until: askAt + answerMs }
    }
    const periodMs = now - (this.#lastPollAt ?? now)
    const ageMs = isInvoked ? times.freshMs : Math.max(leastFollowedMs, periodMs * followedPeriods)
    return { since: clock.now() - ageMs, after: 0, isNow: false, askAt: now, until: now + answerMs }
  }

  /** Begins to read AWS for all. Returns whether this instance still has the lease. */
  async #startReading(task: RefreshTask, signal: AbortSignal): Promise<boolean> {
    // The parts that are not read again must not be older than those of the last holder.
    if (this.#isFollowing) await this.#fetch(signal)
    const number = await this.#lease.begin(signal)
    if (number === undefined) return false
    this.#isFollowing = false
    this.#hasNews = false
    const { held } = this.#readings
    const full = task.scope === 'full' ? number : (held?.head.full ?? 0)
    const verifiedAt = readsEverything(task) ? this.#parts.context.clock.now() : (held?.head.verifiedAt ?? 0)
    // Every refresh reads the hints that have arrived.
    const asked = this.#asked
    this.#reading = { number, full, asked, verifiedAt, content: held?.content ?? nothing, isWhole: true }
    this.#lastRead = this.#reading
    return true
  }

  async #readSource(request: ReadRequest, options: ReadOptions): Promise<Reading> {
    const found = await this.#source.read(request, options)
    this.#deliver(request, found)
    const { request: planned } = this.#parts.context
    const reading = this.#reading
    if (reading !== undefined) {
      reading.content = merge(reading.content, planned.hierarchies, request, found)
      reading.isWhole = isWhole(found) && (!isOnlySecrets(request) || reading.isWhole)
    } else if (this.#task !== undefined) this.#isAhead = true
    return found
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
      this.#served = reading.number
      // In Lambda, the end of an invocation ends the write too.
      const { signal } = this.#end
      const limit = this.#parts.context.isInvoked ? AbortSignal.any([signal, refreshSignal]) : signal
      if (outcome !== undefined) await this.#write(reading, task, outcome, limit)
      if (this.#parts.context.isInvoked) await this.#lease.release()
    }
    if (this.#end.signal.aborted || this.#lease.isHeld) return
    if (this.#hasNews) this.#notify()
    else if (this.#hintSecrets()) this.#parts.context.send({ type: 'subscribed' })
  }

  async #write(
    { isWhole, ...reading }: FleetReading,
    task: RefreshTask,
    outcome: RefreshOutcome<Published>,
    signal: AbortSignal,
  ): Promise<void> {
    const { context } = this.#parts
    // Another instance may be able to read AWS, or to encrypt.
    if (hasFailed(outcome) && !isWhole) {
      this.#lastRead = undefined
      return this.#lease.yield()
    }
    const { content, ...place } = reading
    const result = await this.#link.attempt(() => this.#readings.write(content, place, signal), signal)
    if (result === 'written') return
    this.#lastRead = undefined
    this.#floor = Math.max(this.#floor, reading.number)
    if (result === 'older') this.#lease.lose()
    else if (result === undefined || readsEverything(task)) await this.#lease.yield()
    if (result !== undefined) context.send({ type: 'subscribed' })
  }

  #receive(channel: string, message: string): void {
    if (channel === this.#store.asks) {
      const wanted = this.#lease.isHeld ? parseAsk(message) : undefined
      if (wanted !== undefined) this.#respond(wanted)
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

  /** Reads what another instance waits for, unless that is being read or was read since. */
  #respond({ number, hints, isNow, after, since }: Wanted & { readonly number: number }): void {
    const last = this.#lastRead
    const isRead = last !== undefined && last.verifiedAt >= since && (isNow ? last.full > number : last.number > after)
    // The first reading of a new holder is still to come.
    const isAboutToRead = this.#isFollowing && !isNow && hints.length === 0
    if (isRead || isAboutToRead) return
    if (hints.length > 0) this.#asked = Math.max(this.#asked, number)
    if (hints.length > 0) this.#parts.context.send({ type: 'hintReceived', hints })
    else this.#parts.context.send({ type: isNow ? 'refreshRequested' : 'subscribed' })
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

  /** A refresh reads only the secrets that are due or hinted. */
  #hintSecrets(): boolean {
    const { held } = this.#readings
    if (held === undefined || held.head.id === this.#hintedId) return false
    this.#hintedId = held.head.id
    const hints = [...held.content.secrets.values()].flatMap(({ request, outcome }): Hint[] => {
      const delivered = this.#delivered.get(secretKey(request))
      if (delivered === undefined || delivered === tokenOf(outcome)) return []
      const subject = { kind: 'secret', name: request.id } as const
      if (outcome.kind === 'missing') return [{ ...subject, operation: 'delete' }]
      const { selector = 'AWSCURRENT' } = request
      return [{ ...subject, operation: 'put', label: selector, version: outcome.found.versionId }]
    })
    if (hints.length > 0) this.#parts.context.send({ type: 'hintReceived', hints })
    return hints.length > 0
  }

  #onAcquired(): void {
    this.#listen(this.#store.asks)
    this.#isFollowing = true
    // No instance has read AWS since the last holder.
    if (this.#task === undefined) this.#parts.context.send({ type: 'subscribed' })
  }

  #listen(channel: string): void {
    if (this.#parts.context.isInvoked) return
    this.#track(this.#link.attempt(() => this.#subscription.listen(channel)))
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

  #track(work: Promise<unknown>): void {
    const settled = work.catch(() => undefined).finally(() => this.#running.delete(settled))
    this.#running.add(settled)
  }
}

/** Whether AWS could not be read. A config may have restored a backup then. */
function hasFailed(outcome: RefreshOutcome<Published> | undefined): boolean {
  return outcome?.kind === 'failed' || (outcome?.kind === 'restored' && outcome.error !== undefined)
}

function tokenOf(outcome: Outcome<StoredSecret>): string {
  return outcome.kind === 'found' ? outcome.found.versionId : outcome.kind
}

function isOnlySecrets({ hierarchies, names }: ReadRequest): boolean {
  return hierarchies.length + names.length === 0
}
