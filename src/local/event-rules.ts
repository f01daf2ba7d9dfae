import { AwsError, noFifo, validation } from './aws-error.ts'
import { type EventBuses, noRule, pageByName } from './event-buses.ts'
import { type BodyOf, bodyOfTarget } from './event-input.ts'
import { compilePattern, type EventPattern } from './event-pattern.ts'
import { type Input, inputs, optionalText, tagsOf, text, texts } from './input.ts'
import { jsonFault, parsed, quoted } from './json.ts'
import type { Page } from './paging.ts'
import { PatternError, placeOf } from './pattern-place.ts'
import type { CallContext, Operations, ServiceContext } from './service-context.ts'

/** A bus with its rules. */
export interface Bus {
  readonly name: string
  readonly arn: string
  readonly description: string | undefined
  readonly createdAt: number
  readonly tags: Map<string, string>
  readonly rules: Map<string, Rule>
}

/** A rule with its targets. */
export interface Rule {
  readonly name: string
  readonly arn: string
  /** The pattern as the caller wrote it. */
  readonly patternText: string
  readonly pattern: EventPattern
  readonly description: string | undefined
  readonly roleArn: string | undefined
  isEnabled: boolean
  readonly tags: Map<string, string>
  readonly targets: Map<string, Target>
}

export interface Target {
  readonly arn: string
  readonly bodyOf: BodyOf
  /** The target as the caller wrote it. */
  readonly given: Input
}

