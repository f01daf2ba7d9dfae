import { AwsError } from './aws-error.ts'
import { flag, type Input, optionalText, seconds, tagList, text, texts } from './input.ts'
import { type Page, pageOf } from './paging.ts'
import { filtered } from './secret-filters.ts'
import { currentStage, invalidParameter, invalidRequest, stageNotFound, versionNotFound } from './secret-rules.ts'
import type { CallContext, Operations, ServiceContext } from './service-context.ts'
import {
  assertUsable,
  type OpenVersion,
  type Secret,
  type SecretVersion,
  type StoredSecrets,
} from './stored-secrets.ts'

/** A version of a secret, decrypted, with its stages. */
export interface ReadSecret {
  readonly arn: string
  readonly name: string
  readonly stages: readonly string[]
  readonly version: OpenVersion
}

const dayMs = 86_400_000
const badToken = 'InvalidNextTokenException'

/** The operations that read secrets. */
export class SecretReads {
  readonly operations: Operations
  readonly #context: ServiceContext
  readonly #stored: StoredSecrets

  constructor(context: ServiceContext, stored: StoredSecrets) {
    this.#context = context
    this.#stored = stored
    this.operations = {
      GetSecretValue: (input, { readAt }) => this.#getCall(input, readAt),
      BatchGetSecretValue: (input, call) => this.#batchGet(input, call),
      DescribeSecret: (input, { readAt }) =>
        this.#describe(this.allowed(text(input, 'SecretId'), 'DescribeSecret'), readAt),
      // No secret has a policy: PutResourcePolicy is not implemented.
      GetResourcePolicy: (input) => {
        const { arn, name } = this.allowed(text(input, 'SecretId'), 'GetResourcePolicy')
        return { ARN: arn, Name: name }
      },
      ListSecrets: (input, call) => this.#list(input, call),
      ListSecretVersionIds: (input, call) => this.#listVersions(input, call),
    }
  }

  /** Reads a secret. A selector is a staging label or a version id. */
  read({
    id,
    selector,
    readAt,
  }: {
    readonly id: string
    readonly selector: string | undefined
    readonly readAt: number
  }): ReadSecret {
    const secret = this.allowed(id, 'GetSecretValue')
    assertUsable(secret)
    const isVersion = selector !== undefined && secret.versions.some(({ versionId }) => versionId === selector)
    return this.#readVersion(secret, isVersion ? { versionId: selector } : { stage: selector ?? currentStage }, readAt)
  }

  /** Finds a secret, if the call is allowed. */
  allowed(id: string, action: string): Secret {
    const secret = this.#stored.lookUp(id)
    const arn = id.startsWith('arn:') ? id : this.#context.arn('secretsmanager', `secret:${id}`)
    const names = secret === undefined ? [arn, id] : [secret.arn, secret.name]
    this.#context.policy.check(`secretsmanager:${action}`, names)
    return secret ?? this.#stored.find(id)
  }

