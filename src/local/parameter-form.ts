import { AwsError } from './aws-error.ts'
import { isInput, seconds } from './input.ts'
import type { Kms } from './kms.ts'
import { keyDenied } from './parameter-errors.ts'
import { isPublic, isShared, plainName } from './parameter-names.ts'
import { checkKey, type PutParameter } from './parameter-rules.ts'
import type { ServiceContext } from './service-context.ts'
import { type ParameterAnswer, type ParameterVersion, type StoredParameter, withSlash } from './stored-parameters.ts'

/** Converts parameters between the form of requests, of storage and of responses. */
export class ParameterForm {
  readonly #context: ServiceContext
  readonly #kms: Kms

  constructor(context: ServiceContext, kms: Kms) {
    this.#context = context
    this.#kms = kms
  }

  arnOf(name: string): string {
    if (isShared(name)) return name
    const arn = this.#context.arn('ssm', `parameter${withSlash(name)}`)
    if (!isPublic(name)) return arn
    const [, partition, service, region] = arn.split(':')
    return ['arn', partition, service, region, '', `parameter${name}`].join(':')
  }

  /** All names that a denial can use for the parameter. The ARN is the first. */
  namesOf(name: string): string[] {
    return [this.arnOf(name), name, withSlash(plainName(name))]
  }

  /** Encrypts the value of a SecureString; other values stay as they are. */
  seal(
    name: string,
    { value, keyId = 'alias/aws/ssm' }: PutParameter,
    type: string,
  ): { value: string; keyId?: string } {
    if (type !== 'SecureString') return { value }
    checkKey(this.#kms, keyId)
    const context = { PARAMETER_ARN: this.arnOf(name) }
    try {
      return { keyId, value: this.#kms.encrypt(keyId, Buffer.from(value), context).toString('base64') }
    } catch (error) {
      throw error instanceof AwsError ? new AwsError('InvalidKeyId', error.message) : error
    }
  }

  /** The value of a response. */
  valueOf({ name }: StoredParameter, { type, value }: ParameterVersion, isDecrypting: boolean): string {
    if (type !== 'SecureString' || !isDecrypting) return value
    try {
      const context = { PARAMETER_ARN: this.arnOf(name) }
      return this.#kms.decrypt(Buffer.from(value, 'base64'), context, 'ssm').plaintext.toString()
    } catch (error) {
      if (error instanceof AwsError && error.name === 'AccessDeniedException') throw keyDenied()
      if (error instanceof AwsError) throw new AwsError('InvalidKeyId', error.message)
      throw error
    }
  }

  /** A parameter in the form of the read operations. */
  shape(
    parameter: StoredParameter,
    version: ParameterVersion,
    { isDecrypting, name, selector }: { isDecrypting: boolean; name: string; selector: string | undefined },
  ): ParameterAnswer {
    return {
      // A root-level name is answered in the spelling of the request.
      Name: plainName(withSlash(name) === withSlash(parameter.name) ? name : parameter.name),
      Type: version.type,
      Value: this.valueOf(parameter, version, isDecrypting),
      Version: version.version,
      Selector: selector === undefined ? undefined : `:${selector}`,
      LastModifiedDate: seconds(version.modifiedAt),
      ARN: this.arnOf(parameter.name),
      DataType: version.dataType,
    }
  }

  /** A version in the form of DescribeParameters and GetParameterHistory. */
  metadata({ name }: StoredParameter, version: ParameterVersion): object {
    const { type, keyId, tier, dataType, description, allowedPattern, modifiedAt, policies } = version
    return {
      Name: plainName(name),
      Type: type,
      Version: version.version,
      Tier: tier,
      DataType: dataType,
      LastModifiedDate: seconds(modifiedAt),
      LastModifiedUser: this.#context.caller.arn,
      Policies: policiesOf(policies),
      KeyId: keyId,
      Description: description,
      AllowedPattern: allowedPattern,
    }
  }
}

function policiesOf(policies: string | undefined): object[] {
  if (policies === undefined) return []
  const list: unknown = JSON.parse(policies)
  const objects = Array.isArray(list) ? list.filter(isInput) : []
  return objects
    .filter((policy) => Object.keys(policy).length > 0)
    .map((policy) => ({ PolicyText: JSON.stringify(policy), PolicyType: policy.Type, PolicyStatus: 'Pending' }))
}
