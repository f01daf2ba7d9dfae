import { AwsCallError } from '../aws/call-error.ts'
import { type AwsClient, type OpenClient, openGiven, openOwn } from '../aws/client.ts'
import { loadFirst } from '../aws/load-first.ts'
import { race } from '../time/deadline.ts'
import type { CheckedEncryption } from './encryption-options.ts'
import {
  type EncryptionClient,
  type EncryptionSdk,
  type Keyring,
  loadEncryptionSdk,
  type MaterialsCache,
  type MaterialsManager,
} from './encryption-sdk.mjs'
import { addHeader, formatVersion, removeHeader } from './format.ts'
import { type EncryptionCall, KmsCalls } from './kms-calls.ts'
import { Turns } from './turns.ts'
import { UnusableReading } from './unusable-reading.ts'

type Context = Readonly<Record<string, string>>

// One for encryption by each encryption context, and one for decryption by each data key.
const cachedKeys = 100
// Data keys depend on the encryption context alone.
const partition = 'liveparam'
// More than one for each key would be an attempt to cause calls to KMS.
const maxEncryptedDataKeys = 16

/**
 * Encrypts with the AWS Encryption SDK. A data key of AWS KMS is used again within limits of age, bytes and messages, and
 * concurrent calls share the request for one.
 */
export class Encryption {
  readonly #options: CheckedEncryption
  readonly #clients = new Map<string, Promise<OpenClient>>()
  readonly #turns = new Turns()
  #cache: MaterialsCache | undefined
  #users = 0

  constructor(options: CheckedEncryption) {
    this.#options = options
  }

  /** Adds a user of the clients. @returns Removes the user: the last one closes the clients. */
  open(): () => void {
    this.#users++
    let isOpen = true
    return () => {
      if (!isOpen) return
      isOpen = false
      this.#users--
      if (this.#users === 0) this.#closeClients()
    }
  }

  /**
   * Encrypts for an encryption context.
   *
   * @throws AwsCallError when AWS KMS fails, or a package cannot be loaded.
   * @throws The signal's reason when the signal aborts.
   */
  async encrypt(plaintext: Uint8Array, context: Context, call: EncryptionCall): Promise<Uint8Array> {
    const sdk = await this.load()
    call.signal.throwIfAborted()
    const encrypting = clientOf(sdk).encrypt(this.#managerOf(sdk, call), plaintext, {
      suiteId: sdk.AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
      encryptionContext: withFormat(context),
    })
    const { result } = await race(encrypting, call.signal)
    return addHeader(result)
  }

