import type { NotificationSource } from '../../ports.ts'
import { parseArn } from '../../tools/names.ts'
import { policyType, type Resource, referTo, type Stack } from './stack.ts'
import { allow, documentOf, ownArn, owningQueues, queueArnOf, type Statement } from './statements.ts'

/** The ways on which AWS can notify a service. */
export const routes = ['queue', 'topic', 'webhook', 'api-destination', 'lambda'] as const

export type NotificationRoute = (typeof routes)[number]

/** What a stack of notifications is made from. */
export interface NotificationParts {
  readonly route: NotificationRoute
  readonly pattern: object
  /** The statements of the service, without those of this route. */
  readonly statements: readonly Statement[]
  /** The source of the definition for this route. */
  readonly listener: NotificationSource | undefined
  /** A name for what AWS gives no name. */
  readonly name: string
  /** The URL of the service. */
  readonly url: string
  /** The ARN of the function. */
  readonly functionArn: string
}

interface Target {
  readonly resources: Stack['resources']
  readonly target: Readonly<Record<string, unknown>>
  readonly statements: readonly Statement[]
  readonly outputs: Stack['outputs']
  /** Others that send undelivered messages to the dead-letter queue. */
  readonly senders?: readonly Statement[]
  readonly ruleName?: string
}

/** A rule, its target, a queue for what could not be delivered, and the policies of all of them. */
export function notificationStack(parts: NotificationParts): Stack {
  const { pattern, route } = parts
  const { resources, target, statements, outputs, senders = [], ruleName } = targets[route](parts)
  const deadLetters = { DeadLetterConfig: { Arn: referTo('DeadLetters.Arn') } }
  const rule = {
    ...(ruleName !== undefined && { Name: ruleName }),
    EventPattern: pattern,
    Targets: [{ ...target, ...deadLetters }],
  }
  const all = [...statements, ...parts.statements]
  return {
    description: descriptions[route],
    resources: {
      Rule: { type: 'AWS::Events::Rule', properties: rule },
      ...resources,
      DeadLetters: queueResource(undefined, 1_209_600),
      DeadLettersPolicy: queuePolicy('DeadLetters', [
        fromService('events', 'sqs:SendMessage', 'DeadLetters.Arn', 'Rule.Arn'),
        ...senders,
      ]),
      ...(all.length > 0 && { ServicePolicy: { type: policyType, properties: { PolicyDocument: documentOf(all) } } }),
    },
    outputs: {
      ...outputs,
      ...(all.length > 0 && {
        PolicyArn: { description: 'Attach it to the role of the service', value: referTo('ServicePolicy') },
      }),
      DeadLettersUrl: { description: 'Holds the events that could not be delivered', value: referTo('DeadLetters') },
    },
  }
}

const descriptions: Readonly<Record<NotificationRoute, string>> = {
  queue:
    'For one instance of a service: a rule sends changes to a queue that liveparam listens to with sqsNotifications',
  topic:
    'For a fleet: a rule sends changes to a topic, behind which snsNotifications creates one queue for each instance',
  webhook:
    'For a service reachable by HTTPS: a rule sends changes to a topic, which signs them and posts them to webhookNotifications',
  'api-destination':
    'For a service reachable by HTTPS: a rule posts changes to webhookNotifications, with a key in a header',
  lambda: 'For a function: a rule invokes it with each change, for lambdaNotifications or changeHandler',
}

