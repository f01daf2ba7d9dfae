import { randomUUID } from 'node:crypto'
import { AwsError } from './aws-error.ts'
import { type Check, checkArguments, isString, isStringArray, isStringMap, optional } from './check-arguments.ts'
import { flag, type Input, optionalNumber, optionalText, seconds, tagsOf, text, texts } from './input.ts'
import type { Kms } from './kms.ts'
import { randomPassword } from './random-password.ts'
import { type ReadSecret, SecretReads } from './secret-reads.ts'
import {
  checkMove,
  checkSize,
  checkTags,
  contentOf,
  currentStage,
  exists,
  invalidName,
  invalidParameter,
  invalidRequest,
  keyIn,
  nameScheduledForDeletion,
  noToken,
  tokenInUse,
} from './secret-rules.ts'
import type { Operations, ServiceContext } from './service-context.ts'
import { assertUsable, isSecretName, newSuffix, type Secret, StoredSecrets } from './stored-secrets.ts'

/**
 * A secret that a test creates.
 *
 * @experimental
 */
export interface NewSecret {
  /** The name. The ARN of another account or region stores a secret that it shares. */
  readonly name: string
  /** Text, or bytes for `SecretBinary`: at most 65,536 bytes. */
  readonly value: string | Uint8Array
  /** @default none */
  readonly description?: string
  /** The id, ARN or alias of a key. @default `alias/aws/secretsmanager` */
  readonly kmsKeyId?: string
  /** Values by key. @default none */
  readonly tags?: Readonly<Record<string, string>>
}

/**
 * Secrets Manager. Faults, denials and counts do not apply to these methods.
 *
 * @experimental
 */
export interface Secrets {
  /** Creates a secret. Its first version is AWSCURRENT. @throws Error For a secret that AWS would refuse. */
  create(secret: NewSecret): { readonly arn: string; readonly versionId: string }
  /** Adds a version. @param version By default, its stage is AWSCURRENT and its id is random. */
  put(version: {
    readonly id: string
    readonly value: string | Uint8Array
    readonly stages?: readonly string[]
    readonly versionId?: string
  }): { readonly versionId: string }
  /** Moves a stage to a version. */
  updateStage(move: { readonly id: string; readonly stage: string; readonly versionId: string }): void
  /** Schedules the deletion of a secret in 30 days, or deletes it at once with `force`. */
  delete(secret: { readonly id: string; readonly force?: boolean }): void
}

const isSecretValue: Check = [(value) => typeof value === 'string' || value instanceof Uint8Array, 'a string or bytes']
const createChecks: Readonly<Record<keyof NewSecret, Check>> = {
  name: isString,
  value: isSecretValue,
  description: optional(isString),
  kmsKeyId: optional(isString),
  tags: optional(isStringMap),
}
const dayMs = 86_400_000

export class SecretsManager implements Secrets {
  readonly operations: Operations
  readonly #context: ServiceContext
  readonly #stored: StoredSecrets
  readonly #reads: SecretReads

  constructor(context: ServiceContext, kms: Kms) {
    this.#context = context
    this.#stored = new StoredSecrets(context, kms)
    this.#reads = new SecretReads(context, this.#stored)
    this.operations = {
      CreateSecret: (input) => this.#createCall(input),
      PutSecretValue: (input) => this.#putCall(input),
      UpdateSecret: (input) => this.#updateCall(input),
      ...this.#reads.operations,
      UpdateSecretVersionStage: (input) => this.#updateStageCall(input),
      DeleteSecret: (input) => this.#deleteCall(input),
      RestoreSecret: (input) => this.#restoreCall(input),
      RotateSecret: (input) => this.#rotateCall(input),
      GetRandomPassword: (input) => this.#passwordCall(input),
      TagResource: (input) => this.#tagCall(input),
      UntagResource: (input) => this.#untagCall(input),
    }
  }

