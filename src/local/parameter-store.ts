import { AwsError } from './aws-error.ts'
import {
  type Check,
  checkArguments,
  isNonNegative,
  isString,
  isStringArray,
  isStringMap,
  optional,
} from './check-arguments.ts'
import { checkDataTypeChange, invalidImage, isImageId } from './data-types.ts'
import { flag, type Input, optionalNumber, optionalText, tagsOf, text, texts } from './input.ts'
import type { Kms } from './kms.ts'
import {
  alreadyExists,
  cannotDowngrade,
  labelLimit,
  notFound,
  tagsOnOverwrite,
  typeMismatch,
  versionNotFound,
} from './parameter-errors.ts'
import { ParameterForm } from './parameter-form.ts'
import { isPublic, isShared, parseName } from './parameter-names.ts'
import { ParameterReads } from './parameter-reads.ts'
import {
  checkName,
  checkSeededName,
  checkTags,
  checkType,
  checkValue,
  type PutParameter,
  splitLabels,
} from './parameter-rules.ts'
import { tagOperations } from './parameter-tags.ts'
import type { SecretReferences } from './references.ts'
import type { Operations, ServiceContext } from './service-context.ts'
import {
  type ParameterVersion,
  type StoredParameter,
  StoredParameters,
  select,
  withSlash,
} from './stored-parameters.ts'

/**
 * Parameter Store. Faults, denials and counts do not apply to these methods.
 *
 * @experimental
 */
export interface Parameters {
  /** Creates a parameter, or adds a version to it. @throws Error For a parameter that AWS would refuse. */
  put(parameter: PutParameter): { readonly version: number }
  /** Attaches labels to a version, by default to the latest. @throws TypeError For a label that AWS would refuse. */
  label(target: { readonly name: string; readonly version?: number; readonly labels: readonly string[] }): void
  /** Deletes a parameter with all its versions. */
  delete(name: string): void
}

const putChecks: Readonly<Record<keyof PutParameter, Check>> = {
  name: isString,
  value: isString,
  type: optional(isString),
  overwrite: optional([(value) => typeof value === 'boolean', 'true or false']),
  keyId: optional(isString),
  tier: optional(isString),
  policies: optional(isString),
  description: optional(isString),
  dataType: optional(isString),
  allowedPattern: optional(isString),
  tags: optional(isStringMap),
}

export class ParameterStore implements Parameters {
  readonly operations: Operations
  readonly #context: ServiceContext
  readonly #form: ParameterForm
  readonly #stored = new StoredParameters()

