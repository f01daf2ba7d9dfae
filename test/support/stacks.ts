import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutEventsCommand,
} from '@aws-sdk/client-eventbridge'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { onTestFinished } from 'vitest'
import * as z from 'zod'
import { type Place, type Route, readTemplate } from '../../examples/infrastructure/template.ts'
import { loadConfig } from '../../src/index.ts'
import type { NotificationSource } from '../../src/source/index.ts'
import type { AwsEvent } from './aws-events.ts'
import { place } from './templates.ts'

/** What stands in an account after a deployment. */
export interface Stack {
  readonly outputs: Readonly<Record<string, string>>
  /** Where it stands: what AWS calls its resources, as far as CloudFormation made them. */
  readonly where: Place
}

/** An account in which templates can be deployed, with names that no other test has. */
export function makeAccount(id: string, endpoint: string) {
  const at = { endpoint, region: place.region }
  const options = { ...at, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
  const clients = {
    cloudFormation: new CloudFormationClient(options),
    events: new EventBridgeClient(options),
    sns: new SNSClient(options),
    sqs: new SQSClient(options),
    ssm: new SSMClient(options),
  }
  const { cloudFormation, events, sns, sqs, ssm } = clients
  onTestFinished(() => {
    for (const client of Object.values(clients)) client.destroy()
  })
  const [path, secretPrefix] = [`/shop/${id}`, `${id}/`]
  const put = (name: string, Value: string) =>
    ssm.send(new PutParameterCommand({ Name: `${path}/${name}`, Value, Type: 'String', Overwrite: true }))
  return {
    ...clients,
    at,
    path,
    secretPrefix,
    put,
    async deploy(route: Route, { body, ...more }: { readonly body?: string; readonly FunctionArn?: string } = {}) {
      const { text, template } = readTemplate(route)
      const all = { ...place.parameters, ...more, Path: path, SecretPrefix: secretPrefix }
      const parameters = Object.fromEntries(Object.entries(all).filter(([name]) => name in template.Parameters))
      const stack = { name: `${id}-${route}`, body: body ?? text, parameters }
      return deploy(cloudFormation, stack)
    },
    /** Loads what {@link put} stored as `a`, for as long as the test. */
    async load(notifications: NotificationSource) {
      await put('a', 'x')
      const config = await loadConfig({ schema: z.object({ a: z.string() }), path, notifications, poll: false, ...at })
      onTestFinished(() => config.close())
      return config
    },
    /** Tells the event bus, which AWS does by itself. */
    tell({ source, detail, ...event }: AwsEvent) {
      const entry = { Source: source, DetailType: event['detail-type'], Detail: JSON.stringify(detail) }
      return events.send(new PutEventsCommand({ Entries: [entry] }))
    },
    /** Tells a topic that something has just happened, which a rule does on AWS. */
    publish(TopicArn: string, event: AwsEvent) {
      const Message = JSON.stringify({ ...event, time: new Date().toISOString() })
      return sns.send(new PublishCommand({ TopicArn, Message }))
    },
    async ruleOf({ where }: Stack) {
      const Name = where.nameOf('Rule')
      const { EventPattern = '' } = await events.send(new DescribeRuleCommand({ Name }))
      const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }))
      return { pattern: JSON.parse(EventPattern), targets: Targets }
    },
    async attributesOf(QueueUrl: string | undefined) {
      return (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes ?? {}
    },
    async messagesIn(QueueUrl: string) {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
      return Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
    },
  }
}

/** Deploys a template. Moto is done with it when it has answered. */
export async function deploy(
  client: CloudFormationClient,
  stack: { readonly name: string; readonly body: string; readonly parameters: Readonly<Record<string, string>> },
): Promise<Stack> {
  const { name: StackName, body: TemplateBody, parameters } = stack
  const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => {
    return { ParameterKey, ParameterValue }
  })
  await client.send(new CreateStackCommand({ StackName, TemplateBody, Parameters, Capabilities: ['CAPABILITY_IAM'] }))
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }))
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }))
  const outputs = Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? []
  const names = new Map(StackResources.map((made) => [made.LogicalResourceId, nameIn(made.PhysicalResourceId)]))
  names.set('Stack', StackName)
  const nameOf = (logicalId: string) => names.get(logicalId) ?? logicalId
  return { outputs: Object.fromEntries(outputs), where: { ...place, parameters, nameOf } }
}

// A queue is told by its URL, a topic by its ARN, a rule and a role by their names.
function nameIn(physicalId: string | undefined): string | undefined {
  return physicalId?.split(/[/:]/).at(-1)
}