/** @throws AwsError `InvalidEventPatternException`, in the wording of AWS. */
export function parsePattern(patternText: string): EventPattern {
  const pattern = parsed(patternText)
  try {
    if (pattern === undefined) {
      throw new PatternError(jsonFault(patternText, quoted(patternText)) || 'the pattern is not JSON')
    }
    return compilePattern(pattern)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    const reason = `${error.message}${placeOf(error, patternText)}`
    throw new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`)
  }
}

/** Whether an ARN names a queue or topic. */
export function isTargetArn(arn: string): boolean {
  return /^arn:[\w-]+:(sqs|sns):[\w-]*:\d{12}:[\w-]+$/.test(arn)
}

/** @throws AwsError For a target that is neither a queue nor a topic. */
export function targetOf(given: Input): Target {
  const [id, arn] = [text(given, 'Id'), text(given, 'Arn')]
  if (arn.endsWith('.fifo')) throw noFifo('queues and topics')
  const [, , service = ''] = arn.split(':')
  if (!isTargetArn(arn)) {
    const kind = /^[\w-]+$/.test(service) ? `a target of ${service}` : 'this ARN'
    throw validation(
      `Parameter Arn of target ${id} is not valid. Reason: The local AWS does not deliver events to ${kind}: use an SQS queue or an SNS topic`,
    )
  }
  return { arn, bodyOf: bodyOfTarget(given, id), given }
}

/** A rule in the form of a response. */
export function shapeRule({ name, arn, patternText, isEnabled, description, roleArn }: Rule, bus: Bus): object {
  return {
    Name: name,
    Arn: arn,
    EventPattern: patternText,
    State: isEnabled ? 'ENABLED' : 'DISABLED',
    Description: description,
    RoleArn: roleArn,
    EventBusName: bus.name,
  }
}

/** Makes the rule of a PutRule call. @param known The rule that it replaces. */
export function ruleOf(input: Input, arn: string, tags: Map<string, string>, known: Rule | undefined): Rule {
  const patternText = optionalText(input, 'EventPattern')
  if (patternText === undefined) {
    throw validation('Parameter(s) EventPattern or ScheduleExpression must be specified.')
  }
  return {
    name: text(input, 'Name'),
    arn,
    patternText,
    pattern: parsePattern(patternText),
    description: optionalText(input, 'Description'),
    roleArn: optionalText(input, 'RoleArn'),
    isEnabled: optionalText(input, 'State') !== 'DISABLED',
    // PutRule does not change the tags of an existing rule.
    tags: known?.tags ?? tags,
    targets: known?.targets ?? new Map(),
  }
}

const maxTargets = 5

/** The operations on rules and their targets. */
export class RuleCalls {
  readonly operations: Operations
  readonly #context: ServiceContext
  readonly #buses: EventBuses

  constructor(context: ServiceContext, buses: EventBuses) {
    this.#context = context
    this.#buses = buses
    this.operations = {
      PutRule: (input) => this.#put(input),
      DescribeRule: (input) => this.#describe(input),
      EnableRule: (input) => this.#setState('EnableRule', input, true),
      DisableRule: (input) => this.#setState('DisableRule', input, false),
      DeleteRule: (input) => this.#delete(input),
      ListRules: (input, call) => this.#list(input, call),
      ListRuleNamesByTarget: (input, call) => this.#listNames(input, call),
      PutTargets: (input) => this.#putTargets(input),
      RemoveTargets: (input) => this.#removeTargets(input),
      ListTargetsByRule: (input, call) => this.#listTargets(input, call),
    }
  }

  #put(input: Input): object {
    const bus = this.#buses.at(input, 'PutRule')
    const name = text(input, 'Name')
    const arn = this.#arnOf(bus, name)
    this.#check('PutRule', arn, name)
    const rule = ruleOf(input, arn, new Map(Object.entries(tagsOf(input) ?? {})), bus.rules.get(name))
    bus.rules.set(name, rule)
    return { RuleArn: arn }
  }

  #describe(input: Input): object {
    const { bus, rule } = this.#at('DescribeRule', input, 'Name')
    return { ...shapeRule(rule, bus), CreatedBy: this.#context.caller.accountId }
  }

  #setState(action: string, input: Input, isEnabled: boolean): object {
    this.#at(action, input, 'Name').rule.isEnabled = isEnabled
    return {}
  }

  #delete(input: Input): object {
    const bus = this.#buses.at(input, 'DeleteRule')
    const name = text(input, 'Name')
    this.#check('DeleteRule', this.#arnOf(bus, name), name)
    if ((bus.rules.get(name)?.targets.size ?? 0) > 0) throw validation("Rule can't be deleted since it has targets.")
    bus.rules.delete(name)
    return {}
  }

  #list(input: Input, call: CallContext): object {
    const bus = this.#buses.at(input, 'ListRules')
    this.#check('ListRules', this.#arnOf(bus, '*'), bus.name)
    const prefix = optionalText(input, 'NamePrefix') ?? ''
    const found = [...bus.rules.values()].filter(({ name }) => name.startsWith(prefix))
    return answer('Rules', pageByName(found, input, call), (rule) => shapeRule(rule, bus))
  }

  #listNames(input: Input, call: CallContext): object {
    const bus = this.#buses.at(input, 'ListRuleNamesByTarget')
    this.#check('ListRuleNamesByTarget', this.#arnOf(bus, '*'), bus.name)
    const arn = text(input, 'TargetArn')
    const found = [...bus.rules.values()].filter(({ targets }) => [...targets.values()].some((one) => one.arn === arn))
    return answer('RuleNames', pageByName(found, input, call), ({ name }) => name)
  }

  #putTargets(input: Input): object {
    const { targets } = this.#at('PutTargets', input, 'Rule').rule
    const added = inputs(input, 'Targets').map((given) => [text(given, 'Id'), targetOf(given)] as const)
    const all = new Map([...targets, ...added])
    if (all.size > maxTargets) {
      throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.')
    }
    for (const [id, target] of added) targets.set(id, target)
    return { FailedEntryCount: 0, FailedEntries: [] }
  }

  #removeTargets(input: Input): object {
    const { targets } = this.#at('RemoveTargets', input, 'Rule').rule
    for (const id of texts(input, 'Ids')) targets.delete(id)
    return { FailedEntryCount: 0, FailedEntries: [] }
  }

  #listTargets(input: Input, call: CallContext): object {
    const { rule } = this.#at('ListTargetsByRule', input, 'Rule')
    const found = [...rule.targets].map(([name, { given }]) => ({ name, given }))
    return answer('Targets', pageByName(found, input, call), ({ given }) => given)
  }

  #at(action: string, input: Input, member: 'Name' | 'Rule'): { readonly bus: Bus; readonly rule: Rule } {
    const bus = this.#buses.at(input, action)
    const name = text(input, member)
    this.#check(action, this.#arnOf(bus, name), name)
    const rule = bus.rules.get(name)
    if (rule === undefined) throw noRule(name, bus.name)
    return { bus, rule }
  }

  #check(action: string, arn: string, name: string): void {
    this.#context.policy.check(`events:${action}`, [arn, name])
  }

  #arnOf(bus: Bus, name: string): string {
    return this.#context.arn('events', bus.name === 'default' ? `rule/${name}` : `rule/${bus.name}/${name}`)
  }
}

function answer<Item>(member: string, { items, nextToken }: Page<Item>, shape: (item: Item) => unknown): object {
  return { [member]: items.map(shape), NextToken: nextToken }
}
