import { describe, expect, it } from 'vitest'
import { type Route, readTemplate, routes } from '../../examples/infrastructure/template.ts'
import { webhookNotifications } from '../../src/webhook/index.ts'
import { parameterUpdated } from '../support/aws-events.ts'
import { allows, statementsIn } from '../support/iam.ts'
import { propertiesOf } from '../support/templates.ts'
import { receiving } from '../support/webhook.ts'

const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`

describe('examples/infrastructure', () => {
  it('accepts messages only from its rule in the queue of queue.yaml', () => {
    expect(sendersTo(policyOf('queue', 'QueuePolicy'), 'sqs:SendMessage', arn('sqs', 'Queue'))).toEqual(['its rule'])
  })

  it.each(routes)('accepts undelivered events in the dead-letter queue of %s.yaml', (route) => {
    const senders = route === 'webhook' ? ['its rule', 'its topic'] : ['its rule']
    expect(sendersTo(policyOf(route, 'DeadLettersPolicy'), 'sqs:SendMessage', arn('sqs', 'DeadLetters'))).toEqual(
      senders,
    )
  })

  it.each(['topic', 'webhook'] as const)('lets EventBridge publish to the topic of %s.yaml', (route) => {
    // AWS allows no condition that distinguishes the rule from another one.
    const senders = ['its rule', 'another rule']
    expect(sendersTo(policyOf(route, 'TopicPolicy'), 'sns:Publish', arn('sns', 'Topic'))).toEqual(senders)
  })

  it('signs the posts of the topic of webhook.yaml with SHA-256', () => {
    expect(propertiesOf('webhook', 'Topic')).toEqual({ SignatureVersion: '2' })
    expect(propertiesOf('webhook', 'Subscription')).toEqual({
      TopicArn: arn('sns', 'Topic'),
      Protocol: 'https',
      Endpoint: 'https://shop.example.com/changes',
      RawMessageDelivery: false,
      RedrivePolicy: { deadLetterTargetArn: arn('sqs', 'DeadLetters') },
    })
  })

  it('gives the rule of api-destination.yaml a role that can only post to the URL', () => {
    const { AssumeRolePolicyDocument, Policies, ...rest } = propertiesOf('api-destination', 'Role')
    const destination = arn('events', 'api-destination/Destination')
    const [own] = [Policies].flat().map((policy) => statementsIn(Object(policy).PolicyDocument))

    expect(rest).toEqual({})
    expect(sendersTo(statementsIn(AssumeRolePolicyDocument), 'sts:AssumeRole', '*')).toEqual(['its rule'])
    expect(own).toMatchObject([
      { Action: ['events:InvokeApiDestination'], Resource: [destination, `${destination}/ID`] },
    ])
    expect(propertiesOf('api-destination', 'Destination')).toEqual({
      ConnectionArn: arn('events', 'connection/Connection/ID'),
      HttpMethod: 'POST',
      InvocationEndpoint: 'https://shop.example.com/changes',
    })
  })

  it('generates the key of api-destination.yaml', () => {
    const key = `{{resolve:secretsmanager:${arn('secretsmanager', 'secret:Key')}:SecretString}}`

    expect(propertiesOf('api-destination', 'Connection')).toEqual({
      AuthorizationType: 'API_KEY',
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-api-key', ApiKeyValue: key } },
    })
    expect(propertiesOf('api-destination', 'Key')).toEqual({
      GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
    })
  })

  it('accepts the posts of api-destination.yaml with the key only', async () => {
    const { template } = readTemplate('api-destination')
    const value = 'k'.repeat(64)
    const { post, told } = await receiving(webhookNotifications({ apiKey: { value } }))
    const body = JSON.stringify({ ...parameterUpdated('/shop/prod/a'), time: new Date().toISOString() })
    const headers = { 'content-type': 'application/json; charset=utf-8' }

    expect(await post({ body, headers })).toBe(401)
    expect(await post({ body, headers: { ...headers, [template.Parameters.KeyHeader?.Default ?? '']: value } })).toBe(
      200,
    )
    expect(told).toMatchObject([{ name: '/shop/prod/a', operation: 'put' }])
  })

  it('lets the rule of lambda.yaml invoke the function', () => {
    expect(propertiesOf('lambda', 'Permission')).toEqual({
      FunctionName: arn('lambda', 'function:changes'),
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: arn('events', 'rule/Rule'),
    })
  })
})

const senders = {
  'its rule': { principal: 'events.amazonaws.com', source: arn('events', 'rule/Rule') },
  'another rule': { principal: 'events.amazonaws.com', source: arn('events', 'rule/Other') },
  'its topic': { principal: 'sns.amazonaws.com', source: arn('sns', 'Topic') },
  'another topic': { principal: 'sns.amazonaws.com', source: arn('sns', 'Other') },
  'another service': { principal: 's3.amazonaws.com', source: arn('events', 'rule/Rule') },
}

// Lists the senders that the statements allow. Each statement covers only this action and resource.
function sendersTo(statements: ReturnType<typeof statementsIn>, action: string, resource: string): string[] {
  for (const { Action, Resource } of statements) expect([Action, Resource ?? ['*']]).toEqual([[action], [resource]])
  return Object.entries(senders)
    .filter(([, { principal, source }]) => {
      const call = { action, resource, principal, context: { 'aws:SourceArn': source } }
      return statements.some((statement) => allows(statement, call))
    })
    .map(([who]) => who)
}

function policyOf(route: Route, resource: string) {
  return statementsIn(propertiesOf(route, resource).PolicyDocument)
}
