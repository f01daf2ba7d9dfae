import { randomUUID } from 'node:crypto'
import { validation } from './aws-error.ts'
import { type Check, checkArguments, isObject, isString, isStringArray } from './check-arguments.ts'
import { EventBuses } from './event-buses.ts'
import { compilePattern } from './event-pattern.ts'
import { type Bus, isTargetArn, parsePattern, type Rule, RuleCalls } from './event-rules.ts'
import { DeliveryFaults, type EventFaults } from './faults.ts'
import { type Input, inputs, optionalNumber, optionalText, text, texts } from './input.ts'
import { parsedObject } from './json.ts'
import { PatternError } from './pattern-place.ts'
import type { QueueService } from './queues.ts'
import type { AwsEvent, Operations, ServiceContext } from './service-context.ts'
import type { TopicService } from './topics.ts'

/**
 * The default event bus of EventBridge. Faults of calls, denials and counts do not apply to these methods.
 *
 * @experimental
 */
export interface Events {
  /**
   * Sends every matching event to a queue or topic.
   * @throws TypeError For a pattern that AWS would refuse, and for a target that is neither a queue nor a topic.
   */
  route(pattern: object, targetArn: string): void
  /** Puts an event on the bus, as an AWS service does. @throws TypeError For an invalid event. */
  put(event: AwsEvent): void
  /** Failures in the delivery from the bus to its targets. */
  readonly faults: EventFaults
}

/** An event in the form in which EventBridge sends it. */
type Envelope = Readonly<Record<string, unknown>>

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
const maxEntryBytes = 1_048_576
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
const mandatory = ['id', 'account', 'source', 'time', 'region', 'detail-type']

const isTarget: Check = [(value) => typeof value === 'string' && isTargetArn(value), 'the ARN of a queue or topic']
const eventChecks = {
  source: isString,
  detailType: isString,
  resources: isStringArray,
  detail: [isObject, 'an object'] as const,
}

export class EventBus implements Events {
  readonly faults: DeliveryFaults
  readonly operations: Operations
  readonly #context: ServiceContext
  readonly #queues: QueueService
  readonly #topics: TopicService
  readonly #buses: EventBuses

  constructor(context: ServiceContext, queues: QueueService, topics: TopicService) {
    this.#context = context
    this.#queues = queues
    this.#topics = topics
    this.#buses = new EventBuses(context)
    this.faults = new DeliveryFaults(context)
    this.operations = {
      ...this.#buses.operations,
      ...new RuleCalls(context, this.#buses).operations,
      PutEvents: (input) => this.#putEvents(input),
      TestEventPattern: (input) => this.#testPattern(input),
    }
  }

  route(pattern: object, targetArn: string): void {
    checkArguments('events.route()', { targetArn }, { targetArn: isTarget })
    const { rules } = this.#buses.default
    const name = `route-${rules.size + 1}`
    const bodyOf = ({ envelope }: { readonly envelope: Envelope }) => JSON.stringify(envelope)
    rules.set(name, {
      name,
      arn: this.#context.arn('events', `rule/${name}`),
      patternText: JSON.stringify(pattern),
      pattern: compiledFor('events.route()', pattern),
      description: undefined,
      roleArn: undefined,
      isEnabled: true,
      tags: new Map(),
      targets: new Map([['target', { arn: targetArn, bodyOf, given: { Id: 'target', Arn: targetArn } }]]),
    })
  }

  put(event: AwsEvent): void {
    checkArguments('events.put()', event, eventChecks)
    this.#publish(this.#buses.default, event)
  }

  #publish(bus: Bus, { source, detailType, resources, detail }: AwsEvent, at?: number): string {
    const { clock, arn } = this.#context
    const [, , , region = '', account = ''] = arn('events', '').split(':')
    const id = randomUUID()
    const envelope: Envelope = {
      version: '0',
      id,
      'detail-type': detailType,
      source,
      account,
      // AWS sends whole seconds.
      time: new Date(at ?? clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      region,
      resources,
      detail,
    }
    for (const rule of bus.rules.values())
      if (rule.isEnabled && rule.pattern.matches(envelope)) this.#send(rule, envelope)
    return id
  }

  #send({ arn: ruleArn, name: ruleName, targets }: Rule, envelope: Envelope): void {
    const ingestedAt = this.#context.clock.now()
    for (const { arn, bodyOf } of targets.values()) {
      const body = bodyOf({ envelope, ruleArn, ruleName, ingestedAt })
      if (body !== undefined)
        this.faults.pass(() => (arn.includes(':sns:') ? this.#topics : this.#queues).deliver(arn, body))
    }
  }

  #putEvents(input: Input): object {
    const given = inputs(input, 'Entries')
    if (given.some((entry) => bytesOf(entry) > maxEntryBytes)) {
      throw validation('Total size of the entries in the request is over the limit.')
    }
    for (const name of new Set(given.map((entry) => optionalText(entry, 'EventBusName') ?? 'default'))) {
      if (this.#buses.find(name) !== undefined) this.#buses.at({ EventBusName: name }, 'PutEvents')
    }
    const entries = given.map((entry) => this.#putEvent(entry))
    return { FailedEntryCount: entries.filter((entry) => 'ErrorCode' in entry).length, Entries: entries }
  }

  #putEvent(entry: Input): object {
    const missing = ['Source', 'DetailType', 'Detail'].find((member) => (optionalText(entry, member) ?? '') === '')
    if (missing !== undefined) {
      return refused('InvalidArgument', `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`)
    }
    const source = text(entry, 'Source')
    // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    if (source.startsWith('aws.')) return refused('NotAuthorizedForSourceException', 'Not authorized for the source.')
    const detail = parsedObject(text(entry, 'Detail'))
    if (detail === undefined) return refused('MalformedDetail', 'Detail is malformed.')
    const bus = this.#buses.find(optionalText(entry, 'EventBusName') ?? 'default')
    // AWS drops an event for a bus that does not exist.
    if (bus === undefined) return { EventId: randomUUID() }
    const time = optionalNumber(entry, 'Time')
    const event = { source, detailType: text(entry, 'DetailType'), resources: texts(entry, 'Resources'), detail }
    return { EventId: this.#publish(bus, event, time === undefined ? undefined : time * 1_000) }
  }

  #testPattern(input: Input): object {
    this.#context.policy.check('events:TestEventPattern', [this.#context.arn('events', '*')])
    const pattern = parsePattern(text(input, 'EventPattern'))
    const event = parsedObject(text(input, 'Event'))
    if (event === undefined || !mandatory.every((member) => Object.hasOwn(event, member))) {
      throw validation('Parameter Event is not valid.')
    }
    return { Result: pattern.matches(event) }
  }
}

function compiledFor(caller: string, pattern: object): Rule['pattern'] {
  try {
    return compilePattern(pattern)
  } catch (error) {
    if (error instanceof PatternError) throw new TypeError(`${caller}: the pattern is not valid: ${error.message}`)
    throw error
  }
}

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
function bytesOf(entry: Input): number {
  const words = ['Source', 'DetailType', 'Detail'].map((member) => optionalText(entry, member) ?? '')
  const size = [...words, ...texts(entry, 'Resources')].reduce((sum, word) => sum + Buffer.byteLength(word), 0)
  return size + (optionalNumber(entry, 'Time') === undefined ? 0 : 14)
}

function refused(code: string, message: string): object {
  return { ErrorCode: code, ErrorMessage: message }
}