  constructor(context: ServiceContext, kms: Kms, references: SecretReferences) {
    this.#context = context
    this.#form = new ParameterForm(context, kms)
    this.operations = {
      PutParameter: (input) => this.#putCall(input),
      ...new ParameterReads(context, this.#form, this.#stored, references).operations,
      LabelParameterVersion: (input) => this.#labelCall(input),
      UnlabelParameterVersion: (input) => this.#unlabelCall(input),
      DeleteParameter: (input) => this.#deleteCall(input),
      DeleteParameters: (input) => this.#deleteMany(input),
      ...tagOperations(context, this.#form, this.#stored),
    }
  }

  put(put: PutParameter): { readonly version: number; readonly tier: string } {
    checkArguments('put()', put, putChecks)
    const name = checkSeededName(put.name, this.#arnPrefix)
    const stored = this.#put(name, put)
    if (stored.version !== this.#at(name)?.versions.at(-1)?.version) throw invalidImage()
    return stored
  }

  label(target: { readonly name: string; readonly version?: number; readonly labels: readonly string[] }): {
    readonly InvalidLabels: readonly string[]
    readonly ParameterVersion: number
  } {
    checkArguments('label()', target, { name: isString, version: optional(isNonNegative), labels: isStringArray })
    const [wrong] = splitLabels(target.labels).invalid
    if (wrong !== undefined) {
      throw new TypeError(
        `label(): ${wrong} is not a valid label: use letters, digits, ., - and _, and do not begin with a digit, aws or ssm`,
      )
    }
    return this.#label(this.#existing(target.name), target.version, target.labels)
  }

  delete(name: string): void {
    const parameter = this.#existing(name)
    parameter.deletedAt = this.#context.clock.now()
    this.#emit(parameter.name, parameter.versions.at(-1)?.type ?? 'String', { operation: 'Delete' })
  }

  get #arnPrefix(): string {
    return this.#context.arn('ssm', 'parameter')
  }

  #put(name: string, put: PutParameter): { readonly version: number; readonly tier: string } {
    const current = this.#stored.at(name, this.#context.clock.now())?.versions.at(-1)
    if (current !== undefined && put.overwrite === false) throw alreadyExists()
    const { type, tier, dataType } = kindOf(name, put, current)
    checkTags(put.tags ?? {})
    const { policies = current?.policies, description = current?.description } = put
    const { allowedPattern = current?.allowedPattern } = put
    const optionals = defined({ policies, description, allowedPattern })
    checkValue({ ...put, ...optionals, dataType }, type, tier)
    const event = {
      operation: current === undefined ? 'Create' : 'Update',
      ...defined({ description: put.description }),
    }
    if (dataType === 'aws:ec2:image' && !isImageId(put.value)) {
      // AWS answers first, checks the image later, and stores nothing if the image does not exist.
      this.#emit(name, type, { ...event, dataType, exception: 'Unable to Describe Resource' })
      return { version: (current?.version ?? 0) + 1, tier }
    }
    const sealed = this.#form.seal(name, put, type)
    const modifiedAt = this.#context.clock.now()
    const { version } = this.#stored.add(name, { ...optionals, type, tier, dataType, modifiedAt, ...sealed })
    this.#stored.tag(name, put.tags ?? {}, modifiedAt)
    this.#emit(name, type, event)
    return { version, tier }
  }

  #label(
    parameter: StoredParameter,
    version: number | undefined,
    labels: readonly string[],
  ): { readonly InvalidLabels: readonly string[]; readonly ParameterVersion: number } {
    const now = this.#context.clock.now()
    const target = select(parameter, version === undefined ? undefined : String(version), now)
    if (target === undefined) throw versionNotFound(parameter.name, String(version))
    const { valid, invalid } = splitLabels(labels)
    if (new Set([...parameter.labels.labelsOf(target.version, now), ...valid]).size > 10) throw labelLimit()
    for (const label of valid) {
      const fromVersion = parameter.labels.versionOf(label, now)
      parameter.labels.move(label, target.version, now)
      const versions = {
        ...(fromVersion !== undefined && { fromVersion: String(fromVersion) }),
        toVersion: String(target.version),
      }
      this.#emit(parameter.name, target.type, { operation: 'LabelParameterVersion', label, ...versions })
    }
    return { InvalidLabels: invalid, ParameterVersion: target.version }
  }

  // https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
  #emit(name: string, type: string, what: object): void {
    // Events of shared and public parameters go to the event buses of other accounts.
    if (isShared(name) || isPublic(name)) return
    const resources = [this.#form.arnOf(name)]
    this.#context.emit({
      source: 'aws.ssm',
      detailType: 'Parameter Store Change',
      resources,
      detail: { name, type, ...what },
    })
  }

  #putCall(input: Input): object {
    const requested = text(input, 'Name')
    this.#check('PutParameter', requested)
    const name = checkName(requested, this.#arnPrefix)
    const type = optionalText(input, 'Type')
    const overwrite = flag(input, 'Overwrite')
    const tags = tagsOf(input)
    if (overwrite && tags !== undefined) throw tagsOnOverwrite()
    if (this.#stored.at(name, this.#context.clock.now()) === undefined) checkType(type)
    const given = {
      type,
      tags,
      keyId: optionalText(input, 'KeyId'),
      tier: optionalText(input, 'Tier'),
      policies: optionalText(input, 'Policies'),
      description: optionalText(input, 'Description'),
      dataType: optionalText(input, 'DataType'),
      allowedPattern: optionalText(input, 'AllowedPattern'),
    }
    const { version, tier } = this.#put(name, { name, value: text(input, 'Value'), overwrite, ...defined(given) })
    return { Version: version, Tier: tier }
  }

  #labelCall(input: Input): object {
    const parameter = this.#writable('LabelParameterVersion', text(input, 'Name'))
    return this.#label(parameter, optionalNumber(input, 'ParameterVersion'), texts(input, 'Labels'))
  }

  #unlabelCall(input: Input): object {
    const parameter = this.#writable('UnlabelParameterVersion', text(input, 'Name'))
    const now = this.#context.clock.now()
    const version = optionalNumber(input, 'ParameterVersion') ?? 0
    if (select(parameter, String(version), now) === undefined) throw versionNotFound(parameter.name, String(version))
    const attached = parameter.labels.labelsOf(version, now)
    const labels = texts(input, 'Labels')
    const removed = labels.filter((label) => attached.includes(label))
    for (const label of removed) parameter.labels.move(label, undefined, now)
    return { RemovedLabels: removed, InvalidLabels: labels.filter((label) => !attached.includes(label)) }
  }

  #deleteCall(input: Input): object {
    this.delete(this.#writable('DeleteParameter', text(input, 'Name')).name)
    return {}
  }

  #deleteMany(input: Input): object {
    const names = texts(input, 'Names')
    for (const name of names) this.#check('DeleteParameters', name)
    const existing = names.filter((name) => !isShared(name) && this.#at(name) !== undefined)
    for (const name of new Set(existing.map(withSlash))) this.delete(name)
    return { DeletedParameters: existing, InvalidParameters: names.filter((name) => !existing.includes(name)) }
  }

  /** Finds the parameter that a call changes, if the call is allowed. AWS takes no ARN here. */
  #writable(action: string, name: string): StoredParameter {
    this.#check(action, name)
    const parameter = isShared(name) ? undefined : this.#at(name)
    if (parameter === undefined) throw notFound()
    return parameter
  }

  #check(action: string, requested: string): void {
    const { name } = parseName(requested, this.#arnPrefix)
    this.#context.policy.check(`ssm:${action}`, this.#form.namesOf(name))
  }

  #existing(name: string): StoredParameter {
    const parameter = this.#at(name)
    if (parameter === undefined) throw notFound()
    return parameter
  }

  #at(name: string): StoredParameter | undefined {
    return this.#stored.at(name.trim(), this.#context.clock.now())
  }
}

