import { messageOf } from '../messages/describe-thrown.ts'
import type { Hint } from '../ports.ts'
import type { CountedHint } from './covered-events.ts'
import { parseHead, type SignedHead } from './head.ts'
import { type RedisLink, UnusableAnswer } from './link.ts'
import { acquire, ask, begin, discard, release, renew, type Script, write } from './scripts.ts'

/** The times of a shared cache, in milliseconds. */
export interface StoreTimes {
  readonly leaseMs: number
  /** How long Redis keeps a reading that no instance renews. */
  readonly keepMs: number
}

/** A reading as Redis holds it. */
export interface StoredReading {
  readonly head: SignedHead
  /** The encrypted reading in base64. */
  readonly body: string
}

/** What instances announce to each other. None carries a value. */
export type Announcement =
  | { readonly type: 'reading'; readonly head: SignedHead }
  /** The lease was extended. */
  | { readonly type: 'lease' }
  /** The lease was given back. */
  | { readonly type: 'free' }

/** A reading that an instance waits for. */
export interface Wanted {
  /** The names to read; none for everything. */
  readonly hints: readonly CountedHint[]
  /** Whether the reading has to begin after this request. */
  readonly isNow: boolean
  /** The number that the reading exceeds. */
  readonly after: number
  /** The oldest time at which everything was read, in milliseconds since the Unix epoch. */
  readonly since: number
}

/** What an instance has asked for. Readings from now on exceed the number. */
export interface Request extends Wanted {
  readonly number: number
}

/** The keys and channels of one configuration in Redis, and what is done with them. */
export class SharedStore {
  readonly #link: RedisLink
  readonly #owner: string
  readonly #times: StoreTimes
  readonly #keys: { readonly lease: string; readonly entry: string }
  #lastNumber = 0
  #calls = 0
  /** Where all instances listen. */
  readonly channel: string
  /** Where the holder of the lease listens. */
  readonly asks: string

  /** @param name The same for all instances that share readings. */
  constructor(link: RedisLink, name: string, owner: string, times: StoreTimes) {
    this.#link = link
    this.#owner = owner
    this.#times = times
    // The braces keep the keys in one slot.
    this.#keys = { lease: `{${name}}:lease`, entry: `{${name}}:entry` }
    this.channel = `{${name}}:announcements`
    this.asks = `{${name}}:asks`
  }

  /** Says that a reading has this number. What Redis gives from now on has to exceed it. */
  know(number: number): void {
    this.#lastNumber = Math.max(this.#lastNumber, number)
  }

  async readHead(signal?: AbortSignal): Promise<SignedHead | undefined> {
    const [head] = await this.#fields(['head'], signal)
    return head === null ? undefined : headOf(head)
  }

  async read(signal?: AbortSignal): Promise<StoredReading | undefined> {
    const [head, body] = await this.#fields(['head', 'body'], signal)
    if (head === null || body === null) return undefined
    return { head: headOf(head), body: textOf(body) }
  }

