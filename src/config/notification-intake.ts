import type { LayerValue } from '../decode/merge-layers.ts'
import type { ReadFailure } from '../errors.ts'
import type { Hint, PolicyNotice } from '../ports.ts'
import { isUpToDate, matchHint, spellOut } from '../refresh/hints.ts'
import { formatKey } from '../schema/key-path.ts'
import { parameterIn } from '../schema/names.ts'
import type { ConfigParts } from './config-handle.ts'
import type { NotificationStatus, SourceStatus } from './status.ts'

// AWS delivers an event again within minutes, if at all.
const rememberedEvents = 1_000

/**
 * Takes the notifications of all sources, and drops duplicate, unrelated and outdated ones. The methods are those of an
 * inbox, with the index of the source. A custom source may pass values of any type.
 */
export class NotificationIntake {
  readonly #parts: ConfigParts<unknown>
  readonly #sources: SourceStatus[]
  readonly #seen = new Set<string>()
  readonly #counts = { received: 0, duplicates: 0, unrelated: 0, upToDate: 0, ignored: 0 }
  #lagMs: number | undefined

  /** @param names The names of the sources. */
  constructor(parts: ConfigParts<unknown>, names: readonly string[]) {
    this.#parts = parts
    this.#sources = names.map((name) => ({ name, isHealthy: false }))
  }

