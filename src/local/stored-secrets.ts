import { randomUUID } from 'node:crypto'
import { AwsError } from './aws-error.ts'
import type { Kms } from './kms.ts'
import { LabelBook } from './label-book.ts'
import { currentStage, invalidName, keyFailure, markedForDeletion, notFound, versionNotFound } from './secret-rules.ts'
import type { ServiceContext } from './service-context.ts'

/** A secret with its versions. */
export interface Secret {
  readonly name: string
  readonly arn: string
  readonly createdAt: number
  readonly versions: SecretVersion[]
  readonly stages: LabelBook<string>
  readonly tags: Map<string, string>
  /** DescribeSecret omits the list of tags for a secret that never had tags. */
  wasTagged: boolean
  description: string | undefined
  /** The key; `undefined` for the default key of the service. */
  keyId: string | undefined
  changedAt: number
  accessedAt: number | undefined
  /** When AWS deletes the secret, if its deletion is scheduled. */
  deletionAt: number | undefined
}

/** A version of a secret, encrypted. */
export interface SecretVersion {
  readonly versionId: string
  readonly createdAt: number
  readonly isBinary: boolean
  keyId: string | undefined
  sealed: Buffer
  accessedAt: number | undefined
}

/** A decrypted version. */
export interface OpenVersion {
  readonly versionId: string
  readonly createdAt: number
  readonly text: string | undefined
  readonly bytes: Buffer
}

const defaultKey = 'alias/aws/secretsmanager'
const previousStage = 'AWSPREVIOUS'
const pendingStage = 'AWSPENDING'

/** All secrets. Encrypts and decrypts their versions, and moves their stages. */
export class StoredSecrets {
  readonly #context: ServiceContext
  readonly #kms: Kms
  readonly #secrets = new Map<string, Secret>()

  constructor(context: ServiceContext, kms: Kms) {
    this.#context = context
    this.#kms = kms
  }

