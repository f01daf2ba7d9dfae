import { AwsError } from './aws-error.ts'
import { versionNotFound } from './secret-errors.ts'
import type { ServiceContext } from './service-context.ts'
import type { Secret } from './stored-secrets.ts'

const current = 'AWSCURRENT'
const previous = 'AWSPREVIOUS'
const pending = 'AWSPENDING'

/** Moves stages between versions, and emits the events of the moves. */
export class SecretStages {
  readonly #context: ServiceContext

  constructor(context: ServiceContext) {
    this.#context = context
  }

  /** @throws AwsError `ResourceNotFoundException` if the version does not exist. */
  moveTo(secret: Secret, stage: string, versionId: string): void {
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
    if (stage !== current || before === undefined) return
    secret.stages.move(previous, before, now)
    // AWS removes AWSPENDING from the version that loses AWSCURRENT.
    if (secret.stages.versionOf(pending, now) === before) secret.stages.move(pending, undefined, now)
  }

  detach(secret: Secret, stage: string): void {
    const now = this.#context.clock.now()
    secret.changedAt = now
    secret.stages.move(stage, undefined, now)
  }

  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html
  #emit({ name, arn }: Secret, labelUpdated: string, versionId: string): void {
    const isOwn = arn.startsWith(this.#context.arn('secretsmanager', ''))
    if (!isOwn || labelUpdated === pending || labelUpdated === previous) return
    const detail = { name, labelUpdated, versionId }
    this.#context.emit({ source: 'aws.secretsmanager', detailType: 'Secret Label Updated', resources: [arn], detail })
  }
}
