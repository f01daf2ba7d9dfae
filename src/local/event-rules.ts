import { AwsError, noFifo, validation } from './aws-error.ts'
import { type BodyOf, bodyOfTarget } from './event-input.ts'
import { compilePattern, type EventPattern } from './event-pattern.ts'
import { type Input, optionalText, text } from './input.ts'
import { jsonFault, parsed, quoted } from './json.ts'
import { PatternError, placeOf } from './pattern-place.ts'

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
