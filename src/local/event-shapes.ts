import { type Input, lowerFirst } from './input.ts'
import {
  choice,
  list,
  numberMember,
  record,
  required,
  type Shape,
  textList,
  textMapMember,
  textMember,
  timeMember,
} from './shape.ts'

// The service model of AWS: https://github.com/boto/botocore/blob/develop/botocore/data/events/2015-10-07

// Error texts contain these patterns, so they are written as AWS writes them.
// biome-ignore lint/complexity/noUselessEscapeInRegex: the escapes are in the texts of errors.
const namePattern = /[\.\-_A-Za-z0-9]+/
// biome-ignore lint/complexity/noUselessEscapeInRegex: as above.
const busNamePattern = /[/\.\-_A-Za-z0-9]+/
const name = textMember({ min: 1, max: 64, pattern: namePattern })
const busName = textMember({ min: 1, max: 1_600 })
const tags = list({ Key: required(textMember({ min: 1, max: 128 })), Value: required(textMember({ max: 256 })) })
const arn = textMember({ min: 1, max: 1_600 })
const text = textMember()
const page: Shape = { NextToken: textMember({ min: 1, max: 2_048 }), Limit: numberMember({ min: 1, max: 100 }) }
const rule: Shape = { Name: required(name), EventBusName: busName }
const targetId = textMember({ min: 1, max: 64, pattern: namePattern })
const target: Shape = {
  Id: required(targetId),
  Arn: required(arn),
  RoleArn: arn,
  Input: textMember({ max: 8_192 }),
  InputPath: textMember({ max: 256 }),
  InputTransformer: record({
    InputPathsMap: textMapMember({ max: 100 }),
    InputTemplate: required(textMember({ min: 1, max: 8_192 })),
  }),
}

const entry: Shape = {
  Time: timeMember,
  Source: text,
  Resources: textList({ max: 2_048 }),
  DetailType: text,
  Detail: text,
  EventBusName: busName,
}

/** The request members of each EventBridge operation. */
export const eventShapes: Readonly<Record<string, Shape>> = {
  CreateEventBus: {
    Name: required(textMember({ min: 1, max: 256, pattern: busNamePattern })),
    Description: textMember({ max: 512 }),
    Tags: tags,
  },
  DescribeEventBus: { Name: busName },
  ListEventBuses: { NamePrefix: textMember({ min: 1, max: 256 }), ...page },
  DeleteEventBus: { Name: required(busName) },
  PutRule: {
    ...rule,
    EventPattern: textMember({ max: 4_096 }),
    State: choice('ENABLED', 'DISABLED'),
    Description: textMember({ max: 512 }),
    RoleArn: arn,
    Tags: tags,
  },
  DescribeRule: rule,
  EnableRule: rule,
  DisableRule: rule,
  DeleteRule: rule,
  ListRules: { NamePrefix: name, EventBusName: busName, ...page },
  ListRuleNamesByTarget: { TargetArn: required(arn), EventBusName: busName, ...page },
  PutTargets: { Rule: required(name), EventBusName: busName, Targets: required(list(target, { min: 1, max: 100 })) },
  RemoveTargets: {
    Rule: required(name),
    EventBusName: busName,
    Ids: required(textList({ min: 1, max: 64, pattern: namePattern }, { min: 1, max: 100 })),
  },
  ListTargetsByRule: { Rule: required(name), EventBusName: busName, ...page },
  PutEvents: { Entries: required(list(entry, { min: 1, max: 10 }, entryText)) },
  TestEventPattern: { EventPattern: required(text), Event: required(text) },
  TagResource: { ResourceARN: required(arn), Tags: required(tags) },
  UntagResource: { ResourceARN: required(arn), TagKeys: required(textList({ min: 1, max: 128 })) },
  ListTagsForResource: { ResourceARN: required(arn) },
}

/** An entry as AWS writes it in an error. */
function entryText(given: Input): string {
  const members = [...Object.keys(entry), 'TraceHeader', 'KmsKeyIdentifier', 'InternalMetadata'].map((name) => {
    const value = given[name] ?? null
    return `${lowerFirst(name)}=${Array.isArray(value) ? `[${value.join(', ')}]` : value}`
  })
  return `PutEventsRequestEntry(${members.join(', ')})`
}