  /** The secrets of this account and region, the oldest first. */
  own(): Secret[] {
    const prefix = this.#context.arn('secretsmanager', 'secret:')
    return [...this.#secrets.values()].filter((secret) => secret.arn.startsWith(prefix) && !this.#isGone(secret))
  }

  add(name: string, more: { readonly description?: string | undefined; readonly keyId?: string | undefined }): Secret {
    const now = this.#context.clock.now()
    const isArn = name.startsWith('arn:')
    const secret: Secret = {
      name: isArn ? nameIn(name) : name,
      arn: isArn ? withSuffix(name) : `${this.#context.arn('secretsmanager', `secret:${name}`)}-${newSuffix()}`,
      createdAt: now,
      versions: [],
      stages: new LabelBook<string>(),
      tags: new Map(),
      wasTagged: false,
      description: more.description,
      keyId: more.keyId,
      changedAt: now,
      accessedAt: undefined,
      deletionAt: undefined,
    }
    this.#secrets.set(isArn ? secret.arn : name, secret)
    return secret
  }

  remove(secret: Secret): void {
    for (const [key, stored] of this.#secrets) if (stored === secret) this.#secrets.delete(key)
  }

  /** @throws AwsError `ResourceNotFoundException` */
  find(id: string): Secret {
    const secret = this.lookUp(id)
    if (secret === undefined) throw notFound()
    return secret
  }

  /** Finds a secret that is not scheduled for deletion. */
  usable(id: string): Secret {
    const secret = this.find(id)
    assertUsable(secret)
    return secret
  }

  lookUp(id: string): Secret | undefined {
    if (!id.startsWith('arn:')) {
      if (!isSecretName(id)) throw invalidName()
      return this.#present(this.#secrets.get(id))
    }
    // AWS finds a secret by an ARN without the random suffix, unless the ARN seems to end with a suffix.
    const isPartial = !/-[A-Za-z0-9]{6}$/.test(id)
    const found = [...this.#secrets.values()].find(({ arn }) => arn === id || (isPartial && arn.slice(0, -7) === id))
    return this.#present(found)
  }

  addVersion(secret: Secret, versionId: string, value: string | Uint8Array): void {
    const createdAt = this.#context.clock.now()
    const { keyId } = secret
    const sealed = this.#seal(secret, versionId, Buffer.from(value))
    const isBinary = typeof value !== 'string'
    secret.versions.push({ versionId, createdAt, isBinary, keyId, sealed, accessedAt: undefined })
  }

  open(secret: Secret, { versionId, createdAt, isBinary, sealed }: SecretVersion): OpenVersion {
    try {
      const { plaintext } = this.#kms.decrypt(sealed, contextOf(secret, versionId), 'secretsmanager')
      return { versionId, createdAt, text: isBinary ? undefined : plaintext.toString(), bytes: plaintext }
    } catch (error) {
      throw keyFailure(error, 'decrypt')
    }
  }

  tag(secret: Secret, tags: Readonly<Record<string, string>>): void {
    for (const [key, value] of Object.entries(tags)) secret.tags.set(key, value)
    secret.wasTagged ||= secret.tags.size > 0
  }

  /** Encrypts the versions in use with another key, as AWS does. */
  changeKey(secret: Secret, keyId: string | undefined): void {
    const now = this.#context.clock.now()
    const inUse = secret.versions.filter(({ versionId }) => {
      return secret.stages.labelsOf(versionId, now).some((stage) => stage.startsWith('AWS'))
    })
    const opened = inUse.map((version) => this.open(secret, version).bytes)
    secret.keyId = keyId
    for (const [index, version] of inUse.entries()) {
      version.sealed = this.#seal(secret, version.versionId, opened[index] ?? Buffer.alloc(0))
      version.keyId = keyId
    }
  }

  /** @throws AwsError `EncryptionFailure` for a key that cannot encrypt. */
  checkKey(keyId: string | undefined): void {
    try {
      this.#kms.encrypt(keyId ?? defaultKey, Buffer.alloc(1), {})
    } catch (error) {
      throw keyFailure(error, 'encrypt')
    }
  }

  #seal(secret: Secret, versionId: string, bytes: Buffer): Buffer {
    try {
      return this.#kms.encrypt(secret.keyId ?? defaultKey, bytes, contextOf(secret, versionId))
    } catch (error) {
      throw keyFailure(error, 'encrypt')
    }
  }

  /** @throws AwsError `ResourceNotFoundException` if the version does not exist. */
  moveStage(secret: Secret, stage: string, versionId: string): void {
    if (!secret.versions.some((version) => version.versionId === versionId)) throw versionNotFound(versionId)
    this.attach(secret, stage, versionId)
  }

  attach(secret: Secret, stage: string, versionId: string): void {
    const now = this.#context.clock.now()
    const before = secret.stages.versionOf(stage, now)
    if (secret.stages.labelsOf(versionId, now).length >= 20) {
      throw new AwsError('LimitExceededException', 'A version can have at most 20 staging labels.')
    }
    secret.changedAt = now
    secret.stages.move(stage, versionId, now)
    if (before === versionId) return
    this.#emit(secret, stage, versionId)
    if (stage !== currentStage || before === undefined) return
    secret.stages.move(previousStage, before, now)
    // AWS removes AWSPENDING from the version that loses AWSCURRENT.
    if (secret.stages.versionOf(pendingStage, now) === before) secret.stages.move(pendingStage, undefined, now)
  }

  detach(secret: Secret, stage: string): void {
    const now = this.#context.clock.now()
    secret.changedAt = now
    secret.stages.move(stage, undefined, now)
  }

  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html
  #emit({ name, arn }: Secret, labelUpdated: string, versionId: string): void {
    const isOwn = arn.startsWith(this.#context.arn('secretsmanager', ''))
    if (!isOwn || labelUpdated === pendingStage || labelUpdated === previousStage) return
    const detail = { name, labelUpdated, versionId }
    this.#context.emit({ source: 'aws.secretsmanager', detailType: 'Secret Label Updated', resources: [arn], detail })
  }

  #present(secret: Secret | undefined): Secret | undefined {
    return secret === undefined || this.#isGone(secret) ? undefined : secret
  }

  #isGone({ deletionAt }: Secret): boolean {
    return deletionAt !== undefined && deletionAt <= this.#context.clock.now()
  }
}

export function isSecretName(name: string): boolean {
  return /^[\w/+=.@!-]{1,512}$/.test(name)
}

export function assertUsable({ deletionAt }: Secret): void {
  if (deletionAt !== undefined) throw markedForDeletion()
}

/** Makes the six random characters that AWS appends to the name in an ARN. */
export function newSuffix(): string {
  return randomUUID().replaceAll('-', '').slice(0, 6)
}

function withSuffix(arn: string): string {
  return /-[A-Za-z0-9]{6}$/.test(arn) ? arn : `${arn}-${newSuffix()}`
}

function nameIn(arn: string): string {
  return arn.slice(arn.indexOf(':secret:') + ':secret:'.length).replace(/-[A-Za-z0-9]{6}$/, '')
}

function contextOf({ arn }: Secret, versionId: string): Record<string, string> {
  return { SecretARN: arn, SecretVersionId: versionId }
}
