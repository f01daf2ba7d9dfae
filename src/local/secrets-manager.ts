import { randomUUID } from 'node:crypto'
import { AwsError, constraint } from './aws-error.ts'
import { count, flag, type Input, optionalBytes, optionalText, seconds, text, texts } from './input.ts'
import type { Kms } from './kms.ts'
import { LabelBook } from './label-book.ts'
import { exists, markedForDeletion, notFound, stageNotFound, versionNotFound } from './secret-errors.ts'
import type { CallContext, Operations, World } from './world.ts'

/** Secrets, for tests that seed or change them. No fault, denial or count applies. */
export interface Secrets {
  /** Makes a secret, with a first version that is AWSCURRENT. */
  create(secret: { readonly name: string; readonly value: string | Uint8Array }): {
    readonly arn: string
    readonly versionId: string
  }
  /** Adds a version, which becomes AWSCURRENT unless other stages are named. */
  put(version: {
    readonly id: string
    readonly value: string | Uint8Array
    readonly stages?: readonly string[]
    readonly versionId?: string
  }): { readonly versionId: string }
  /** Moves a stage to a version. */
  updateStage(move: { readonly id: string; readonly stage: string; readonly versionId: string }): void
  /** Marks for deletion, or with `force` deletes at once. */
  delete(secret: { readonly id: string; readonly force?: boolean }): void
}

interface Secret {
  readonly name: string
  readonly arn: string
  readonly createdAt: number
  readonly versions: SecretVersion[]
  readonly stages: LabelBook<string>
  deletionDate: number | undefined
}

interface SecretVersion {
  readonly versionId: string
  readonly createdAt: number
  readonly isBinary: boolean
  readonly sealed: Buffer
}

/** A secret as it is read. */
export interface ReadSecret {
  readonly arn: string
  readonly name: string
  readonly stages: readonly string[]
  readonly version: OpenVersion
}

interface OpenVersion {
  readonly versionId: string
  readonly createdAt: number
  readonly text: string | undefined
  readonly bytes: Buffer | undefined
}

const aliasOfKey = 'alias/aws/secretsmanager'
const current = 'AWSCURRENT'

export class SecretsManager implements Secrets {
  readonly operations: Operations
  readonly #world: World
  readonly #kms: Kms
  readonly #secrets = new Map<string, Secret>()

  constructor(world: World, kms: Kms) {
    this.#world = world
    this.#kms = kms
    this.operations = {
      CreateSecret: (input) => this.#createCall(input),
      PutSecretValue: (input) => this.#putCall(input, 'PutSecretValue'),
      UpdateSecret: (input) => this.#putCall(input, 'UpdateSecret'),
      GetSecretValue: (input, { readAt }) => this.#getCall(input, readAt),
      BatchGetSecretValue: (input, context) => this.#batchGet(input, context),
      DescribeSecret: (input, { readAt }) => this.#describe(input, readAt),
      UpdateSecretVersionStage: (input) => this.#updateStageCall(input),
      DeleteSecret: (input) => this.#deleteCall(input),
      RestoreSecret: (input) => this.#restoreCall(input),
    }
  }

