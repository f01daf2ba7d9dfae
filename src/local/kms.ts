import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { AwsError, validation } from './aws-error.ts'
import { type Check, checkArguments, optional } from './check-arguments.ts'
import { flag, type Input, optionalNumber, optionalText, text, textMap } from './input.ts'
import { KeyCalls } from './key-calls.ts'
import { assertUsable, conditionsOf, dryRun, type Key, KeyRing, wrongKey } from './key-ring.ts'
import type { Operations, ServiceContext } from './service-context.ts'

/**
 * KMS. Faults, denials and counts do not apply to these methods.
 *
 * @experimental
 */
export interface Keys {
  /** Creates a key. @param options The alias is a second name of the key, for example `alias/app`. */
  create(options?: { readonly alias?: string }): { readonly keyId: string; readonly arn: string }
  /** Disables a key: every operation that needs it fails. @param keyId An id, an alias, or the ARN of either. */
  disable(keyId: string): void
  /** Enables a key. @param keyId An id, an alias, or the ARN of either. */
  enable(keyId: string): void
}

type Context = Readonly<Record<string, string>>

interface Opening {
  readonly action: string
  /** The key that the caller names. */
  readonly name?: string | undefined
  /** The service that calls KMS in the name of the caller. */
  readonly service?: string | undefined
}

const isAlias: Check = [
  (value) => typeof value === 'string' && /^alias\/[a-zA-Z0-9:/_-]+$/.test(value),
  'a name that begins with alias/',
]
const magic = Buffer.from('local-kms-1')
const idLength = 36

/** The operations of KMS. Encryption is real AES-256-GCM, with the encryption context as additional data. */
export class Kms implements Keys {
  readonly operations: Operations
  decryptions = 0
  readonly #context: ServiceContext
  readonly #ring: KeyRing

