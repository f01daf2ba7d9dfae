import { createHmac, timingSafeEqual } from 'node:crypto'
import { type CoveredEvents, decodeEvents, encodeEvents } from './covered-events.ts'

/**
 * What an instance has to know about a reading before it fetches the reading. It is signed with a key that only the
 * encrypted reading holds: so a reading is confirmed without encrypting it again, and only by an instance that may
 * decrypt it.
 */
export interface Head {
  /** Greater than that of every earlier reading. */
  readonly number: number
  /** The number of the last reading of everything, secrets included. */
  readonly full: number
  /** The number of the last request of another instance whose names were read. */
  readonly asked: number
  /** The identity of the content. Readings with the same content share it. */
  readonly id: string
  /** When AWS was last read completely, in milliseconds since the Unix epoch. */
  readonly verifiedAt: number
  readonly events: CoveredEvents
}

/** A head, and how it was written. */
export interface SignedHead extends Head {
  readonly text: string
}

// Before the signature: up to 200 events, each a digest of 8 letters and a number of readings.
const form =
  /^1\.([1-9]\d{0,15})\.(\d{1,16})\.(\d{1,16})\.([0-9a-f]{32})\.(\d{1,15})\.((?:[\w-]{8}[1-3]){0,200})\.[0-9a-f]{64}$/

/** The place of a reading in the order of all. */
export type Place = Omit<Head, 'id'>

/** @param scope What the reading is of, so that a head fits no other one. */
export function signHead(head: Head, key: Uint8Array, scope: string): SignedHead {
  const text = textOf(head)
  return { ...head, text: `${text}.${signature(text, key, scope).toString('hex')}` }
}

/** Returns `undefined` for a text of another form or version. The signature is not checked yet. */
export function parseHead(text: unknown): SignedHead | undefined {
  if (typeof text !== 'string') return undefined
  const [, number, full, asked, id, verifiedAt, events] = form.exec(text) ?? []
  if (id === undefined || events === undefined) return undefined
  const numbers = { number: Number(number), full: Number(full), asked: Number(asked), verifiedAt: Number(verifiedAt) }
  return Object.values(numbers).every(Number.isSafeInteger)
    ? { ...numbers, id, events: decodeEvents(events), text }
    : undefined
}

export function isSigned(head: SignedHead, key: Uint8Array, scope: string): boolean {
  const given = Buffer.from(head.text.slice(head.text.lastIndexOf('.') + 1), 'hex')
  return timingSafeEqual(given, signature(textOf(head), key, scope))
}

function textOf({ number, full, asked, id, verifiedAt, events }: Head): string {
  return `1.${number}.${full}.${asked}.${id}.${verifiedAt}.${encodeEvents(events)}`
}

function signature(text: string, key: Uint8Array, scope: string): Buffer {
  return createHmac('sha256', key).update(`${scope}\n${text}`).digest()
}