  /**
   * Decrypts what was encrypted for the same encryption context.
   *
   * @throws UnusableReading for corrupt bytes, and for those of another encryption context or key.
   * @throws AwsCallError when AWS KMS fails, or a package cannot be loaded.
   * @throws The signal's reason when the signal aborts.
   */
  async decrypt(bytes: Uint8Array, context: Context, call: EncryptionCall): Promise<Uint8Array> {
    const encrypted = removeHeader(bytes)
    const sdk = await this.load()
    call.signal.throwIfAborted()
    const decrypting = clientOf(sdk).decrypt(this.#managerOf(sdk, call), encrypted)
    const { plaintext, messageHeader } = await race(decrypting, call.signal).catch((error: unknown) => {
      call.signal.throwIfAborted()
      // The SDK may quote a request.
      throw error instanceof AwsCallError ? error : unusable()
    })
    checkContext(messageHeader.encryptionContext, withFormat(context))
    return plaintext
  }

  /** Loads the AWS Encryption SDK, for a caller that needs it soon. */
  async load(): Promise<EncryptionSdk> {
    const sdk = await loadFirst('encryption', encryptionPackage, kmsPackage)
    this.#cache ??= sdk.getLocalCryptographicMaterialsCache(cachedKeys)
    return sdk
  }

  /** The caching materials manager of the SDK, for one call. All share the cache. */
  #managerOf(sdk: EncryptionSdk, call: EncryptionCall): MaterialsManager {
    const { keyIds, limits } = this.#options
    const kms = new KmsCalls((region) => this.#clientOf(region), call)
    const caching = new sdk.NodeCachingMaterialsManager({
      backingMaterials: keyringOf(sdk, keyIds, kms),
      cache: this.#cache ?? sdk.getLocalCryptographicMaterialsCache(cachedKeys),
      partition,
      maxAge: limits.maxAgeMs,
      maxBytesEncrypted: limits.maxBytes,
      maxMessagesEncrypted: limits.maxMessages,
    })
    // The manager calls KMS for each of concurrent calls.
    const takeTurn = <Result>(request: unknown, work: () => Promise<Result>) => {
      const describe = (error: unknown) => {
        throw whyUnavailable(kms.failures) ?? error
      }
      return this.#turns.run(JSON.stringify(request), call.signal, () => work().catch(describe))
    }
    return {
      getEncryptionMaterials: (request) =>
        takeTurn(['encrypt', request.encryptionContext], () => caching.getEncryptionMaterials(request)),
      decryptMaterials: (request) =>
        takeTurn(['decrypt', request.encryptionContext, request.encryptedDataKeys.map(textOf)], () =>
          caching.decryptMaterials(request),
        ),
    }
  }

  #clientOf(region: string): Promise<OpenClient> {
    const known = this.#clients.get(region)
    if (known !== undefined) return known
    const opening = openClient(region, this.#options)
    this.#clients.set(region, opening)
    // A package that could not be loaded may be there later.
    opening.catch(() => this.#clients.delete(region))
    return opening
  }

  #closeClients(): void {
    for (const opening of this.#clients.values()) opening.then(({ destroy }) => destroy?.()).catch(() => undefined)
    this.#clients.clear()
  }
}

function clientOf(sdk: EncryptionSdk): EncryptionClient {
  const commitmentPolicy = sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
  return sdk.buildClient({ commitmentPolicy, maxEncryptedDataKeys })
}

function keyringOf(sdk: EncryptionSdk, [generatorKeyId = '', ...keyIds]: readonly string[], kms: KmsCalls): Keyring {
  const clientProvider = (region: string) => kms.clientOf(region)
  return new sdk.KmsKeyringNode({ generatorKeyId, keyIds, clientProvider })
}

const encryptionPackage = ['@aws-crypto/client-node', loadEncryptionSdk] as const
const kmsPackage = ['@aws-sdk/client-kms', () => import('@aws-sdk/client-kms')] as const

async function openClient(region: string, { client, endpoint }: CheckedEncryption): Promise<OpenClient> {
  const load = () => loadFirst('encryption', kmsPackage, encryptionPackage)
  const given: AwsClient | undefined = typeof client === 'function' ? client(region) : client
  if (given !== undefined) return openGiven(given, load)
  const kms = await load()
  const place = { region, ...(endpoint !== undefined && { endpoint }) }
  // Without limits of its handler, which would end the attempts of a busy process that has not listened for an answer.
  return openOwn(new kms.KMSClient({ maxAttempts: 1, ...place }), kms)
}

/** The failure of KMS that says most. KMS refuses a data key that was changed, or whose encryption context was. */
function whyUnavailable(failures: readonly AwsCallError[]): Error | undefined {
  const isUnusable = ({ errorName }: AwsCallError) => /^(InvalidCiphertext|IncorrectKey)Exception$/.test(errorName)
  return failures.find((failure) => !isUnusable(failure)) ?? (failures.length > 0 ? unusable() : undefined)
}

function unusable(): UnusableReading {
  return new UnusableReading('it is corrupt, or it was encrypted with another key')
}

/** Binds the version of the format to the content. */
function withFormat(context: Context): Record<string, string> {
  return { ...context, format: String(formatVersion) }
}

function checkContext(found: Context, expected: Context): void {
  const names = new Set([...Object.keys(expected), ...Object.keys(found)])
  const different = [...names].filter((name) => found[name] !== expected[name])
  if (different.length > 0)
    throw new UnusableReading(`it belongs to another config: it has another ${different.join(', ')}`)
}

function textOf({ encryptedDataKey }: { readonly encryptedDataKey: Uint8Array }): string {
  return Buffer.from(encryptedDataKey).toString('base64')
}