  create(given: NewSecret): { readonly arn: string; readonly versionId: string } {
    checkArguments('create()', given, createChecks)
    const { name, value, description, kmsKeyId: keyId, tags = {} } = given
    if (!isSecretName(name) && !name.startsWith('arn:')) throw invalidName()
    if (this.#stored.lookUp(name) !== undefined) throw exists(name)
    const secret = this.#create(name, { description, keyId, tags, value })
    const versionId = randomUUID()
    this.#addVersion(secret, { value, versionId, stages: [currentStage] })
    return { arn: secret.arn, versionId }
  }

  put(given: Parameters<Secrets['put']>[0]): { versionId: string } {
    const checks = {
      id: isString,
      value: isSecretValue,
      stages: optional(isStringArray),
      versionId: optional(isString),
    }
    checkArguments('put()', given, checks)
    const { id, value, stages = [currentStage], versionId = randomUUID() } = given
    this.#addVersion(this.#stored.usable(id), { value, versionId, stages })
    return { versionId }
  }

  updateStage(move: { readonly id: string; readonly stage: string; readonly versionId: string }): void {
    checkArguments('updateStage()', move, { id: isString, stage: isString, versionId: isString })
    this.#stored.moveStage(this.#stored.usable(move.id), move.stage, move.versionId)
  }

  delete(given: { readonly id: string; readonly force?: boolean }): void {
    checkArguments('delete()', given, {
      id: isString,
      force: optional([(value) => typeof value === 'boolean', 'true or false']),
    })
    const secret = this.#stored.find(given.id)
    if (given.force === true) this.#stored.remove(secret)
    else secret.deletionAt = this.#context.clock.now() + 30 * dayMs
  }

  /** Reads a secret for a reference. A selector is a staging label or a version id. */
  read(requested: { readonly id: string; readonly selector: string | undefined; readonly readAt: number }): ReadSecret {
    return this.#reads.read(requested)
  }

  #create(
    name: string,
    {
      description,
      keyId,
      tags,
      value,
    }: Pick<Secret, 'description' | 'keyId'> & {
      readonly tags: Readonly<Record<string, string>>
      readonly value: string | Uint8Array | undefined
    },
  ): Secret {
    checkTags(tags)
    checkSize(value)
    this.#stored.checkKey(keyId)
    const secret = this.#stored.add(name, { description, keyId })
    this.#stored.tag(secret, tags)
    return secret
  }