  constructor(context: ServiceContext) {
    this.#context = context
    this.#ring = new KeyRing(context)
    this.create({ alias: 'alias/aws/ssm' })
    this.create({ alias: 'alias/aws/secretsmanager' })
    this.operations = {
      ...new KeyCalls(context, this.#ring).operations,
      Encrypt: (input) => this.#encryptCall(input),
      Decrypt: (input) => this.#decryptCall(input),
      ReEncrypt: (input) => this.#reEncrypt(input),
      GenerateDataKey: (input) => this.#generateDataKey(input),
      GenerateDataKeyWithoutPlaintext: (input) => this.#generateSealedKey(input),
      GenerateRandom: (input) => this.#generateRandom(input),
    }
  }

  create(options: { readonly alias?: string } = {}): { readonly keyId: string; readonly arn: string } {
    checkArguments('keys.create()', options, { alias: optional(isAlias) })
    const { alias } = options
    const key = this.#ring.add(alias?.startsWith('alias/aws/') === true ? 'AWS' : 'CUSTOMER')
    if (alias !== undefined) this.#ring.name(alias, key)
    return { keyId: key.id, arn: key.arn }
  }

  disable(keyId: string): void {
    this.#ring.find(keyId).isEnabled = false
  }

  enable(keyId: string): void {
    this.#ring.find(keyId).isEnabled = true
  }

  /** Whether a key with this id, alias or ARN exists. */
  has(name: string): boolean {
    return this.#ring.lookUp(name) !== undefined
  }

  /** Encrypts for another service. The size limit of the Encrypt operation does not apply. */
  encrypt(name: string, plaintext: Buffer, context: Context): Buffer {
    const key = this.#ring.find(name)
    assertUsable(key)
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key.material, iv).setAAD(canonical(context))
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()])
    return Buffer.concat([magic, Buffer.from(key.id), iv, cipher.getAuthTag(), sealed])
  }

  /**
   * Decrypts for another service, in the name of the caller.
   *
   * @throws AwsError If the key is denied or disabled, or if the ciphertext or context is wrong.
   */
  decrypt(ciphertext: Buffer, context: Context, service: string): { plaintext: Buffer; keyArn: string } {
    const { plaintext, key } = this.#open(ciphertext, context, { action: 'Decrypt', service })
    return { plaintext, keyArn: key.arn }
  }

  #open(ciphertext: Buffer, context: Context, { action, name, service }: Opening): { plaintext: Buffer; key: Key } {
    this.decryptions++
    const body = ciphertext.subarray(magic.length)
    const key = this.#ring.lookUp(body.subarray(0, idLength).toString())
    if (!ciphertext.subarray(0, magic.length).equals(magic) || key === undefined) throw invalidCiphertext()
    this.#checkOpening(key, context, { action, service })
    if (name !== undefined && this.#ring.find(name) !== key) throw wrongKey()
    assertUsable(key)
    const [iv, tag, sealed] = [
      body.subarray(idLength, idLength + 12),
      body.subarray(idLength + 12, idLength + 28),
      body.subarray(idLength + 28),
    ]
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.material, iv).setAAD(canonical(context)).setAuthTag(tag)
      return { plaintext: Buffer.concat([decipher.update(sealed), decipher.final()]), key }
    } catch {
      throw invalidCiphertext()
    }
  }

  // The policies of AWS's own keys allow everybody in the account to use them through their service.
  #checkOpening(key: Key, context: Context, { action, service }: Opening): void {
    const { policy, arn } = this.#context
    const names = this.#ring.namesOf(key)
    policy.checkDenials(`kms:${action}`, names)
    if (service !== undefined && key.manager === 'AWS') return
    const [, , , region] = arn('kms', '').split(':')
    const via = service === undefined ? {} : { 'kms:ViaService': `${service}.${region}.amazonaws.com` }
    policy.check(`kms:${action}`, names, { ...conditionsOf(context), ...via })
  }

  #encryptCall(input: Input): object {
    const context = textMap(input, 'EncryptionContext')
    const key = this.#ring.at('Encrypt', text(input, 'KeyId'), context)
    const plaintext = Buffer.from(text(input, 'Plaintext'), 'base64')
    const sealed = this.encrypt(key.id, plaintext, context)
    return unlessDryRun(input, {
      CiphertextBlob: sealed.toString('base64'),
      KeyId: key.arn,
      EncryptionAlgorithm: algorithm,
    })
  }

  #decryptCall(input: Input): object {
    const ciphertext = Buffer.from(text(input, 'CiphertextBlob'), 'base64')
    const context = textMap(input, 'EncryptionContext')
    const { plaintext, key } = this.#open(ciphertext, context, {
      action: 'Decrypt',
      name: optionalText(input, 'KeyId'),
    })
    const answer = { Plaintext: plaintext.toString('base64'), KeyId: key.arn, KeyMaterialId: key.materialId }
    return unlessDryRun(input, { ...answer, EncryptionAlgorithm: algorithm })
  }

  #reEncrypt(input: Input): object {
    const ciphertext = Buffer.from(text(input, 'CiphertextBlob'), 'base64')
    const source = textMap(input, 'SourceEncryptionContext')
    const opened = this.#open(ciphertext, source, { action: 'ReEncrypt', name: optionalText(input, 'SourceKeyId') })
    const key = this.#ring.at('ReEncrypt', text(input, 'DestinationKeyId'))
    const sealed = this.encrypt(key.id, opened.plaintext, textMap(input, 'DestinationEncryptionContext'))
    return unlessDryRun(input, {
      CiphertextBlob: sealed.toString('base64'),
      SourceKeyId: opened.key.arn,
      SourceKeyMaterialId: opened.key.materialId,
      KeyId: key.arn,
      DestinationKeyMaterialId: key.materialId,
      SourceEncryptionAlgorithm: algorithm,
      DestinationEncryptionAlgorithm: algorithm,
    })
  }

  #generateDataKey(input: Input): object {
    const { key, plaintext, sealed } = this.#newDataKey('GenerateDataKey', input)
    const answer = { CiphertextBlob: sealed, KeyId: key.arn, KeyMaterialId: key.materialId }
    return unlessDryRun(input, { ...answer, Plaintext: plaintext.toString('base64') })
  }

  #generateSealedKey(input: Input): object {
    const { key, sealed } = this.#newDataKey('GenerateDataKeyWithoutPlaintext', input)
    return unlessDryRun(input, { CiphertextBlob: sealed, KeyId: key.arn, KeyMaterialId: key.materialId })
  }

  #newDataKey(
    action: string,
    input: Input,
  ): { readonly key: Key; readonly plaintext: Buffer; readonly sealed: string } {
    const context = textMap(input, 'EncryptionContext')
    const key = this.#ring.at(action, text(input, 'KeyId'), context)
    const [size, spec] = [optionalNumber(input, 'NumberOfBytes'), optionalText(input, 'KeySpec')]
    if ((size === undefined) === (spec === undefined)) {
      throw validation('Please specify either number of bytes or key spec.')
    }
    const plaintext = randomBytes(size ?? (spec === 'AES_128' ? 16 : 32))
    const sealed = this.encrypt(key.id, plaintext, context)
    return { key, plaintext, sealed: sealed.toString('base64') }
  }

  #generateRandom(input: Input): object {
    this.#context.policy.check('kms:GenerateRandom', [this.#context.arn('kms', '*')])
    const size = optionalNumber(input, 'NumberOfBytes')
    if (size === undefined) throw validation('NumberOfBytes is required.')
    return { Plaintext: randomBytes(size).toString('base64') }
  }
}

const algorithm = 'SYMMETRIC_DEFAULT'

function unlessDryRun(input: Input, answer: object): object {
  if (flag(input, 'DryRun')) throw dryRun()
  return answer
}

function canonical(context: Context): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))))
}

function invalidCiphertext(): AwsError {
  return new AwsError('InvalidCiphertextException', '')
}
