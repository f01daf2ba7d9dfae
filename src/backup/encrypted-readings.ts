import { AwsCallError } from '../aws/call-error.ts'
import { describeThrown } from '../messages/describe-thrown.ts'
import type { ReadingIdentity, SavedReading, SnapshotStore } from '../ports.ts'
import type { BackedUpConfig } from '../refresh/backup.ts'
import { Encryption } from './encryption.ts'
import { decodeReading, encodeReading } from './format.ts'
import { identify } from './identity.ts'
import { describeKmsFailure, type EncryptionCall } from './kms-calls.ts'
import { UnusableReading } from './unusable-reading.ts'
import type { ReadingStore } from './writer.ts'

export { Encryption }

/** What the encrypted readings of all configs of a backup share. */
export interface EncryptedReadingsParts {
  readonly app: string
  readonly maxAgeMs: number
  readonly store: SnapshotStore
  readonly encryption: Encryption
}

/** The encrypted reading of one config in a store. */
export class EncryptedReadings implements ReadingStore {
  readonly origin = 'backup'
  readonly maxAgeMs: number
  readonly #parts: EncryptedReadingsParts
  readonly #config: Pick<BackedUpConfig, 'clock' | 'random'>
  readonly #identity: ReadingIdentity
  readonly #close: () => void

  constructor(parts: EncryptedReadingsParts, { spec, clock, random }: BackedUpConfig) {
    this.maxAgeMs = parts.maxAgeMs
    this.#parts = parts
    this.#config = { clock, random }
    this.#identity = identify({ app: parts.app, paths: spec.layers.paths, request: spec.planned.request })
    this.#close = parts.encryption.open()
  }

  async read(signal: AbortSignal): Promise<SavedReading | undefined> {
    const { store, encryption } = this.#parts
    const { key, context } = this.#identity
    const bytes: unknown = await storeCall(() => store.read(key, { signal }), signal)
    if (bytes === undefined) return undefined
    if (!(bytes instanceof Uint8Array)) throw new Error('the store returned something other than bytes')
    return decodeReading(await kmsCall(() => encryption.decrypt(bytes, context, this.#call(signal)), signal))
  }

  async write(saved: SavedReading, signal: AbortSignal): Promise<void> {
    const { store, encryption } = this.#parts
    const { key, context } = this.#identity
    const bytes = await kmsCall(() => encryption.encrypt(encodeReading(saved), context, this.#call(signal)), signal)
    await storeCall(() => store.write(key, bytes, { signal }), signal)
  }

  close(): void {
    this.#close()
  }

  #call(signal: AbortSignal): EncryptionCall {
    return { signal, ...this.#config }
  }
}

async function kmsCall<Result>(call: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof UnusableReading) throw error
    if (!(error instanceof AwsCallError)) throw new Error(`the encryption threw ${describeThrown(error)}`)
    throw new Error(describeKmsFailure(error))
  }
}

async function storeCall<Result>(call: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof UnusableReading) throw error
    throw new Error(isSystemError(error) ? error.message : `the store threw ${describeThrown(error)}`)
  }
}

/** Whether the message names a system call and a path alone, such as `ENOSPC: no space left on device, write`. */
function isSystemError(error: unknown): error is Error {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return false
  return typeof error.code === 'string' && error.message.startsWith(`${error.code}: `)
}
