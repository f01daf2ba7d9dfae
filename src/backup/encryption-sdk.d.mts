/** Imports the AWS Encryption SDK, `@aws-crypto/client-node`. */
export function loadEncryptionSdk(): Promise<EncryptionSdk>

/** The part of the AWS Encryption SDK that liveparam uses. */
export interface EncryptionSdk {
  readonly AlgorithmSuiteIdentifier: { readonly ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY: number }
  readonly CommitmentPolicy: { readonly REQUIRE_ENCRYPT_REQUIRE_DECRYPT: string }
  readonly KmsKeyringNode: new (options: KeyringOptions) => Keyring
  readonly NodeCachingMaterialsManager: new (options: CachingOptions) => MaterialsManager
  buildClient(options: { readonly commitmentPolicy: string; readonly maxEncryptedDataKeys: number }): EncryptionClient
  /** The cache has a timer that lasts as long as the process, and does not keep it alive. */
  getLocalCryptographicMaterialsCache(capacity: number): MaterialsCache
}

export interface EncryptionClient {
  encrypt(
    manager: MaterialsManager,
    plaintext: Uint8Array,
    options: { readonly suiteId: number; readonly encryptionContext: EncryptionContext },
  ): Promise<{ readonly result: Uint8Array }>
  decrypt(
    manager: MaterialsManager,
    ciphertext: Uint8Array,
  ): Promise<{
    readonly plaintext: Uint8Array
    readonly messageHeader: { readonly encryptionContext: EncryptionContext }
  }>
}

export type EncryptionContext = Readonly<Record<string, string>>

/** Gives the data keys of one message. */
export interface MaterialsManager {
  getEncryptionMaterials(request: { readonly encryptionContext: EncryptionContext }): Promise<object>
  decryptMaterials(request: DecryptionRequest): Promise<object>
}

export interface DecryptionRequest {
  readonly encryptionContext: EncryptionContext
  readonly encryptedDataKeys: readonly { readonly encryptedDataKey: Uint8Array }[]
}

export interface KeyringOptions {
  readonly generatorKeyId: string
  readonly keyIds: readonly string[]
  readonly clientProvider: (region: string) => KmsClient
}

/** The calls of a keyring to AWS KMS. */
export interface KmsClient {
  generateDataKey(input: object): Promise<KmsAnswer>
  encrypt(input: object): Promise<KmsAnswer>
  decrypt(input: object): Promise<KmsAnswer>
}

export interface KmsAnswer {
  readonly KeyId?: string
  readonly Plaintext?: Uint8Array
  readonly CiphertextBlob?: Uint8Array
}

declare const kind: unique symbol

export interface Keyring {
  readonly [kind]: 'keyring'
}

export interface MaterialsCache {
  readonly [kind]: 'cache'
}

export interface CachingOptions {
  readonly backingMaterials: Keyring
  readonly cache: MaterialsCache
  readonly partition: string
  readonly maxAge: number
  readonly maxBytesEncrypted: number
  readonly maxMessagesEncrypted: number
}
