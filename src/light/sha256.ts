import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'

type Bytes = string | ArrayBuffer | ArrayBufferView

/** SHA-256, or HMAC with a key, in the form that AWS's signer takes. */
export class Sha256 {
  readonly #key: Bytes | undefined
  #hash: Hash | Hmac

  constructor(key?: Bytes) {
    this.#key = key
    this.#hash = makeHash(key)
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    this.#hash = makeHash(this.#key)
  }
}

function makeHash(key: Bytes | undefined): Hash | Hmac {
  if (key === undefined) return createHash('sha256')
  return createHmac('sha256', typeof key === 'string' ? key : bytesOf(key))
}

function bytesOf(key: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(key) ? new Uint8Array(key.buffer, key.byteOffset, key.byteLength) : new Uint8Array(key)
}
