import { AwsError, validation } from './aws-error.ts'
import { type Input, inputs, optionalNumber, optionalText, seconds, text, texts } from './input.ts'
import { assertUsable, type Key, type KeyRing, wrongState } from './key-ring.ts'
import { type Page, pageOf } from './paging.ts'
import type { CallContext, Operations, ServiceContext } from './service-context.ts'

const maxTags = 50
const dayMs = 86_400_000

/** The operations on keys and aliases, apart from encryption. */
export class KeyCalls {
  readonly operations: Operations
  readonly #context: ServiceContext
  readonly #ring: KeyRing

  constructor(context: ServiceContext, ring: KeyRing) {
    this.#context = context
    this.#ring = ring
    this.operations = {
      CreateKey: (input) => this.#create(input),
      DescribeKey: (input) => ({ KeyMetadata: this.#metadata(ring.at('DescribeKey', text(input, 'KeyId'))) }),
      ListKeys: (input, call) => this.#list(input, call),
      UpdateKeyDescription: (input) => this.#describe(input),
      EnableKey: (input) => this.#setEnabled('EnableKey', input, true),
      DisableKey: (input) => this.#setEnabled('DisableKey', input, false),
      ScheduleKeyDeletion: (input) => this.#scheduleDeletion(input),
      CancelKeyDeletion: (input) => this.#cancelDeletion(input),
      CreateAlias: (input) => this.#createAlias(input),
      UpdateAlias: (input) => this.#updateAlias(input),
      DeleteAlias: (input) => this.#deleteAlias(input),
      ListAliases: (input, call) => this.#listAliases(input, call),
      TagResource: (input) => this.#tag(input),
      UntagResource: (input) => this.#untag(input),
      ListResourceTags: (input, call) => this.#listTags(input, call),
    }
  }

  #create(input: Input): object {
    this.#context.policy.check('kms:CreateKey', [this.#context.arn('kms', '*')])
    const tags = tagsIn(input, new Map())
    const key = this.#ring.add('CUSTOMER', optionalText(input, 'Description'))
    for (const [name, value] of tags) key.tags.set(name, value)
    return { KeyMetadata: this.#metadata(key) }
  }

  #metadata({ id, arn, materialId, createdAt, description, isEnabled, manager, deletedAt }: Key): object {
    const isPending = deletedAt !== undefined
    return {
      AWSAccountId: this.#context.caller.accountId,
      KeyId: id,
      Arn: arn,
      CreationDate: seconds(createdAt),
      CurrentKeyMaterialId: materialId,
      Description: description,
      Enabled: isEnabled && !isPending,
      KeyState: isPending ? 'PendingDeletion' : isEnabled ? 'Enabled' : 'Disabled',
      ...(isPending && { DeletionDate: seconds(deletedAt) }),
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      KeyManager: manager,
      Origin: 'AWS_KMS',
      MultiRegion: false,
    }
  }

  #list(input: Input, call: CallContext): object {
    this.#context.policy.check('kms:ListKeys', [this.#context.arn('kms', '*')])
    const page = pageBy(this.#ring.keys, ({ id }) => id, input, call)
    return answer('Keys', page, ({ id, arn }) => ({ KeyId: id, KeyArn: arn }))
  }

  #describe(input: Input): object {
    const key = this.#changeable('UpdateKeyDescription', text(input, 'KeyId'))
    key.description = text(input, 'Description')
    return {}
  }