  create(
    { name, value }: { readonly name: string; readonly value: string | Uint8Array },
    token?: string,
  ): { readonly arn: string; readonly versionId: string } {
    if (this.#secrets.has(name)) throw exists(name)
    const suffix = randomUUID().replaceAll('-', '').slice(0, 6)
    const arn = this.#world.arn('secretsmanager', `secret:${name}-${suffix}`)
    const createdAt = this.#world.clock.now()
    const secret = { name, arn, createdAt, versions: [], stages: new LabelBook<string>(), deletionDate: undefined }
    this.#secrets.set(name, secret)
    return { arn, versionId: this.put({ id: name, value, ...(token !== undefined && { versionId: token }) }).versionId }
  }

  put({ id, value, stages = [current], versionId = randomUUID() }: Parameters<Secrets['put']>[0]): {
    versionId: string
  } {
    const secret = this.#usable(id)
    const bytes = Buffer.from(value)
    if (bytes.length > 65_536)
      throw constraint('secretString', '', 'Member must have length less than or equal to 65536')
    const known = secret.versions.find((version) => version.versionId === versionId)
    if (known !== undefined) {
      if (this.#open(secret, known).bytes?.equals(bytes) === true) return { versionId }
      const message = "You can't use this ClientRequestToken because it is already in use."
      throw new AwsError('ResourceExistsException', message)
    }
    const createdAt = this.#world.clock.now()
    const sealed = this.#kms.encrypt(aliasOfKey, bytes, contextOf(secret, versionId))
    secret.versions.push({ versionId, createdAt, isBinary: typeof value !== 'string', sealed })
    for (const stage of stages) this.#move(secret, stage, versionId)
    return { versionId }
  }

  updateStage({
    id,
    stage,
    versionId,
  }: {
    readonly id: string
    readonly stage: string
    readonly versionId: string
  }): void {
    const secret = this.#usable(id)
    if (!secret.versions.some((version) => version.versionId === versionId)) throw versionNotFound(versionId)
    this.#move(secret, stage, versionId)
  }

  delete({ id, force = false }: { readonly id: string; readonly force?: boolean }): Secret {
    const secret = this.#find(id)
    if (force) this.#secrets.delete(secret.name)
    secret.deletionDate = this.#world.clock.now()
    return secret
  }

  /** For references too. A selector is a staging label or a version id. */
  read({
    id,
    selector,
    readAt,
  }: {
    readonly id: string
    readonly selector: string | undefined
    readonly readAt: number
  }): ReadSecret {
    const secret = this.#allowed(id, 'GetSecretValue')
    assertNotDeleted(secret)
    const isVersion = selector !== undefined && secret.versions.some(({ versionId }) => versionId === selector)
    const wanted = isVersion ? { versionId: selector } : { stage: selector ?? current }
    return this.#readVersion(secret, wanted, readAt)
  }

  #readVersion(
    secret: Secret,
    { versionId, stage }: { versionId?: string | undefined; stage?: string | undefined },
    readAt: number,
  ): ReadSecret {
    const staged =
      versionId !== undefined && stage === undefined ? versionId : secret.stages.versionOf(stage ?? current, readAt)
    if (versionId !== undefined && staged !== versionId) {
      const message = 'You provided a VersionStage that is not associated to the provided VersionId.'
      throw new AwsError('InvalidRequestException', message)
    }
    const version = secret.versions.find((candidate) => candidate.versionId === staged && candidate.createdAt <= readAt)
    if (version === undefined)
      throw versionId === undefined ? stageNotFound(stage ?? current) : versionNotFound(versionId)
    const stages = secret.stages.labelsOf(version.versionId, readAt)
    return { arn: secret.arn, name: secret.name, stages, version: this.#open(secret, version) }
  }

  #open(secret: Secret, { versionId, createdAt, isBinary, sealed }: SecretVersion): OpenVersion {
    const { plaintext } = this.#kms.decrypt(sealed, contextOf(secret, versionId))
    return { versionId, createdAt, text: isBinary ? undefined : plaintext.toString(), bytes: plaintext }
  }

  #createCall(input: Input): object {
    const name = text(input, 'Name')
    if (!/^[\w/+=.@-]{1,512}$/.test(name)) {
      const message =
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!'
      throw new AwsError('ValidationException', message)
    }
    this.#world.policy.check('secretsmanager:CreateSecret', [this.#world.arn('secretsmanager', `secret:${name}`), name])
    const { arn, versionId } = this.create(
      { name, value: contentOf(input) ?? '' },
      optionalText(input, 'ClientRequestToken'),
    )
    return { ARN: arn, Name: name, VersionId: versionId }
  }

  #putCall(input: Input, action: string): object {
    const { name, arn } = this.#allowed(text(input, 'SecretId'), action)
    const value = contentOf(input)
    if (value === undefined) {
      if (action === 'UpdateSecret') return { ARN: arn, Name: name }
      throw new AwsError('InvalidParameterException', 'You must provide either SecretString or SecretBinary.')
    }
    const stages = input.VersionStages === undefined ? {} : { stages: texts(input, 'VersionStages') }
    const token = optionalText(input, 'ClientRequestToken')
    const { versionId } = this.put({ id: name, value, ...stages, ...(token !== undefined && { versionId: token }) })
    return { ARN: arn, Name: name, VersionId: versionId, VersionStages: this.#stagesOf(name, versionId) }
  }

  #getCall(input: Input, readAt: number): object {
    const secret = this.#allowed(text(input, 'SecretId'), 'GetSecretValue')
    assertNotDeleted(secret)
    const wanted = { versionId: optionalText(input, 'VersionId'), stage: optionalText(input, 'VersionStage') }
    return answer(this.#readVersion(secret, wanted, readAt))
  }

