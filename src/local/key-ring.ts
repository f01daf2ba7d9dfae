import { randomBytes, randomUUID } from 'node:crypto'
import { AwsError } from './aws-error.ts'
import type { ServiceContext } from './service-context.ts'

export interface Key {
  readonly id: string
  readonly arn: string
  readonly material: Buffer
  readonly materialId: string
  readonly createdAt: number
  /** `AWS` for AWS managed keys. */
  readonly manager: 'AWS' | 'CUSTOMER'
  readonly tags: Map<string, string>
  description: string
  isEnabled: boolean
  /** When KMS deletes the key, in milliseconds since the Unix epoch. */
  deletedAt: number | undefined
}

export interface Alias {
  readonly name: string
  readonly arn: string
  readonly createdAt: number
  keyId: string
  updatedAt: number
}

// The second form is that of multi-Region keys.
const keyIdPattern = /^([\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|mrk-[\da-f]{32})$/

/** Keys and their aliases. */
export class KeyRing {
  readonly aliases: Map<string, Alias> = new Map()
  readonly #context: ServiceContext
  readonly #keys = new Map<string, Key>()

  constructor(context: ServiceContext) {
    this.#context = context
  }

  /** The keys that are not deleted. */
  get keys(): Key[] {
    const now = this.#context.clock.now()
    const deleted = [...this.#keys.values()].filter(({ deletedAt }) => deletedAt !== undefined && deletedAt <= now)
    for (const { id } of deleted) this.#delete(id)
    return [...this.#keys.values()]
  }

  add(manager: Key['manager'], description = ''): Key {
    const id = randomUUID()
    const key: Key = {
      id,
      arn: this.#context.arn('kms', `key/${id}`),
      material: randomBytes(32),
      materialId: randomBytes(32).toString('hex'),
      createdAt: this.#context.clock.now(),
      manager,
      tags: new Map(),
      description,
      isEnabled: true,
      deletedAt: undefined,
    }
    this.#keys.set(id, key)
    return key
  }

  /** Creates an alias, or moves it to another key. */
  name(name: string, key: Key): void {
    const now = this.#context.clock.now()
    const known = this.aliases.get(name)
    const created = { name, arn: this.#context.arn('kms', name), createdAt: now, keyId: key.id, updatedAt: now }
    const alias: Alias = known ?? created
    alias.keyId = key.id
    alias.updatedAt = now
    this.aliases.set(name, alias)
  }

  /** @param name The id or an alias of a key, or the ARN of either. @throws AwsError If the key does not exist. */
  find(name: string): Key {
    const key = this.lookUp(name)
    if (key !== undefined) return key
    const [, , , region] = name.split(':')
    if (region !== undefined && region !== this.#context.arn('kms', '').split(':')[3]) throw badArn(region)
    if (isAlias(name)) throw noAlias(this.#context.arn('kms', resourceOf(name)))
    if (!keyIdPattern.test(idOf(name))) throw badKeyId(idOf(name))
    throw noKey(name.startsWith('arn:') ? name : this.#context.arn('kms', `key/${name}`))
  }

  lookUp(name: string): Key | undefined {
    if (name.startsWith('arn:') && !name.startsWith(this.#context.arn('kms', ''))) return undefined
    const id = isAlias(name) ? this.aliases.get(resourceOf(name))?.keyId : idOf(name)
    return this.keys.find((key) => key.id === id)
  }

  /** All names that a denial can use for the key. The ARN is the first. */
  namesOf({ arn, id }: Key): string[] {
    const names = [...this.aliases.values()].filter(({ keyId }) => keyId === id).map(({ name }) => name)
    return [arn, id, ...names]
  }

  /** Finds the key that a call names, if the call is allowed. */
  at(action: string, name: string, context: Readonly<Record<string, string>> = {}): Key {
    const key = this.find(name)
    this.#context.policy.check(`kms:${action}`, this.namesOf(key), conditionsOf(context))
    return key
  }

  /** Finds a key for an operation that takes no alias. */
  findKey(name: string): Key {
    if (isAlias(name)) throw noAliasHere()
    return this.find(name)
  }

  /** Finds the key that a call changes, if the call is allowed. No call can change an AWS managed key. */
  toChange(action: string, name: string): Key {
    const key = this.at(action, this.findKey(name).id)
    if (key.manager === 'AWS') throw managedKey(this.#context.caller.arn, `kms:${action}`, key.arn)
    return key
  }

  #delete(id: string): void {
    this.#keys.delete(id)
    for (const { name, keyId } of this.aliases.values()) if (keyId === id) this.aliases.delete(name)
  }
}

/** The condition keys of an encryption context. */
export function conditionsOf(context: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]))
}

/** @throws AwsError For a key that is disabled or pending deletion. */
export function assertUsable({ arn, isEnabled, deletedAt }: Key): void {
  if (deletedAt !== undefined) throw wrongState(arn, 'pending deletion')
  if (!isEnabled) throw new AwsError('DisabledException', `${arn} is disabled.`)
}

/** The resource of an ARN; a name that is not an ARN as it is. */
function resourceOf(name: string): string {
  return name.startsWith('arn:') ? name.split(':').slice(5).join(':') : name
}

function isAlias(name: string): boolean {
  return resourceOf(name).startsWith('alias/')
}

function idOf(name: string): string {
  return name.startsWith('arn:') ? resourceOf(name).replace(/^key\//, '') : name
}

export function noKey(name: string): AwsError {
  return new AwsError('NotFoundException', `Key '${name}' does not exist`)
}

export function badKeyId(name: string): AwsError {
  return new AwsError('NotFoundException', `Invalid keyId '${name}'`)
}

/** The error for the ARN of a key in another region. */
export function badArn(region: string): AwsError {
  return new AwsError('NotFoundException', `Invalid arn ${region}`)
}

export function noAlias(arn: string): AwsError {
  return new AwsError('NotFoundException', `Alias ${arn} is not found.`)
}

/** The error for an alias where the operation takes only a key. */
export function noAliasHere(): AwsError {
  return new AwsError('InvalidArnException', 'Key Aliases are not supported for this operation.')
}

/** The error for a change that the policy of an AWS managed key does not allow. */
export function managedKey(user: string, action: string, arn: string): AwsError {
  const reason = `because no resource-based policy allows the ${action} action`
  const message = `User: ${user} is not authorized to perform: ${action} on resource: ${arn} ${reason}`
  return new AwsError('AccessDeniedException', message)
}

export function wrongState(arn: string, state: string): AwsError {
  return new AwsError('KMSInvalidStateException', `${arn} is ${state}.`)
}

export function wrongKey(): AwsError {
  const message = 'The key ID in the request does not identify a CMK that can perform this operation.'
  return new AwsError('IncorrectKeyException', message)
}

/** The answer to a call with DryRun that would succeed. */
export function dryRun(): AwsError {
  const message = 'The request would have succeeded, but the DryRun option is set.'
  return new AwsError('DryRunOperationException', message)
}
