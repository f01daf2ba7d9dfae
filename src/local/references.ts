import { AwsError, validation } from './aws-error.ts'
import { seconds } from './input.ts'
import { badSelector } from './parameter-names.ts'
import type { ReadSecret } from './secret-reads.ts'
import type { SecretsManager } from './secrets-manager.ts'
import type { CallContext } from './service-context.ts'
import type { ParameterAnswer } from './stored-parameters.ts'
import { isSecretName } from './stored-secrets.ts'

const prefix = '/aws/reference/secretsmanager/'

export function isReferenceName(name: string): boolean {
  return name.startsWith(prefix)
}

/**
 * Reads secrets in the form of Parameter Store.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
 */
export class SecretReferences {
  readonly #secrets: SecretsManager

  constructor(secrets: SecretsManager) {
    this.#secrets = secrets
  }

  readOne(requested: string, isDecrypting: boolean, { readAt }: CallContext): ParameterAnswer {
    const [id = '', selector, ...more] = requested.slice(prefix.length).split(':')
    const isMalformed = !isSecretName(id) || selector === '' || more.length > 0 || id === 'arn'
    if (isMalformed) throw badSelector()
    if (!isDecrypting) throw validation('WithDecryption flag must be True for retrieving a Secret Manager secret.')
    try {
      return shape(id, selector, this.#secrets.read({ id, selector, readAt }))
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      if (error.name === 'InvalidRequestException') throw validation('Invalid Request to Secrets Manager')
      if (error.name !== 'ResourceNotFoundException') throw error
      const shown = `${prefix.slice(1)}${id}${selector === undefined ? 'null' : `:${selector}`}`
      const message = `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${shown} not found.`
      throw new AwsError('ParameterNotFound', message)
    }
  }

  /** Reads one of several names. @returns `undefined` for an invalid name. @throws AwsError For a denial. */
  readAmong(requested: string, isDecrypting: boolean, call: CallContext): ParameterAnswer | undefined {
    try {
      return this.readOne(requested, isDecrypting, call)
    } catch (error) {
      if (error instanceof AwsError && error.name !== 'AccessDeniedException') return undefined
      throw error
    }
  }
}

function shape(id: string, selector: string | undefined, { arn, name, version, stages }: ReadSecret): ParameterAnswer {
  const { versionId, text, createdAt } = version
  const source = {
    ARN: arn,
    name,
    versionId,
    secretString: text,
    versionStages: stages,
    createdDate: new Date(createdAt).toLocaleString('en-US', {
      dateStyle: 'medium',
      timeStyle: 'medium',
      timeZone: 'UTC',
    }),
  }
  return {
    ARN: arn,
    LastModifiedDate: seconds(createdAt),
    Name: `${prefix}${id}`,
    Selector: selector === undefined ? undefined : `:${selector}`,
    SourceResult: JSON.stringify(source),
    Type: 'SecureString',
    Value: text,
    Version: 0,
  }
}