  #batchGet(input: Input, { readAt }: CallContext): object {
    const ids = texts(input, 'SecretIdList')
    if (ids.length === 0 || ids.length > 20) {
      throw new AwsError('InvalidParameterException', 'SecretIdList must hold between 1 and 20 secrets.')
    }
    this.#world.policy.check('secretsmanager:BatchGetSecretValue', ['*'])
    const values: object[] = []
    const errors: object[] = []
    for (const id of ids) {
      try {
        values.push(answer(this.read({ id, selector: undefined, readAt })))
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        errors.push({ SecretId: id, ErrorCode: error.name, Message: error.message })
      }
    }
    return { SecretValues: values, Errors: errors }
  }

  #describe(input: Input, readAt: number): object {
    const secret = this.#allowed(text(input, 'SecretId'), 'DescribeSecret')
    const staged = secret.versions
      .map(({ versionId }) => [versionId, secret.stages.labelsOf(versionId, readAt)] as const)
      .filter(([, stages]) => stages.length > 0)
    const { deletionDate } = secret
    return {
      ARN: secret.arn,
      Name: secret.name,
      CreatedDate: seconds(secret.createdAt),
      VersionIdsToStages: Object.fromEntries(staged),
      ...(deletionDate !== undefined && { DeletedDate: seconds(deletionDate) }),
    }
  }

  #updateStageCall(input: Input): object {
    const secret = this.#allowed(text(input, 'SecretId'), 'UpdateSecretVersionStage')
    const stage = text(input, 'VersionStage')
    const to = optionalText(input, 'MoveToVersionId')
    const from = optionalText(input, 'RemoveFromVersionId')
    const holder = secret.stages.versionOf(stage, this.#world.clock.now())
    if (to !== undefined && holder !== undefined && from !== holder) {
      const message = `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`
      throw new AwsError('InvalidParameterException', message)
    }
    if (to === undefined) secret.stages.move(stage, undefined, this.#world.clock.now())
    else this.updateStage({ id: secret.name, stage, versionId: to })
    return { ARN: secret.arn, Name: secret.name }
  }

  #deleteCall(input: Input): object {
    const id = this.#allowed(text(input, 'SecretId'), 'DeleteSecret').name
    const days = count(input, 'RecoveryWindowInDays', 30, 30)
    const { arn, name } = this.delete({ id, force: flag(input, 'ForceDeleteWithoutRecovery') })
    return { ARN: arn, Name: name, DeletionDate: seconds(this.#world.clock.now() + days * 86_400_000) }
  }

  #restoreCall(input: Input): object {
    const secret = this.#allowed(text(input, 'SecretId'), 'RestoreSecret')
    secret.deletionDate = undefined
    return { ARN: secret.arn, Name: secret.name }
  }

  #move(secret: Secret, stage: string, versionId: string): void {
    const now = this.#world.clock.now()
    const before = secret.stages.versionOf(stage, now)
    if (secret.stages.labelsOf(versionId, now).length >= 20) {
      throw new AwsError('LimitExceededException', 'A version can have at most 20 staging labels.')
    }
    secret.stages.move(stage, versionId, now)
    if (before !== versionId) this.#emit(secret, stage, versionId)
    if (stage === current && before !== undefined && before !== versionId) {
      secret.stages.move('AWSPREVIOUS', before, now)
    }
  }

  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html
  #emit({ name, arn }: Secret, labelUpdated: string, versionId: string): void {
    if (labelUpdated === 'AWSPENDING' || labelUpdated === 'AWSPREVIOUS') return
    const detail = { name, labelUpdated, versionId }
    this.#world.emit({ source: 'aws.secretsmanager', detailType: 'Secret Label Updated', resources: [arn], detail })
  }

  #stagesOf(id: string, versionId: string): string[] {
    return this.#find(id).stages.labelsOf(versionId, this.#world.clock.now())
  }

  #allowed(id: string, action: string): Secret {
    const secret = this.#lookUp(id)
    const names =
      secret === undefined ? [this.#world.arn('secretsmanager', `secret:${id}`), id] : [secret.arn, secret.name]
    this.#world.policy.check(`secretsmanager:${action}`, names)
    if (secret === undefined) throw notFound()
    return secret
  }

  #usable(id: string): Secret {
    const secret = this.#find(id)
    assertNotDeleted(secret)
    return secret
  }

  #find(id: string): Secret {
    const secret = this.#lookUp(id)
    if (secret === undefined) throw notFound()
    return secret
  }

  #lookUp(id: string): Secret | undefined {
    if (!id.startsWith('arn:')) return this.#secrets.get(id)
    // An ARN may lack the hyphen and the six characters at its end.
    return [...this.#secrets.values()].find(({ arn }) => arn === id || arn.slice(0, -7) === id)
  }
}

function answer({ arn, name, stages, version }: ReadSecret): object {
  const { text: string, bytes, versionId, createdAt } = version
  return {
    ARN: arn,
    Name: name,
    VersionId: versionId,
    VersionStages: stages,
    CreatedDate: seconds(createdAt),
    ...(string === undefined ? { SecretBinary: bytes?.toString('base64') } : { SecretString: string }),
  }
}

function contentOf(input: Input): string | Uint8Array | undefined {
  return optionalText(input, 'SecretString') ?? optionalBytes(input, 'SecretBinary')
}

function contextOf({ arn }: Secret, versionId: string): Record<string, string> {
  return { SecretARN: arn, SecretVersionId: versionId }
}

function assertNotDeleted({ deletionDate }: Secret): void {
  if (deletionDate !== undefined) throw markedForDeletion()
}