  #readVersion(
    secret: Secret,
    { versionId, stage }: { versionId?: string | undefined; stage?: string | undefined },
    readAt: number,
  ): ReadSecret {
    const isStaged = versionId === undefined || stage !== undefined
    const wanted = isStaged ? secret.stages.versionOf(stage ?? currentStage, readAt) : versionId
    if (versionId !== undefined && wanted !== versionId) {
      throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.')
    }
    const version = secret.versions.find((candidate) => candidate.versionId === wanted && candidate.createdAt <= readAt)
    if (version === undefined) {
      throw versionId === undefined ? stageNotFound(stage ?? currentStage) : versionNotFound(versionId)
    }
    const opened = this.#stored.open(secret, version)
    this.#recordAccess(secret, version)
    const stages = secret.stages.labelsOf(version.versionId, readAt)
    return { arn: secret.arn, name: secret.name, stages, version: opened }
  }

  // AWS keeps only the day.
  #recordAccess(secret: Secret, version: SecretVersion): void {
    const day = Math.floor(this.#context.clock.now() / dayMs) * dayMs
    secret.accessedAt = day
    version.accessedAt = day
  }

  #getCall(input: Input, readAt: number): object {
    const secret = this.allowed(text(input, 'SecretId'), 'GetSecretValue')
    assertUsable(secret)
    const wanted = { versionId: optionalText(input, 'VersionId'), stage: optionalText(input, 'VersionStage') }
    return answer(this.#readVersion(secret, wanted, readAt))
  }

  #batchGet(input: Input, call: CallContext): object {
    const { readAt } = call
    const ids = texts(input, 'SecretIdList')
    const hasFilters = Array.isArray(input.Filters) && input.Filters.length > 0
    if (hasFilters === ids.length > 0) {
      throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
    }
    if (!hasFilters && (input.MaxResults ?? input.NextToken ?? undefined) !== undefined) {
      throw invalidParameter("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.")
    }
    this.#context.policy.check('secretsmanager:BatchGetSecretValue', ['*'])
    if (!hasFilters) return this.#readAll(ids, readAt)
    const usable = this.#stored.own().filter(({ deletionAt }) => deletionAt === undefined)
    const { items, nextToken } = pageOfSecrets(filtered(usable, input), input, call, 20)
    const read = this.#readAll(
      items.map(({ arn }) => arn),
      readAt,
    )
    return { ...read, NextToken: nextToken }
  }

  #readAll(ids: readonly string[], readAt: number): object {
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

  #describe(secret: Secret, readAt: number): object {
    const stages = stagesOf(secret, readAt)
    return { ...this.#facts(secret), ...(secret.versions.length > 0 && { VersionIdsToStages: stages }) }
  }

  #list(input: Input, call: CallContext): object {
    this.#context.policy.check('secretsmanager:ListSecrets', ['*'])
    const isIncluded = flag(input, 'IncludePlannedDeletion')
    const listed = this.#stored.own().filter(({ deletionAt }) => isIncluded || deletionAt === undefined)
    const { items, nextToken } = pageOfSecrets(filtered(listed, input), input, call, 100)
    const secrets = items.map((secret) => {
      const stages = stagesOf(secret, call.readAt)
      return { ...this.#facts(secret), ...(secret.versions.length > 0 && { SecretVersionsToStages: stages }) }
    })
    return { SecretList: secrets, NextToken: nextToken }
  }

  #listVersions(input: Input, call: CallContext): object {
    const { readAt } = call
    const secret = this.allowed(text(input, 'SecretId'), 'ListSecretVersionIds')
    const isIncluded = flag(input, 'IncludeDeprecated')
    const listed = secret.versions
      .map((version) => ({ version, stages: secret.stages.labelsOf(version.versionId, readAt) }))
      .filter(({ stages }) => isIncluded || stages.length > 0)
    const { items, nextToken } = pageOf(listed, input, call, {
      keyOf: ({ version }) => version.versionId,
      size: 100,
      inAnyOrder: true,
      badToken,
    })
    const versions = items.map(({ version, stages }) => ({
      VersionId: version.versionId,
      ...(stages.length > 0 && { VersionStages: stages }),
      CreatedDate: seconds(version.createdAt),
      KmsKeyIds: [version.keyId ?? 'DefaultEncryptionKey'],
      LastAccessedDate: seconds(version.accessedAt),
    }))
    return { ARN: secret.arn, Name: secret.name, Versions: versions, NextToken: nextToken }
  }

  #facts(secret: Secret): object {
    const { description = '', keyId, accessedAt, deletionAt, tags } = secret
    return {
      ARN: secret.arn,
      Name: secret.name,
      ...(description !== '' && { Description: description }),
      KmsKeyId: keyId,
      CreatedDate: seconds(secret.createdAt),
      LastChangedDate: seconds(secret.changedAt),
      LastAccessedDate: seconds(accessedAt),
      DeletedDate: seconds(deletionAt),
      ...(secret.wasTagged && { Tags: tagList(tags) }),
    }
  }
}

function pageOfSecrets(secrets: readonly Secret[], input: Input, call: CallContext, size: number): Page<Secret> {
  return pageOf(sorted(secrets, input), input, call, { keyOf: ({ arn }) => arn, size, inAnyOrder: true, badToken })
}

function answer({ arn, name, stages, version }: ReadSecret): object {
  const { text: string, bytes, versionId, createdAt } = version
  return {
    ARN: arn,
    Name: name,
    VersionId: versionId,
    VersionStages: stages,
    CreatedDate: seconds(createdAt),
    ...(string === undefined ? { SecretBinary: bytes.toString('base64') } : { SecretString: string }),
  }
}

function stagesOf({ versions, stages }: Secret, readAt: number): object {
  const staged = versions.map(({ versionId }) => [versionId, stages.labelsOf(versionId, readAt)] as const)
  return Object.fromEntries(staged.filter(([, labels]) => labels.length > 0))
}

function sorted(secrets: readonly Secret[], input: Input): Secret[] {
  const by = optionalText(input, 'SortBy') ?? 'created-date'
  const sign = optionalText(input, 'SortOrder') === 'desc' ? -1 : 1
  const compare = (a: Secret, b: Secret) => {
    if (by === 'name') return a.name < b.name ? -1 : 1
    if (by === 'last-changed-date') return a.changedAt - b.changedAt
    if (by === 'last-accessed-date') return (a.accessedAt ?? 0) - (b.accessedAt ?? 0)
    return a.createdAt - b.createdAt
  }
  return [...secrets].sort((a, b) => sign * compare(a, b))
}