  get status(): NotificationStatus {
    return { sources: [...this.#sources], ...this.#counts, ...(this.#lagMs !== undefined && { lagMs: this.#lagMs }) }
  }

  hint(given: unknown): void {
    const { clock, loop, reader, refresher, telemetry } = this.#parts
    const copy = this.#receive<Hint>(given, hintShape)
    if (copy === undefined) return
    const hint = spellOut(copy)
    const match = matchHint(reader.planned, reader.knownSecrets, hint)
    const { servedReading } = refresher
    if (this.#isDuplicate(hint.eventId)) this.#counts.duplicates++
    else if (match === undefined) this.#counts.unrelated++
    else if (servedReading !== undefined && isUpToDate(match, servedReading)) this.#counts.upToDate++
    else {
      if (hint.occurredAt !== undefined) {
        this.#lagMs = Math.max(0, clock.now() - hint.occurredAt)
        telemetry.notified(this.#lagMs)
      }
      loop.send({ type: 'hintReceived', hints: [hint] })
    }
  }

  notice(given: unknown): void {
    const { reader } = this.#parts
    const notice = this.#receive<PolicyNotice>(given, noticeShape)
    if (notice === undefined) return
    const subject = spellOut({ kind: 'parameter', name: notice.parameter, operation: 'delete' })
    // One event can carry a notice and a hint.
    if (this.#isDuplicate(notice.eventId && `${notice.eventId} policy`)) this.#counts.duplicates++
    else if (matchHint(reader.planned, reader.knownSecrets, subject) === undefined) this.#counts.unrelated++
    else this.#announce({ ...notice, parameter: subject.name })
  }

  ignored(): void {
    this.#parts.loop.send({ type: 'messageReceived' })
    this.#counts.ignored++
  }

  healthy(_: unknown, index: number): void {
    this.#setFailure(index, undefined)
  }

  opened(_: unknown, index: number): void {
    this.#setFailure(index, undefined)
    this.#parts.loop.send({ type: 'subscribed' })
  }

  failed(given: unknown, index: number): void {
    const isValid = copyOf(given, failureShape) !== undefined
    const { cause: _, ...failure } = isValid ? (given as ReadFailure) : unexplained
    this.#setFailure(index, failure)
  }

  /** Copies a message, and counts it. Returns `undefined` for a message of another shape. */
  #receive<Copied extends object>(given: unknown, shape: Shape<Copied>): Copied | undefined {
    const copy = copyOf(given, shape)
    this.#parts.loop.send({ type: 'messageReceived' })
    this.#counts[copy === undefined ? 'ignored' : 'received']++
    return copy
  }

  #setFailure(index: number, failure: SourceStatus['failure'] | undefined): void {
    const { loop, publisher } = this.#parts
    const source = this.#sources[index]
    if (source === undefined) return
    const { name } = source
    const isNew = failure !== undefined && source.failure?.code !== failure.code
    this.#sources[index] = failure === undefined ? { name, isHealthy: true } : { name, isHealthy: false, failure }
    const isHealthy = this.#sources.every((each) => each.isHealthy)
    if (loop.state.health.isHealthy !== isHealthy) loop.send({ type: 'healthChanged', isHealthy })
    if (isNew) publisher.warn(`${name} cannot listen for changes: ${failure.detail}: ${failure.remedy}`)
  }

  /** Emits `expiring`, once, if the parameter is in use. */
  #announce({ parameter, policy, expiresAt }: PolicyNotice): void {
    const { clock, loop, publisher } = this.#parts
    const isFrom = (stored: LayerValue) => parameterIn(stored.parameter) === parameter
    const keys = [...(publisher.published?.stored.values() ?? [])]
      .filter(({ winner, overridden }) => [winner, ...overridden].some(isFrom))
      .map(({ path }) => formatKey(path))
    // A message can name any parameter below an open path, and each would take memory.
    if (keys.length === 0) return
    const id = `${parameter} ${policy}`
    const known = publisher.expiring.get(id)
    // Repeated announcements of one expiration can differ by hours.
    const differenceMs = Math.abs((known?.expiresAt ?? 0) - (expiresAt ?? 0))
    if (known !== undefined && differenceMs < dayMs) return
    const optional = expiresAt === undefined ? {} : { expiresAt }
    const expiring = { parameter, keys: Object.freeze(keys), policy, ...optional, noticedAt: clock.now() }
    publisher.expiring.set(id, Object.freeze(expiring))
    if (loop.state.state !== 'closed') publisher.emitter.emit('expiring', expiring)
  }

  #isDuplicate(eventId: string | undefined): boolean {
    if (eventId === undefined) return false
    if (this.#seen.has(eventId)) return true
    this.#seen.add(eventId)
    const [oldest] = this.#seen
    if (this.#seen.size > rememberedEvents && oldest !== undefined) this.#seen.delete(oldest)
    return false
  }
}

const dayMs = 86_400_000

/** One of several texts, a text that is not empty (`name`), or a type. The value can be absent if there is a `?`. */
type Expected = readonly string[] | 'name' | 'string' | 'boolean' | 'string?' | 'number?'
type Shape<Copied> = { readonly [Key in keyof Copied]?: Expected }

const hintShape: Shape<Hint> = {
  kind: ['parameter', 'secret'],
  name: 'name',
  operation: ['put', 'label', 'delete'],
  arn: 'string?',
  label: 'string?',
  version: 'string?',
  occurredAt: 'number?',
  eventId: 'string?',
}

const noticeShape: Shape<PolicyNotice> = {
  parameter: 'name',
  policy: ['Expiration', 'ExpirationNotification', 'NoChangeNotification'],
  expiresAt: 'number?',
  occurredAt: 'number?',
  eventId: 'string?',
}

const failureShape: Shape<ReadFailure> = { code: 'name', isTransient: 'boolean', detail: 'string', remedy: 'string' }

const unexplained: ReadFailure = {
  code: 'UNREACHABLE',
  isTransient: true,
  detail: 'the notification source failed without a valid reason',
  remedy: 'have it call failed() with a code, a detail and a remedy',
}

/** Copies the properties that the shape names. Returns `undefined` for a value of another shape. */
function copyOf<Copied extends object>(given: unknown, shape: Shape<Copied>): Copied | undefined {
  const copy: Record<string, unknown> = {}
  try {
    for (const [key, expected] of Object.entries<Expected | undefined>(shape)) {
      const value: unknown = Reflect.get(Object(given), key)
      if (expected === undefined || !isExpected(value, expected)) return undefined
      if (value !== undefined) copy[key] = value
    }
  } catch {
    // A getter or a proxy can throw.
    return undefined
  }
  return copy as Copied
}

function isExpected(value: unknown, expected: Expected): boolean {
  if (typeof expected !== 'string') return typeof value === 'string' && expected.includes(value)
  if (value === undefined) return expected.endsWith('?')
  if (expected === 'number?') return Number.isFinite(value)
  if (expected === 'boolean') return typeof value === 'boolean'
  return typeof value === 'string' && (value !== '' || expected !== 'name')
}