  #setEnabled(action: string, input: Input, isEnabled: boolean): object {
    const key = this.#changeable(action, text(input, 'KeyId'))
    key.isEnabled = isEnabled
    return {}
  }

  #scheduleDeletion(input: Input): object {
    const key = this.#ring.toChange('ScheduleKeyDeletion', text(input, 'KeyId'))
    const days = optionalNumber(input, 'PendingWindowInDays') ?? 30
    if (days < 7 || days > 30) throw validation('PendingWindowInDays must be between 7 and 30 (inclusive)')
    if (key.deletedAt !== undefined) assertUsable(key)
    key.deletedAt = this.#context.clock.now() + days * dayMs
    const state = { KeyState: 'PendingDeletion', PendingWindowInDays: days }
    return { KeyId: key.arn, DeletionDate: seconds(key.deletedAt), ...state }
  }

  #cancelDeletion(input: Input): object {
    const key = this.#ring.toChange('CancelKeyDeletion', text(input, 'KeyId'))
    if (key.deletedAt === undefined) throw wrongState(key.arn, 'not pending deletion')
    key.deletedAt = undefined
    key.isEnabled = false
    return { KeyId: key.arn }
  }

  #createAlias(input: Input): object {
    const name = text(input, 'AliasName')
    const key = this.#target('CreateAlias', name, input)
    if (this.#ring.aliases.has(name)) {
      const message = `An alias with the name ${this.#context.arn('kms', name)} already exists`
      throw new AwsError('AlreadyExistsException', message)
    }
    this.#ring.name(name, key)
    return {}
  }

  #updateAlias(input: Input): object {
    const name = text(input, 'AliasName')
    const key = this.#target('UpdateAlias', name, input)
    this.#ring.find(name)
    this.#ring.name(name, key)
    return {}
  }

  #deleteAlias(input: Input): object {
    const name = text(input, 'AliasName')
    this.#checkAlias('DeleteAlias', name)
    this.#ring.find(name)
    this.#ring.aliases.delete(name)
    return {}
  }

  /** Finds the target key of an alias, if the call is allowed. */
  #target(action: string, name: string, input: Input): Key {
    const id = text(input, 'TargetKeyId')
    this.#checkAlias(action, name)
    if (id.includes('alias/')) throw validation('Aliases must refer to keys. Not aliases')
    return this.#changeable(action, id)
  }

  /** Finds the key that a call changes. A key that is pending deletion cannot be changed. */
  #changeable(action: string, id: string): Key {
    const key = this.#ring.toChange(action, id)
    if (key.deletedAt !== undefined) assertUsable(key)
    return key
  }

  #checkAlias(action: string, name: string): void {
    this.#context.policy.check(`kms:${action}`, [this.#context.arn('kms', name), name])
    if (!name.startsWith('alias/')) {
      throw validation(
        'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
      )
    }
    if (name.startsWith('alias/aws/')) throw new AwsError('NotAuthorizedException', '')
  }

  #listAliases(input: Input, call: CallContext): object {
    const name = optionalText(input, 'KeyId')
    this.#context.policy.check('kms:ListAliases', [this.#context.arn('kms', '*')])
    const id = name === undefined ? undefined : this.#ring.findKey(name).id
    const found = [...this.#ring.aliases.values()].filter(({ keyId }) => id === undefined || keyId === id)
    const page = pageBy(found, (alias) => alias.name, input, call)
    return answer('Aliases', page, (alias) => ({
      AliasName: alias.name,
      AliasArn: alias.arn,
      TargetKeyId: alias.keyId,
      CreationDate: seconds(alias.createdAt),
      LastUpdatedDate: seconds(alias.updatedAt),
    }))
  }

  #tag(input: Input): object {
    const key = this.#changeable('TagResource', text(input, 'KeyId'))
    for (const [name, value] of tagsIn(input, key.tags)) key.tags.set(name, value)
    return {}
  }

  #untag(input: Input): object {
    const key = this.#changeable('UntagResource', text(input, 'KeyId'))
    for (const name of texts(input, 'TagKeys')) key.tags.delete(name)
    return {}
  }

  #listTags(input: Input, call: CallContext): object {
    const { tags } = this.#ring.at('ListResourceTags', this.#ring.findKey(text(input, 'KeyId')).id)
    const page = pageBy([...tags], ([name]) => name, input, call)
    return answer('Tags', page, ([TagKey, TagValue]) => ({ TagKey, TagValue }))
  }
}

function tagsIn(input: Input, kept: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const given = inputs(input, 'Tags').map((tag) => [text(tag, 'TagKey'), text(tag, 'TagValue')] as const)
  const tags = new Map(given)
  if (tags.size < given.length) throw new AwsError('TagException', 'Duplicate tag keys')
  if (given.some(([name]) => /^aws:/i.test(name))) {
    throw new AwsError('TagException', 'Tags beginning with aws: are reserved')
  }
  if (new Set([...kept.keys(), ...tags.keys()]).size > maxTags) throw new AwsError('TagException', 'Too many tags')
  return tags
}

function pageBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  input: Input,
  call: CallContext,
): Page<Item> {
  const sorted = items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  return pageOf(sorted, input, call, {
    keyOf,
    size: 100,
    members: ['Limit', 'Marker'],
    badToken: 'InvalidMarkerException',
  })
}

function answer<Item>(member: string, { items, nextToken }: Page<Item>, shape: (item: Item) => object): object {
  const isTruncated = nextToken !== undefined
  return { [member]: items.map(shape), Truncated: isTruncated, ...(isTruncated && { NextMarker: nextToken }) }
}