const targets: Readonly<Record<NotificationRoute, (parts: NotificationParts) => Target>> = {
  queue({ listener }) {
    const arn = queueArnOf(listener?.listensTo ?? '')
    return {
      resources: {
        // Polling finds older changes.
        Queue: queueResource(arn?.split(':').at(-1), 3_600),
        QueuePolicy: queuePolicy('Queue', [fromService('events', 'sqs:SendMessage', 'Queue.Arn', 'Rule.Arn')]),
      },
      target: { Id: 'queue', Arn: referTo('Queue.Arn') },
      statements: [allow('Listen', ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], [referTo('Queue.Arn')])],
      outputs: { QueueUrl: { description: 'For `sqsNotifications({ queueUrl })`', value: referTo('Queue') } },
    }
  },
  topic({ listener }) {
    const queues = listener?.createsQueues ?? `liveparam-${referTo('Topic.TopicName')}-*`
    return {
      resources: topicResources(topicName(listener), {}),
      target: { Id: 'topic', Arn: referTo('Topic') },
      statements: owningQueues(referTo('Topic'), queues),
      outputs: { TopicArn: { description: 'For `snsNotifications({ topicArn })`', value: referTo('Topic') } },
    }
  },
  webhook: ({ url }) => ({
    resources: {
      // SHA-256; version 1 signs with SHA-1.
      ...topicResources(undefined, { SignatureVersion: '2' }),
      Subscription: {
        type: 'AWS::SNS::Subscription',
        properties: {
          TopicArn: referTo('Topic'),
          Protocol: 'https',
          Endpoint: url,
          // Raw messages carry no signature.
          RawMessageDelivery: false,
          RedrivePolicy: { deadLetterTargetArn: referTo('DeadLetters.Arn') },
        },
      },
    },
    target: { Id: 'topic', Arn: referTo('Topic') },
    statements: [],
    outputs: { TopicArn: { description: 'For `webhookNotifications({ topicArns })`', value: referTo('Topic') } },
    senders: [fromService('sns', 'sqs:SendMessage', 'DeadLetters.Arn', 'Topic')],
  }),
  'api-destination': ({ url, name }) => ({
    resources: {
      // EventBridge copies the key at deployment, and does not follow a rotation.
      Key: {
        type: 'AWS::SecretsManager::Secret',
        properties: { GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true } },
      },
      Connection: {
        type: 'AWS::Events::Connection',
        properties: {
          Name: name,
          AuthorizationType: 'API_KEY',
          AuthParameters: {
            ApiKeyAuthParameters: {
              ApiKeyName: 'x-api-key',
              ApiKeyValue: `{{resolve:secretsmanager:${referTo('Key')}:SecretString}}`,
            },
          },
        },
      },
      Destination: {
        type: 'AWS::Events::ApiDestination',
        properties: {
          Name: name,
          ConnectionArn: referTo('Connection.Arn'),
          HttpMethod: 'POST',
          InvocationEndpoint: url,
        },
      },
      Role: roleResource(name),
    },
    target: { Id: 'destination', Arn: referTo('Destination.Arn'), RoleArn: referTo('Role.Arn') },
    statements: [allow('ReadKey', 'secretsmanager:GetSecretValue', [referTo('Key')])],
    outputs: {
      KeyArn: {
        description: 'The secret that holds the key, for `webhookNotifications({ apiKey })`',
        value: referTo('Key'),
      },
    },
    // A fixed name, so that the role can refer to the rule before it exists.
    ruleName: name,
  }),
  lambda: ({ functionArn }) => ({
    resources: {
      Permission: {
        type: 'AWS::Lambda::Permission',
        properties: {
          FunctionName: functionArn,
          Action: 'lambda:InvokeFunction',
          Principal: 'events.amazonaws.com',
          SourceArn: referTo('Rule.Arn'),
        },
      },
    },
    target: { Id: 'function', Arn: functionArn },
    statements: [],
    outputs: {},
  }),
}

/** The name of the topic of a source, so that the created topic has its ARN. */
function topicName(listener: NotificationSource | undefined): string | undefined {
  return parseArn(listener?.listensTo ?? '')?.resource
}

function queueResource(name: string | undefined, retentionSeconds: number): Resource {
  const settings = { MessageRetentionPeriod: retentionSeconds, SqsManagedSseEnabled: true }
  return { type: 'AWS::SQS::Queue', properties: { ...(name !== undefined && { QueueName: name }), ...settings } }
}

function queuePolicy(queue: string, statements: readonly Statement[]): Resource {
  return {
    type: 'AWS::SQS::QueuePolicy',
    properties: { Queues: [referTo(queue)], PolicyDocument: documentOf(statements) },
  }
}

// AWS: "You can't use Condition blocks in Amazon SNS topic policies for EventBridge." So the topic cannot distinguish this
// rule from another one. A forged message is only a hint: liveparam reads the named parameters itself.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
function topicResources(name: string | undefined, settings: Resource['properties']): Stack['resources'] {
  const { Condition: _, ...statement } = fromService('events', 'sns:Publish', 'Topic', 'Rule.Arn')
  return {
    Topic: { type: 'AWS::SNS::Topic', properties: { ...(name !== undefined && { TopicName: name }), ...settings } },
    TopicPolicy: {
      type: 'AWS::SNS::TopicPolicy',
      properties: { Topics: [referTo('Topic')], PolicyDocument: documentOf([statement]) },
    },
  }
}

function roleResource(ruleName: string): Resource {
  const source = { ArnEquals: { 'aws:SourceArn': ownArn('events', `rule/${ruleName}`) } }
  return {
    type: 'AWS::IAM::Role',
    properties: {
      AssumeRolePolicyDocument: documentOf([
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: source,
        },
      ]),
      Policies: [
        {
          PolicyName: 'post',
          PolicyDocument: documentOf([
            {
              Effect: 'Allow',
              Action: 'events:InvokeApiDestination',
              // AWS documents the form without the id at the end for policies, and uses the other elsewhere.
              Resource: [referTo('Destination.ArnForPolicy'), referTo('Destination.Arn')],
            },
          ]),
        },
      ],
    },
  }
}

/** Lets a service send to a resource, in the name of one source. */
function fromService(service: string, action: string, resource: string, source: string): Statement {
  return {
    Effect: 'Allow',
    Principal: { Service: `${service}.amazonaws.com` },
    Action: action,
    Resource: referTo(resource),
    Condition: { ArnEquals: { 'aws:SourceArn': referTo(source) } },
  }
}