  /** Takes the lease. Returns the number of a first reading, or how long another instance still has the lease. */
  async acquire(signal?: AbortSignal): Promise<{ readonly number: number } | { readonly heldForMs: number }> {
    const { leaseMs, keepMs } = this.#times
    const args = [this.#owner, `${leaseMs}`, `${keepMs}`, this.channel, this.#message({ type: 'lease' })]
    const checked = this.#newNumbers()
    const answer = await this.#run(acquire, args, signal)
    const [number, heldForMs] = listOf(answer).map(numberOf)
    if (number === undefined || heldForMs === undefined) throw unusable('acquire')
    return number > 0 ? { number: checked(number) } : { heldForMs: Math.min(Math.max(0, heldForMs), leaseMs) }
  }

  /** The number of the next reading; `undefined` if another instance has the lease. */
  async begin(signal?: AbortSignal): Promise<number | undefined> {
    const { leaseMs, keepMs } = this.#times
    const checked = this.#newNumbers()
    const number = numberOf(await this.#run(begin, [this.#owner, `${leaseMs}`, `${keepMs}`], signal))
    return number > 0 ? checked(number) : undefined
  }

  /** Whether this instance still has the lease. */
  async renew(): Promise<boolean> {
    const args = [this.#owner, `${this.#times.leaseMs}`, this.channel, this.#message({ type: 'lease' })]
    return numberOf(await this.#run(renew, args)) > 0
  }

  /** Removes a reading that no instance can use, so that the next one is written as a whole. */
  async discard(head: SignedHead): Promise<void> {
    await this.#run(discard, [head.text])
  }

  async release(): Promise<void> {
    await this.#run(release, [this.#owner, this.channel, this.#message({ type: 'free' })])
  }

  /** Asks the holder of the lease for a reading. Returns a number that readings from now on exceed. */
  async ask({ hints, isNow, after, since }: Wanted, signal?: AbortSignal): Promise<number> {
    const flat = hints.map(({ hint, attempts }) => ({ ...hint, attempts }))
    const message = JSON.stringify({ hints: flat, isNow, after, since })
    const checked = this.#newNumbers()
    return checked(numberOf(await this.#run(ask, [`${this.#times.keepMs}`, this.asks, message], signal)))
  }

  /** @param body Empty if the content is the stored one. */
  async write(head: SignedHead, body: string): Promise<'written' | 'older' | 'absent'> {
    const message = this.#message({ type: 'reading', head: head.text })
    const { keepMs } = this.#times
    const args = [`${head.number}`, head.id, head.text, body, `${keepMs}`, this.channel, message]
    const answer = textOf(await this.#run(write, args))
    if (answer === 'written' || answer === 'older' || answer === 'absent') return answer
    throw unusable('write')
  }

  /** The announcement in a message; `undefined` for one of this instance and for a message of another form. */
  announcementOf(message: string): Announcement | undefined {
    const { type, head, from } = parseObject(message)
    if (from === this.#owner) return undefined
    if (type === 'lease' || type === 'free') return { type }
    const parsed = type === 'reading' ? parseHead(head) : undefined
    return parsed && { type: 'reading', head: parsed }
  }

  /**
   * Called before a command, for the number in its answer. The result returns that number, and throws unless it is
   * greater than all known before the command: an old reading would seem to be newer than the request for it.
   */
  #newNumbers(): (number: number) => number {
    const before = this.#lastNumber
    return (number) => {
      if (number <= before) throw new UnusableAnswer('it gave a number that is not greater than earlier ones')
      this.know(number)
      return number
    }
  }

  #message(announcement: { readonly type: Announcement['type']; readonly head?: string }): string {
    return JSON.stringify({ ...announcement, from: this.#owner })
  }

  async #fields(names: readonly string[], signal?: AbortSignal): Promise<readonly unknown[]> {
    try {
      const answer = listOf(await this.#link.send(['HMGET', this.#keys.entry, ...names], signal))
      if (answer.length !== names.length) throw unusable('HMGET')
      return answer
    } catch (error) {
      // Another program wrote something else there. The next reading replaces it.
      if (isError(error, 'WRONGTYPE')) return names.map(() => null)
      throw error
    }
  }

  async #run(script: Script, args: readonly string[], signal?: AbortSignal): Promise<unknown> {
    const call = `${this.#owner}.${++this.#calls}`
    const [answer, answered] = listOf(await this.#evaluate(script, [...args, call], signal))
    // Otherwise the number of another call would seem to be the one of this call.
    if (textOf(answered) !== call)
      throw new UnusableAnswer('it answered with the result of another command, as a faulty proxy does')
    return answer
  }

  async #evaluate({ sha, text }: Script, args: readonly string[], signal?: AbortSignal): Promise<unknown> {
    const rest = ['2', this.#keys.lease, this.#keys.entry, ...args]
    try {
      return await this.#link.send(['EVALSHA', sha, ...rest], signal)
    } catch (error) {
      if (!isError(error, 'NOSCRIPT')) throw error
      return this.#link.send(['EVAL', text, ...rest], signal)
    }
  }
}

function isError(error: unknown, code: string): boolean {
  return messageOf(error)?.startsWith(code) === true
}

/** One reading of everything takes fewer calls than more names. */
export const maxHints = 100
const maxNameLength = 2_048

/** Returns `undefined` for a message of another form. */
export function parseAsk(message: string): Request | undefined {
  const [, digits, text] = /^(\d{1,16}) (.*)$/s.exec(message) ?? []
  const { hints, isNow, after, since } = parseObject(text)
  if (!Array.isArray(hints) || typeof after !== 'number' || typeof since !== 'number') return undefined
  const known = hints.length > maxHints ? [] : hints.flatMap(hintOf)
  return { number: Number(digits), hints: known, isNow: isNow === true, after, since }
}

function hintOf(given: unknown): CountedHint[] {
  const { kind, name, operation, arn, label, version, occurredAt, eventId, attempts } = Object(given) as Json
  if ((kind !== 'parameter' && kind !== 'secret') || !isName(name)) return []
  if (operation !== 'put' && operation !== 'label' && operation !== 'delete') return []
  const hint: Hint = {
    kind,
    name,
    operation,
    ...(isName(arn) && { arn }),
    ...(isName(label) && { label }),
    ...(isName(version) && { version }),
    ...(isName(eventId) && { eventId }),
    ...(typeof occurredAt === 'number' && { occurredAt }),
  }
  return [{ hint, attempts: attempts === 1 || attempts === 2 ? attempts : 0 }]
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxNameLength
}

type Json = Readonly<Record<string, unknown>>

function parseObject(text: unknown): Json {
  try {
    return Object(typeof text === 'string' ? JSON.parse(text) : undefined) as Json
  } catch {
    return {}
  }
}

function headOf(value: unknown): SignedHead {
  const head = parseHead(textOf(value))
  if (head === undefined) throw new UnusableAnswer('the stored reading has an unknown form')
  return head
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  throw unusable('a command')
}

function numberOf(value: unknown): number {
  const number = typeof value === 'number' ? value : Number(textOf(value))
  if (!Number.isSafeInteger(number)) throw unusable('a command')
  return number
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unusable('a command')
  return value
}

function unusable(what: string): UnusableAnswer {
  return new UnusableAnswer(`it answered ${what} with something else than expected`)
}