  /** Adds a version, unless it exists already with the same content. */
  #addVersion(
    secret: Secret,
    { value, versionId, stages }: { value: string | Uint8Array; versionId: string; stages: readonly string[] },
  ): void {
    checkSize(value)
    if (this.#isRepeated(secret, versionId, value)) return
    // The first version is always AWSCURRENT.
    const attached = secret.versions.length === 0 ? new Set([...stages, currentStage]) : new Set(stages)
    this.#stored.addVersion(secret, versionId, value)
    for (const stage of attached) this.#stored.attach(secret, stage, versionId)
  }

  /** @throws AwsError If the version id is in use with another content. */
  #isRepeated(secret: Secret, versionId: string, value: string | Uint8Array): boolean {
    const known = secret.versions.find((version) => version.versionId === versionId)
    if (known === undefined) return false
    const isSameKind = known.isBinary === (typeof value !== 'string')
    if (isSameKind && this.#stored.open(secret, known).bytes.equals(Buffer.from(value))) return true
    throw tokenInUse(versionId, secret.arn)
  }

  #createCall(input: Input): object {
    const name = text(input, 'Name')
    if (!isSecretName(name)) throw invalidName()
    this.#context.policy.check('secretsmanager:CreateSecret', [
      this.#context.arn('secretsmanager', `secret:${name}`),
      name,
    ])
    const value = contentOf(input)
    const token = optionalText(input, 'ClientRequestToken')
    if (value !== undefined && token === undefined) throw noToken('InvalidRequestException')
    const known = this.#stored.lookUp(name)
    if (known !== undefined) return this.#createAgain(known, token, value)
    const description = optionalText(input, 'Description')
    const secret = this.#create(name, { description, keyId: keyIn(input), tags: tagsOf(input) ?? {}, value })
    if (value === undefined) return { ARN: secret.arn, Name: name }
    const versionId = token ?? randomUUID()
    this.#addVersion(secret, { value, versionId, stages: [currentStage] })
    return { ARN: secret.arn, Name: name, VersionId: versionId }
  }

  #createAgain(secret: Secret, token: string | undefined, value: string | Uint8Array | undefined): object {
    if (secret.deletionAt !== undefined) throw nameScheduledForDeletion()
    const isRepeated = token !== undefined && value !== undefined && this.#isRepeated(secret, token, value)
    if (!isRepeated) throw exists(secret.name)
    return { ARN: secret.arn, Name: secret.name, VersionId: token }
  }

  #putCall(input: Input): object {
    const secret = this.#usable(input, 'PutSecretValue')
    const value = contentOf(input)
    if (value === undefined) throw invalidRequest('You must provide either SecretString or SecretBinary.')
    const versionId = optionalText(input, 'ClientRequestToken')
    if (versionId === undefined) throw noToken('InvalidRequestException')
    const stages = input.VersionStages === undefined ? [currentStage] : texts(input, 'VersionStages')
    this.#addVersion(secret, { value, versionId, stages })
    const attached = secret.stages.labelsOf(versionId, this.#context.clock.now())
    return { ARN: secret.arn, Name: secret.name, VersionId: versionId, VersionStages: attached }
  }

  #updateCall(input: Input): object {
    const secret = this.#usable(input, 'UpdateSecret')
    const value = contentOf(input)
    const versionId = optionalText(input, 'ClientRequestToken')
    if (value !== undefined && versionId === undefined) throw noToken('InvalidRequestException')
    if (input.KmsKeyId !== undefined) {
      this.#stored.checkKey(keyIn(input))
      this.#stored.changeKey(secret, keyIn(input))
    }
    secret.description = optionalText(input, 'Description') ?? secret.description
    secret.changedAt = this.#context.clock.now()
    if (value === undefined || versionId === undefined) return { ARN: secret.arn, Name: secret.name }
    this.#addVersion(secret, { value, versionId, stages: [currentStage] })
    return { ARN: secret.arn, Name: secret.name, VersionId: versionId }
  }

  #updateStageCall(input: Input): object {
    const secret = this.#usable(input, 'UpdateSecretVersionStage')
    const stage = text(input, 'VersionStage')
    const to = optionalText(input, 'MoveToVersionId')
    const from = optionalText(input, 'RemoveFromVersionId')
    const attachedTo = secret.stages.versionOf(stage, this.#context.clock.now())
    checkMove(stage, { to, from, attachedTo })
    if (to !== undefined) this.#stored.moveStage(secret, stage, to)
    else this.#stored.detach(secret, stage)
    return { ARN: secret.arn, Name: secret.name }
  }

  #deleteCall(input: Input): object {
    const id = text(input, 'SecretId')
    const isForced = flag(input, 'ForceDeleteWithoutRecovery')
    const days = optionalNumber(input, 'RecoveryWindowInDays')
    if (isForced && days !== undefined) {
      throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
    }
    if (days !== undefined && (days < 7 || days > 30)) {
      throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).')
    }
    const now = this.#context.clock.now()
    if (isForced && this.#stored.lookUp(id) === undefined) return this.#deletedBefore(id, now)
    const secret = this.#reads.allowed(id, 'DeleteSecret')
    if (!isForced) assertUsable(secret)
    if (isForced) this.#stored.remove(secret)
    else secret.deletionAt = now + (days ?? 30) * dayMs
    return { ARN: secret.arn, Name: secret.name, DeletionDate: seconds(secret.deletionAt ?? now) }
  }

  // On AWS, the forced deletion of a missing secret succeeds.
  #deletedBefore(id: string, now: number): object {
    const arn = id.startsWith('arn:') ? id : `${this.#context.arn('secretsmanager', `secret:${id}`)}-${newSuffix()}`
    this.#context.policy.check('secretsmanager:DeleteSecret', [arn, id])
    return { ARN: arn, Name: id, DeletionDate: seconds(now) }
  }

  #restoreCall(input: Input): object {
    const secret = this.#reads.allowed(text(input, 'SecretId'), 'RestoreSecret')
    secret.deletionAt = undefined
    return { ARN: secret.arn, Name: secret.name }
  }

  /** The local AWS has no Lambda functions: every rotation fails as on AWS without a function. */
  #rotateCall(input: Input): object {
    if (optionalText(input, 'ClientRequestToken') === undefined) throw noToken('InvalidParameterException')
    this.#usable(input, 'RotateSecret')
    if (optionalText(input, 'RotationLambdaARN') === undefined) {
      throw invalidRequest('No Lambda rotation function ARN is associated with this secret.')
    }
    const message =
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to ' +
      'the principal secretsmanager.amazonaws.com.'
    throw new AwsError('AccessDeniedException', message)
  }

  #passwordCall(input: Input): object {
    this.#context.policy.check('secretsmanager:GetRandomPassword', ['*'])
    return { RandomPassword: randomPassword(input) }
  }

  #tagCall(input: Input): object {
    const secret = this.#usable(input, 'TagResource')
    const tags = tagsOf(input) ?? {}
    checkTags(tags)
    this.#stored.tag(secret, tags)
    return {}
  }

  #untagCall(input: Input): object {
    const secret = this.#usable(input, 'UntagResource')
    for (const key of texts(input, 'TagKeys')) secret.tags.delete(key)
    return {}
  }

  #usable(input: Input, action: string): Secret {
    const secret = this.#reads.allowed(text(input, 'SecretId'), action)
    assertUsable(secret)
    return secret
  }
}
