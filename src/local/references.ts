import { AwsError, validation } from './aws-error.ts'
import { seconds } from './input.ts'
import type { ReadSecret, SecretsManager } from './secrets-manager.ts'
import type { Shaped } from './stored-parameters.ts'
import type { CallContext } from './world.ts'

const prefix = '/aws/reference/secretsmanager/'

export function isReferenceName(name: string): boolean {
  return name.startsWith(prefix)
}

/**
 * Secrets as Parameter Store hands them out.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
 */
export class SecretReferences {
  readonly #secrets: SecretsManager

  constructor(secrets: SecretsManager) {
    this.#secrets = secrets
  }

  readOne(asked: string, isDecrypting: boolean, { readAt }: CallContext): Shaped {
    if (!isDecrypting) throw validation('WithDecryption flag must be True for retrieving a Secret Manager secret.')
    const [id = '', selector, ...more] = asked.slice(prefix.length).split(':')
    const isMalformed = id === '' || selector === '' || more.length > 0 || id.startsWith('arn')
    if (isMalformed) {
      throw validation(
        'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>',
      )
    }
    try {
      return shape(id, selector, this.#secrets.read({ id, selector, readAt }))
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      if (error.name === 'InvalidRequestException') throw validation('Invalid Request to Secrets Manager')
      if (error.name !== 'ResourceNotFoundException') throw error
      const name = `${asked.slice(1, prefix.length)}${id}${selector === undefined ? 'null' : `:${selector}`}`
      const shown = selector === undefined ? `Secret ${name}` : `Secret ${id}:${selector}`
      const message = `An error occurred (ParameterNotFound) when referencing Secrets Manager: ${shown} not found.`
      throw new AwsError('ParameterNotFound', message)
    }
  }

  /** In a call for several names what cannot be answered is an invalid name; a denial fails the call. */
  readAmong(asked: string, isDecrypting: boolean, context: CallContext): Shaped | undefined {
    try {
      return this.readOne(asked, isDecrypting, context)
    } catch (error) {
      if (error instanceof AwsError && error.name !== 'AccessDeniedException') return undefined
      throw error
    }
  }
}

function shape(id: string, selector: string | undefined, { arn, name, version, stages }: ReadSecret): Shaped {
  const { versionId, text, createdAt } = version
  const source = {
    ARN: arn,
    name,
    versionId,
    ...(text !== undefined && { secretString: text }),
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
    ...(selector !== undefined && { Selector: `:${selector}` }),
    SourceResult: JSON.stringify(source),
    Type: 'SecureString',
    ...(text !== undefined && { Value: text }),
    Version: 0,
  }
}
