import { randomUUID } from 'node:crypto'
import { AwsError } from './aws-error.ts'
import { DeliveryFaults, type EventFaults } from './event-faults.ts'
import { matchesPattern } from './event-pattern.ts'
import { type Input, isInput, optionalText, text, texts } from './input.ts'
import type { AwsEvent, Operations, World } from './world.ts'

/** The default event bus, for tests that route and put events. No fault of calls, denial or count applies. */
export interface Events {
  /** Has every event that matches sent to a queue or topic. */
  route(pattern: object, targetArn: string): void
  /** Puts an event on the bus, as if a service of AWS had. */
  put(event: AwsEvent): void
  /** What goes wrong on the way from the bus to its targets. */
  readonly faults: EventFaults
}

interface Rule {
  readonly name: string
  readonly pattern: object
  readonly targets: Map<string, Target>
}

interface Target {
  readonly id: string
  readonly arn: string
  readonly inputPath: string | undefined
}

/** Events as EventBridge sends them. */
type Envelope = Readonly<Record<string, unknown>>

export class EventBus implements Events {
  readonly faults: DeliveryFaults
  readonly operations: Operations
  readonly #world: World
  readonly #deliver: (arn: string, body: string) => void
  readonly #rules = new Map<string, Rule>()

  constructor(world: World, signal: AbortSignal, deliver: (arn: string, body: string) => void) {
    this.#world = world
    this.#deliver = deliver
    this.faults = new DeliveryFaults(world.clock, signal)
    this.operations = {
      PutRule: (input) => this.#putRule(input),
      DeleteRule: (input) => this.#deleteRule(input),
      ListRules: () => ({ Rules: [...this.#rules.values()].map((rule) => this.#shape(rule)) }),
      PutTargets: (input) => this.#putTargets(input),
      RemoveTargets: (input) => this.#removeTargets(input),
      ListTargetsByRule: (input) => ({ Targets: [...this.#rule(input, 'Rule').targets.values()].map(shapeTarget) }),
      PutEvents: (input) => this.#putEvents(input),
    }
  }

  route(pattern: object, targetArn: string): void {
    const target: Target = { id: 'target', arn: targetArn, inputPath: undefined }
    const name = `route-${this.#rules.size + 1}`
    this.#rules.set(name, { name, pattern, targets: new Map([[target.id, target]]) })
  }

  put({ source, detailType, resources, detail }: AwsEvent): void {
    const { clock, arn } = this.#world
    const [, , , region = '', account = ''] = arn('events', '').split(':')
    const envelope: Envelope = {
      version: '0',
      id: randomUUID(),
      'detail-type': detailType,
      source,
      account,
      // Whole seconds, as AWS has it.
      time: new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      region,
      resources,
      detail,
    }
    for (const { pattern, targets } of this.#rules.values()) {
      if (matchesPattern(pattern, envelope)) for (const target of targets.values()) this.#send(target, envelope)
    }
  }

  #send({ arn, inputPath }: Target, envelope: Envelope): void {
    const body = JSON.stringify(inputPath === '$.detail' ? envelope.detail : envelope)
    this.faults.pass(() => this.#deliver(arn, body))
  }

  #putRule(input: Input): object {
    const name = text(input, 'Name')
    this.#world.policy.check('events:PutRule', [this.#world.arn('events', `rule/${name}`), name])
    const known = this.#rules.get(name)
    this.#rules.set(name, { name, pattern: patternIn(input), targets: known?.targets ?? new Map() })
    return { RuleArn: this.#world.arn('events', `rule/${name}`) }
  }

  #deleteRule(input: Input): object {
    this.#rules.delete(text(input, 'Name'))
    return {}
  }

  #putTargets(input: Input): object {
    const { targets } = this.#rule(input, 'Rule')
    for (const entry of entriesOf(input, 'Targets')) {
      const id = text(entry, 'Id')
      targets.set(id, { id, arn: text(entry, 'Arn'), inputPath: optionalText(entry, 'InputPath') })
    }
    return { FailedEntryCount: 0, FailedEntries: [] }
  }

  #removeTargets(input: Input): object {
    const { targets } = this.#rule(input, 'Rule')
    for (const id of texts(input, 'Ids')) targets.delete(id)
    return { FailedEntryCount: 0, FailedEntries: [] }
  }

  #putEvents(input: Input): object {
    const entries = entriesOf(input, 'Entries').map((entry) => {
      const source = text(entry, 'Source')
      // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
      if (source.startsWith('aws.')) {
        return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' }
      }
      const detail = parseDetail(optionalText(entry, 'Detail') ?? '{}')
      if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }
      const resources = texts(entry, 'Resources')
      this.put({ source, detailType: text(entry, 'DetailType'), resources, detail })
      return { EventId: randomUUID() }
    })
    return { FailedEntryCount: entries.filter((entry) => 'ErrorCode' in entry).length, Entries: entries }
  }

  #rule(input: Input, member: string): Rule {
    const name = text(input, member)
    const rule = this.#rules.get(name)
    if (rule === undefined) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist.`)
    return rule
  }

  #shape({ name, pattern }: Rule): object {
    const Arn = this.#world.arn('events', `rule/${name}`)
    return { Name: name, Arn, EventPattern: JSON.stringify(pattern), State: 'ENABLED' }
  }
}

function patternIn(input: Input): object {
  try {
    const pattern: unknown = JSON.parse(text(input, 'EventPattern'))
    if (isInput(pattern)) return pattern
  } catch {
    // Said below.
  }
  throw new AwsError('InvalidEventPatternException', 'Event pattern is not valid. Reason: it is not a JSON object')
}

function parseDetail(text: string): object | undefined {
  try {
    const detail: unknown = JSON.parse(text)
    return isInput(detail) ? detail : undefined
  } catch {
    return undefined
  }
}

function shapeTarget({ id, arn, inputPath }: Target): object {
  return { Id: id, Arn: arn, ...(inputPath !== undefined && { InputPath: inputPath }) }
}

function entriesOf(input: Input, member: string): Input[] {
  const entries = input[member]
  if (Array.isArray(entries) && entries.every(isInput)) return entries
  throw new AwsError('ValidationException', `${member} must be a list`)
}
