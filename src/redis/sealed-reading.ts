import { createHash, randomBytes } from 'node:crypto'
import { decodeReading, encodeReading } from '../backup/format.ts'
import type { EncryptionCall } from '../backup/kms-calls.ts'
import type { ReadingIdentity, ReadRequest } from '../ports.ts'
import { isSigned, type Place, type SignedHead, signHead } from './head.ts'
import { UnusableAnswer } from './link.ts'
import { fromSaved, type SharedContent, toSaved } from './shared-content.ts'
import type { StoredReading } from './store.ts'

/** Encrypts readings for one encryption context. */
export interface Cipher {
  encrypt(bytes: Uint8Array, context: ReadingIdentity['context'], call: EncryptionCall): Promise<Uint8Array>
  decrypt(bytes: Uint8Array, context: ReadingIdentity['context'], call: EncryptionCall): Promise<Uint8Array>
}

/** What readings are of, and how they are kept. */
export interface SealParts {
  readonly identity: ReadingIdentity
  readonly request: ReadRequest
  readonly cipher: Cipher
}

/** A reading that is stored in Redis, decrypted. */
export interface HeldReading {
  readonly head: SignedHead
  readonly content: SharedContent
  /** Signs the heads of readings with this content. */
  readonly key: Uint8Array
  readonly digest: string
}

// The plaintext: the key of the signature, and the reading.
const keyLength = 32

/** The same content, confirmed by a later reading. */
export function confirm(held: HeldReading, place: Place, { identity }: SealParts): HeldReading {
  return { ...held, head: signHead({ ...place, id: held.head.id }, held.key, identity.key) }
}

/** Encrypts new content. Returns `undefined` while it lacks a part of the configuration. */
export async function seal(
  content: SharedContent,
  place: Place,
  { identity, request, cipher }: SealParts,
  call: EncryptionCall,
): Promise<(StoredReading & { readonly held: HeldReading }) | undefined> {
  const bytes = encode(content, request)
  if (bytes === undefined) return undefined
  const key = randomBytes(keyLength)
  const head = signHead({ ...place, id: randomBytes(16).toString('hex') }, key, identity.key)
  const encrypted = await cipher.encrypt(Buffer.concat([key, bytes]), identity.context, call)
  const body = Buffer.from(encrypted).toString('base64')
  return { head, body, held: { head, content, key, digest: digestOf(bytes) } }
}

/** @throws UnusableAnswer for a reading that was changed. */
export async function open(
  { head, body }: StoredReading,
  { identity, request, cipher }: SealParts,
  call: EncryptionCall,
): Promise<HeldReading> {
  const plaintext = await cipher.decrypt(Buffer.from(body, 'base64'), identity.context, call)
  const [key, bytes] = [plaintext.slice(0, keyLength), plaintext.slice(keyLength)]
  if (!isSigned(head, key, identity.key)) throw new UnusableAnswer('the stored reading has a wrong signature')
  return { head, content: fromSaved(decodeReading(bytes), request), key, digest: digestOf(bytes) }
}

/** Whether the content is that of a reading. */
export function isSame(content: SharedContent, { digest }: HeldReading, { request }: SealParts): boolean {
  const bytes = encode(content, request)
  return bytes !== undefined && digestOf(bytes) === digest
}

function encode(content: SharedContent, request: ReadRequest): Uint8Array | undefined {
  // The head carries the time, so that equal content has equal bytes.
  const saved = toSaved(content, request, 0)
  return saved && encodeReading(saved)
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}