/** Checks the type, tier and data type of the next version. */
function kindOf(
  name: string,
  put: PutParameter,
  current: ParameterVersion | undefined,
): { readonly type: string; readonly tier: string; readonly dataType: string } {
  const type = put.type ?? current?.type ?? 'String'
  checkType(type)
  if (current !== undefined && current.type !== type && name.startsWith('/')) throw typeMismatch()
  const dataType = put.dataType ?? current?.dataType ?? 'text'
  if (current !== undefined) checkDataTypeChange(current.dataType, dataType)
  // AWS shares only advanced parameters.
  const tier = isShared(name) ? 'Advanced' : tierOf(put, current)
  if (current?.tier === 'Advanced' && tier === 'Standard') throw cannotDowngrade()
  return { type, tier, dataType }
}

function tierOf({ tier, value, policies }: PutParameter, current: ParameterVersion | undefined): string {
  if (tier !== 'Intelligent-Tiering') return checkTier(tier ?? current?.tier ?? 'Standard')
  const needsAdvanced = Buffer.byteLength(value) > 4_096 || policies !== undefined || current?.tier === 'Advanced'
  return needsAdvanced ? 'Advanced' : 'Standard'
}

function checkTier(tier: string): string {
  if (tier === 'Standard' || tier === 'Advanced') return tier
  throw new AwsError('ValidationException', 'The tier must be Standard, Advanced or Intelligent-Tiering.')
}

function defined<Value extends object>(value: Value): { [Key in keyof Value]?: Exclude<Value[Key], undefined> } {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof Value]?: Exclude<Value[Key], undefined> }
}
