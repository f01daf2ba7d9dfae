import { AwsError, validation } from './aws-error.ts'
import type { Bus, Rule } from './event-rules.ts'
import { type Input, optionalText, seconds, tagList, tagsOf, text, texts } from './input.ts'
import { type Page, pageOf } from './paging.ts'
import type { CallContext, Operations, ServiceContext } from './service-context.ts'

/** The operations on event buses, and on the tags of buses and rules. */
export class EventBuses {
  readonly operations: Operations
  readonly default: Bus
  readonly #context: ServiceContext
  readonly #buses = new Map<string, Bus>()

  constructor(context: ServiceContext) {
    this.#context = context
    this.default = this.#add('default', undefined)
    this.operations = {
      CreateEventBus: (input) => this.#create(input),
      DescribeEventBus: (input) => shape(this.at(input, 'DescribeEventBus', 'Name')),
      ListEventBuses: (input, call) => this.#list(input, call),
      DeleteEventBus: (input) => this.#delete(input),
      TagResource: (input) => this.#tag(input),
      UntagResource: (input) => this.#untag(input),
      ListTagsForResource: (input) => ({ Tags: tagList(this.#tagged('ListTagsForResource', input).tags) }),
    }
  }

  /** Finds the bus that a call names; the default bus if it names none. */
  at(input: Input, action: string, member = 'EventBusName'): Bus {
    const name = nameOf(optionalText(input, member) ?? 'default')
    const bus = this.#buses.get(name)
    if (bus === undefined) throw noBus(name)
    if (member === 'Name' || action === 'PutEvents') this.#check(action, bus)
    return bus
  }

  find(nameOrArn: string): Bus | undefined {
    return this.#buses.get(nameOf(nameOrArn))
  }

  #check(action: string, { arn, name }: Bus | Rule): void {
    this.#context.policy.check(`events:${action}`, [arn, name])
  }

  #add(name: string, description: string | undefined): Bus {
    const arn = this.#context.arn('events', `event-bus/${name}`)
    const createdAt = this.#context.clock.now()
    const bus: Bus = { name, arn, description, createdAt, tags: new Map(), rules: new Map() }
    this.#buses.set(name, bus)
    return bus
  }

  #create(input: Input): object {
    const name = text(input, 'Name')
    const description = optionalText(input, 'Description')
    this.#context.policy.check('events:CreateEventBus', [this.#context.arn('events', `event-bus/${name}`), name])
    if (this.#buses.has(name)) {
      throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`)
    }
    if (name.includes('/')) throw validation("Event bus name must not contain '/'.")
    const bus = this.#add(name, description)
    for (const [key, value] of Object.entries(tagsOf(input) ?? {})) bus.tags.set(key, value)
    return { EventBusArn: bus.arn, Description: description }
  }

  #list(input: Input, call: CallContext): object {
    this.#context.policy.check('events:ListEventBuses', [this.#context.arn('events', 'event-bus/*')])
    const prefix = optionalText(input, 'NamePrefix') ?? ''
    const found = [...this.#buses.values()].filter(({ name }) => name.startsWith(prefix))
    const { items, nextToken } = pageByName(found, input, call)
    return { EventBuses: items.map(shape), NextToken: nextToken }
  }

  #delete(input: Input): object {
    const name = nameOf(text(input, 'Name'))
    const bus = this.#buses.get(name)
    if (bus !== undefined) this.#check('DeleteEventBus', bus)
    if (bus === this.default) throw validation('Cannot delete event bus default.')
    if (bus !== undefined && bus.rules.size > 0)
      throw validation(`Event bus ${name} can't be deleted since it has rules.`)
    this.#buses.delete(name)
    return {}
  }

  #tag(input: Input): object {
    const { tags } = this.#tagged('TagResource', input)
    for (const [key, value] of Object.entries(tagsOf(input) ?? {})) tags.set(key, value)
    return {}
  }

  #untag(input: Input): object {
    const { tags } = this.#tagged('UntagResource', input)
    for (const key of texts(input, 'TagKeys')) tags.delete(key)
    return {}
  }

  /** Finds the bus or rule of an ARN, if the call is allowed. */
  #tagged(action: string, input: Input): Bus | Rule {
    const arn = text(input, 'ResourceARN')
    const resources = [...this.#buses.values()].flatMap((bus) => [bus, ...bus.rules.values()])
    const found = resources.find((resource) => resource.arn === arn)
    if (found !== undefined) {
      this.#check(action, found)
      return found
    }
    const [, busName, ruleName] = /:(?:event-bus|rule)\/(?:([^/]+)\/)?([^/]+)$/.exec(arn) ?? []
    if (arn.includes(':rule/')) throw noRule(ruleName ?? arn, busName ?? 'default')
    throw noBus(ruleName ?? arn)
  }
}

export function noRule(name: string, busName: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${busName}.`)
}

/** Makes a page of a list in the order of names. */
export function pageByName<Item extends { readonly name: string }>(
  found: readonly Item[],
  input: Input,
  call: CallContext,
): Page<Item> {
  const sorted = found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return pageOf(sorted, input, call, { keyOf: ({ name }) => name, size: 100, members: ['Limit', 'NextToken'] })
}

function noBus(name: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`)
}

/** The name of a bus that a call names by its name or ARN. */
function nameOf(nameOrArn: string): string {
  return nameOrArn.replace(/^arn:.*:event-bus\//, '')
}

function shape({ name, arn, description, createdAt }: Bus): object {
  return {
    Name: name,
    Arn: arn,
    Description: description,
    CreationTime: seconds(createdAt),
    LastModifiedTime: seconds(createdAt),
  }
}
