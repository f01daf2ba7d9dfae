import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { AwsError, validation } from './aws-error.ts'
import { flag, type Input, optionalText, text, textMap } from './input.ts'
import type { Operations, World } from './world.ts'

interface Key {
  readonly id: string
  readonly material: Buffer
  isEnabled: boolean
}

/** Keys, for tests that seed or break them. */
export interface Keys {
  /** Makes a key. @returns Its id and ARN; with an alias, such as `alias/app`, it can be named by that too. */
  create(options?: { readonly alias?: string }): { readonly keyId: string; readonly arn: string }
  /** Has everything that needs the key fail. */
  disable(keyId: string): void
  /** Takes that back. */
  enable(keyId: string): void
}

const magic = Buffer.from('local-kms-1')
const idLength = 36

/** Real AES-256-GCM, with the encryption context as additional data. */
export class Kms implements Keys {
  readonly operations: Operations
  decryptions = 0
  readonly #world: World
  readonly #keys = new Map<string, Key>()
  readonly #aliases = new Map<string, string>()

  constructor(world: World) {
    this.#world = world
    this.create({ alias: 'alias/aws/ssm' })
    this.create({ alias: 'alias/aws/secretsmanager' })
    this.operations = {
      CreateKey: () => {
        const { keyId, arn } = this.create()
        return {
          KeyMetadata: { KeyId: keyId, Arn: arn, Enabled: true, KeyState: 'Enabled', KeyUsage: 'ENCRYPT_DECRYPT' },
        }
      },
      CreateAlias: (input) => {
        this.#aliases.set(text(input, 'AliasName'), this.#find(text(input, 'TargetKeyId')).id)
        return {}
      },
      DescribeKey: (input) => this.#describe(this.#find(text(input, 'KeyId'))),
      DisableKey: (input) => this.#setEnabled(text(input, 'KeyId'), false),
      EnableKey: (input) => this.#setEnabled(text(input, 'KeyId'), true),
      GenerateDataKey: (input) => this.#generateDataKey(input),
      Encrypt: (input) => this.#encryptCall(input),
      Decrypt: (input) => this.#decryptCall(input),
    }
  }

  create({ alias }: { readonly alias?: string } = {}): { readonly keyId: string; readonly arn: string } {
    const key = { id: randomUUID(), material: randomBytes(32), isEnabled: true }
    this.#keys.set(key.id, key)
    if (alias !== undefined) this.#aliases.set(alias, key.id)
    return { keyId: key.id, arn: this.#arnOf(key) }
  }

  disable(keyId: string): void {
    this.#setEnabled(keyId, false)
  }

  enable(keyId: string): void {
    this.#setEnabled(keyId, true)
  }

  /** The id of the key that goes by this id, alias or ARN. */
  has(name: string): boolean {
    return this.#lookUp(name) !== undefined
  }

  /** For other services, which may encrypt more than a call to KMS would take. */
  encrypt(name: string, plaintext: Buffer, context: Readonly<Record<string, string>>): Buffer {
    const key = this.#find(name)
    this.#assertEnabled(key)
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key.material, iv).setAAD(canonical(context))
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()])
    return Buffer.concat([magic, Buffer.from(key.id), iv, cipher.getAuthTag(), sealed])
  }

  /** @throws AwsError when the key may not be used, is disabled, or the text was not encrypted so. */
  decrypt(ciphertext: Buffer, context: Readonly<Record<string, string>>): { plaintext: Buffer; keyArn: string } {
    this.decryptions++
    const body = ciphertext.subarray(magic.length)
    const key = this.#keys.get(body.subarray(0, idLength).toString())
    if (!ciphertext.subarray(0, magic.length).equals(magic) || key === undefined) throw invalidCiphertext()
    this.#world.policy.check('kms:Decrypt', this.#namesOf(key))
    this.#assertEnabled(key)
    const [iv, tag, sealed] = [
      body.subarray(idLength, idLength + 12),
      body.subarray(idLength + 12, idLength + 28),
      body.subarray(idLength + 28),
    ]
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.material, iv).setAAD(canonical(context)).setAuthTag(tag)
      return { plaintext: Buffer.concat([decipher.update(sealed), decipher.final()]), keyArn: this.#arnOf(key) }
    } catch {
      throw invalidCiphertext()
    }
  }

  #encryptCall(input: Input): object {
    const key = this.#find(text(input, 'KeyId'))
    this.#world.policy.check('kms:Encrypt', this.#namesOf(key))
    const plaintext = Buffer.from(text(input, 'Plaintext'), 'base64')
    if (plaintext.length === 0 || plaintext.length > 4_096) {
      const rule = 'Member must have length less than or equal to 4096'
      throw validation(`1 validation error detected: Value at 'plaintext' failed to satisfy constraint: ${rule}`)
    }
    const sealed = this.encrypt(key.id, plaintext, textMap(input, 'EncryptionContext'))
    return {
      CiphertextBlob: sealed.toString('base64'),
      KeyId: this.#arnOf(key),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    }
  }

  #decryptCall(input: Input): object {
    const ciphertext = Buffer.from(text(input, 'CiphertextBlob'), 'base64')
    const { plaintext, keyArn } = this.decrypt(ciphertext, textMap(input, 'EncryptionContext'))
    return { Plaintext: plaintext.toString('base64'), KeyId: keyArn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
  }

  #generateDataKey(input: Input): object {
    const key = this.#find(text(input, 'KeyId'))
    this.#world.policy.check('kms:GenerateDataKey', this.#namesOf(key))
    const asked = typeof input.NumberOfBytes === 'number' ? input.NumberOfBytes : undefined
    const size = asked ?? (optionalText(input, 'KeySpec') === 'AES_128' ? 16 : 32)
    const plaintext = randomBytes(size)
    const sealed = this.encrypt(key.id, plaintext, textMap(input, 'EncryptionContext'))
    const shown = flag(input, 'WithoutPlaintext') ? {} : { Plaintext: plaintext.toString('base64') }
    return { CiphertextBlob: sealed.toString('base64'), ...shown, KeyId: this.#arnOf(key) }
  }

  #describe(key: Key): object {
    const state = key.isEnabled ? 'Enabled' : 'Disabled'
    return { KeyMetadata: { KeyId: key.id, Arn: this.#arnOf(key), Enabled: key.isEnabled, KeyState: state } }
  }

  #setEnabled(name: string, isEnabled: boolean): object {
    this.#find(name).isEnabled = isEnabled
    return {}
  }

  #assertEnabled(key: Key): void {
    if (!key.isEnabled) throw new AwsError('DisabledException', `${this.#arnOf(key)} is disabled.`)
  }

  #find(name: string): Key {
    const key = this.#lookUp(name)
    if (key === undefined) throw new AwsError('NotFoundException', `Key '${name}' does not exist`)
    return key
  }

  #lookUp(name: string): Key | undefined {
    const short = name.startsWith('arn:') ? name.slice(name.lastIndexOf(':') + 1).replace(/^key\//, '') : name
    return this.#keys.get(this.#aliases.get(short) ?? short)
  }

  #arnOf(key: Key): string {
    return this.#world.arn('kms', `key/${key.id}`)
  }

  #namesOf(key: Key): string[] {
    const aliases = [...this.#aliases].filter(([, id]) => id === key.id).map(([alias]) => alias)
    return [this.#arnOf(key), key.id, ...aliases]
  }
}

function canonical(context: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))))
}

function invalidCiphertext(): AwsError {
  return new AwsError('InvalidCiphertextException', '')
}
