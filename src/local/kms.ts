import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { AwsError, validation } from './aws-error.ts'
import { type Check, checkGiven, optional } from './check-given.ts'
import { flag, type Input, optionalNumber, optionalText, text, textMap } from './input.ts'
import { KeyCalls } from './key-calls.ts'
import { dryRun, wrongKey } from './key-errors.ts'
import { assertUsable, type Key, KeyRing } from './key-ring.ts'
import type { Operations, ServiceContext } from './service-context.ts'

/** Keys, for tests that seed or break them. */
export interface Keys {
  /** Makes a key. @returns Its id and ARN; with an alias, such as `alias/app`, it can be named by that too. */
  create(options?: { readonly alias?: string }): { readonly keyId: string; readonly arn: string }
  /** Has everything that needs the key fail. */
  disable(keyId: string): void
  /** Takes that back. */
  enable(keyId: string): void
}

type Context = Readonly<Record<string, string>>

const anAlias: Check = [
  (value) => typeof value === 'string' && /^alias\/[a-zA-Z0-9:/_-]+$/.test(value),
  'a name that begins with alias/',
]
const magic = Buffer.from('local-kms-1')
const idLength = 36

/** Real AES-256-GCM, with the encryption context as additional data. */
export class Kms implements Keys {
  readonly operations: Operations
  decryptions = 0
  readonly #world: ServiceContext
  readonly #ring: KeyRing

  constructor(world: ServiceContext) {
    this.#world = world
    this.#ring = new KeyRing(world)
    this.create({ alias: 'alias/aws/ssm' })
    this.create({ alias: 'alias/aws/secretsmanager' })
    this.operations = {
      ...new KeyCalls(world, this.#ring).operations,
      Encrypt: (input) => this.#encryptCall(input),
      Decrypt: (input) => this.#decryptCall(input),
      ReEncrypt: (input) => this.#reEncrypt(input),
      GenerateDataKey: (input) => this.#generateDataKey(input),
      GenerateDataKeyWithoutPlaintext: (input) => this.#generateSealedKey(input),
      GenerateRandom: (input) => this.#generateRandom(input),
    }
  }

  create(options: { readonly alias?: string } = {}): { readonly keyId: string; readonly arn: string } {
    checkGiven('keys.create()', options, { alias: optional(anAlias) })
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

  /** Whether there is a key of this id, alias or ARN. */
  has(name: string): boolean {
    return this.#ring.lookUp(name) !== undefined
  }

  /** For other services, which may encrypt more than a call to KMS would take. */
  encrypt(name: string, plaintext: Buffer, context: Context): Buffer {
    const key = this.#ring.find(name)
    assertUsable(key)
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key.material, iv).setAAD(canonical(context))
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()])
    return Buffer.concat([magic, Buffer.from(key.id), iv, cipher.getAuthTag(), sealed])
  }

  /** @throws AwsError When the key may not be used, is disabled, or the text was not encrypted so. */
  decrypt(ciphertext: Buffer, context: Context): { plaintext: Buffer; keyArn: string } {
    const { plaintext, key } = this.#open(ciphertext, context, 'Decrypt')
    return { plaintext, keyArn: key.arn }
  }

  #open(ciphertext: Buffer, context: Context, action: string, name?: string): { plaintext: Buffer; key: Key } {
    this.decryptions++
    const body = ciphertext.subarray(magic.length)
    const key = this.#ring.lookUp(body.subarray(0, idLength).toString())
    if (!ciphertext.subarray(0, magic.length).equals(magic) || key === undefined) throw invalidCiphertext()
    this.#world.policy.check(`kms:${action}`, this.#ring.namesOf(key))
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

  #encryptCall(input: Input): object {
    const key = this.#ring.at('Encrypt', text(input, 'KeyId'))
    const plaintext = Buffer.from(text(input, 'Plaintext'), 'base64')
    const sealed = this.encrypt(key.id, plaintext, textMap(input, 'EncryptionContext'))
    return answered(input, {
      CiphertextBlob: sealed.toString('base64'),
      KeyId: key.arn,
      EncryptionAlgorithm: algorithm,
    })
  }

  #decryptCall(input: Input): object {
    const ciphertext = Buffer.from(text(input, 'CiphertextBlob'), 'base64')
    const context = textMap(input, 'EncryptionContext')
    const { plaintext, key } = this.#open(ciphertext, context, 'Decrypt', optionalText(input, 'KeyId'))
    const answer = { Plaintext: plaintext.toString('base64'), KeyId: key.arn, KeyMaterialId: key.materialId }
    return answered(input, { ...answer, EncryptionAlgorithm: algorithm })
  }

  #reEncrypt(input: Input): object {
    const ciphertext = Buffer.from(text(input, 'CiphertextBlob'), 'base64')
    const source = textMap(input, 'SourceEncryptionContext')
    const opened = this.#open(ciphertext, source, 'ReEncrypt', optionalText(input, 'SourceKeyId'))
    const key = this.#ring.at('ReEncrypt', text(input, 'DestinationKeyId'))
    const sealed = this.encrypt(key.id, opened.plaintext, textMap(input, 'DestinationEncryptionContext'))
    return answered(input, {
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
    return answered(input, { ...answer, Plaintext: plaintext.toString('base64') })
  }

  #generateSealedKey(input: Input): object {
    const { key, sealed } = this.#newDataKey('GenerateDataKeyWithoutPlaintext', input)
    return answered(input, { CiphertextBlob: sealed, KeyId: key.arn, KeyMaterialId: key.materialId })
  }

  #newDataKey(
    action: string,
    input: Input,
  ): { readonly key: Key; readonly plaintext: Buffer; readonly sealed: string } {
    const key = this.#ring.at(action, text(input, 'KeyId'))
    const [size, spec] = [optionalNumber(input, 'NumberOfBytes'), optionalText(input, 'KeySpec')]
    if ((size === undefined) === (spec === undefined)) {
      throw validation('Please specify either number of bytes or key spec.')
    }
    const plaintext = randomBytes(size ?? (spec === 'AES_128' ? 16 : 32))
    const sealed = this.encrypt(key.id, plaintext, textMap(input, 'EncryptionContext'))
    return { key, plaintext, sealed: sealed.toString('base64') }
  }

  #generateRandom(input: Input): object {
    this.#world.policy.check('kms:GenerateRandom', [this.#world.arn('kms', '*')])
    const size = optionalNumber(input, 'NumberOfBytes')
    if (size === undefined) throw validation('NumberOfBytes is required.')
    return { Plaintext: randomBytes(size).toString('base64') }
  }
}

const algorithm = 'SYMMETRIC_DEFAULT'

function answered(input: Input, answer: object): object {
  if (flag(input, 'DryRun')) throw dryRun()
  return answer
}

function canonical(context: Context): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))))
}

function invalidCiphertext(): AwsError {
  return new AwsError('InvalidCiphertextException', '')
}
