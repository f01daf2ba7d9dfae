import { text } from 'node:stream/consumers'
import { ValidateTemplateCommand } from '@aws-sdk/client-cloudformation'
import { SubscribeCommand } from '@aws-sdk/client-sns'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTemplate, routes } from '../../examples/infrastructure/template.ts'
import { parseChangeEvent } from '../../src/notifications/change-event.ts'
import { snsNotifications, sqsNotifications } from '../../src/sqs/index.ts'
import type { AwsUnderTest } from '../contracts/workbench.ts'
import { parameterUpdated, stageMoved } from '../support/aws-events.ts'
import { describeWithMoto } from '../support/moto.ts'
import { deploy, makeAccount } from '../support/stacks.ts'
import { patternOf, propertiesOf } from '../support/templates.ts'
import { serve } from '../support/webhook.ts'

const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`

describeWithMoto((start) => {
  describe('examples/infrastructure', () => {
    let moto: AwsUnderTest | undefined
    let count = 0

    beforeAll(async () => {
      moto = await start()
    })
    afterAll(() => moto?.close())

    it.each(routes)('%s.yaml passes cfn-lint', async (route) => {
      const { cloudFormation } = account()
      const { template, text } = readTemplate(route)
      const { Description } = await cloudFormation.send(new ValidateTemplateCommand({ TemplateBody: text }))

      expect(Description).toBe(template.Description)
    })

    it.each([
      ['queue', 'sqs', 'Queue'],
      ['topic', 'sns', 'Topic'],
      ['webhook', 'sns', 'Topic'],
    ] as const)('%s.yaml has a rule with its target and a dead-letter queue', async (route, service, target) => {
      const aws = account()
      const stack = await aws.deploy(route)
      const { nameOf } = stack.where

      expect(await aws.ruleOf(stack)).toEqual({
        pattern: patternOf(route, stack.where),
        targets: [
          {
            Id: target.toLowerCase(),
            Arn: arn(service, nameOf(target)),
            DeadLetterConfig: { Arn: arn('sqs', nameOf('DeadLetters')) },
          },
        ],
      })
      expect(await aws.attributesOf(stack.outputs.DeadLettersUrl)).toMatchObject({
        SqsManagedSseEnabled: 'true',
        MessageRetentionPeriod: '1209600',
      })
    })

    it('queue.yaml notifies a config of changes below its path and with its prefix only', async () => {
      const aws = account()
      const { outputs } = await aws.deploy('queue')
      const { QueueUrl: queueUrl = '' } = outputs
      const config = await aws.load(sqsNotifications({ queueUrl, ...aws.at }))
      await aws.tell(parameterUpdated('/elsewhere/a'))
      await aws.tell(parameterUpdated(`${aws.path}else/a`))
      await aws.tell(stageMoved('elsewhere/login'))
      await aws.put('a', 'y')
      await aws.tell(parameterUpdated(`${aws.path}/a`))
      await aws.tell(stageMoved(`${aws.secretPrefix}login`))
      await expect.poll(() => config.current.a).toBe('y')
      await expect.poll(() => aws.messagesIn(queueUrl)).toBe(0)

      expect(await aws.attributesOf(queueUrl)).toMatchObject({ SqsManagedSseEnabled: 'true' })
      expect(config.status().notifications).toMatchObject({ received: 2, unrelated: 1, ignored: 0 })
    })

    it('topic.yaml notifies each instance of a change [published by hand: moto rules do not send to topics]', async () => {
      const aws = account()
      const { outputs } = await aws.deploy('topic')
      const { TopicArn: topicArn = '' } = outputs
      const notifications = snsNotifications({ topicArn, ...aws.at })
      const fleet = [await aws.load(notifications), await aws.load(notifications)]
      for (const config of fleet) {
        await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(true)
      }
      await aws.put('a', 'y')
      await aws.publish(topicArn, parameterUpdated(`${aws.path}/a`))
      for (const config of fleet) await expect.poll(() => config.current.a).toBe('y')
    })

    it('webhook.yaml posts a valid envelope [published by hand: signatures of moto cannot be verified]', async () => {
      const aws = account()
      const { outputs, where } = await aws.deploy('webhook')
      const { TopicArn = '' } = outputs
      const { RawMessageDelivery, RedrivePolicy } = propertiesOf('webhook', 'Subscription', where)
      const Attributes = { RawMessageDelivery: `${RawMessageDelivery}`, RedrivePolicy: JSON.stringify(RedrivePolicy) }
      const posted: Promise<string>[] = []
      const Endpoint = await serve((request, response) => {
        posted.push(text(request))
        response.end()
      })
      await aws.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint, Attributes }))
      await aws.publish(TopicArn, parameterUpdated('/shop/prod/a'))
      const [body = ''] = await Promise.all(posted)

      expect(JSON.parse(body)).toMatchObject({ Type: 'Notification', TopicArn })
      expect(parseChangeEvent(body)).toMatchObject({ hint: { name: '/shop/prod/a', operation: 'put' } })
    })

    it('api-destination.yaml has a rule with a role [without the destination, which moto does not support]', async () => {
      const aws = account()
      const { template } = readTemplate('api-destination')
      const { Destination: _, Connection, Key, ...Resources } = template.Resources
      const destination = arn('events', 'api-destination/Destination')
      const body = JSON.stringify({ ...template, Resources, Outputs: {} })
        .replaceAll(/{"Fn::GetAtt":\["Destination","Arn(ForPolicy)?"]}/g, JSON.stringify(destination))
        .replaceAll('{"Ref":"Key"}', JSON.stringify(arn('secretsmanager', 'secret:Key')))
      const stack = await aws.deploy('api-destination', { body })
      const { nameOf } = stack.where

      expect(nameOf('Rule')).toBe(nameOf('Stack'))
      expect(await aws.ruleOf(stack)).toEqual({
        pattern: patternOf('api-destination', stack.where),
        targets: [
          {
            Id: 'destination',
            Arn: destination,
            RoleArn: `arn:aws:iam::123456789012:role/${nameOf('Role')}`,
            DeadLetterConfig: { Arn: arn('sqs', nameOf('DeadLetters')) },
          },
        ],
      })
    })

    it('lambda.yaml lets only its rule invoke the function [moto does not invoke it]', async () => {
      const aws = account()
      const { outputs } = await deploy(aws.cloudFormation, { name: 'function', body: functionTemplate, parameters: {} })
      const { FunctionArn = '' } = outputs
      const stack = await aws.deploy('lambda', { FunctionArn })
      const { nameOf } = stack.where
      const { targets } = await aws.ruleOf(stack)

      const DeadLetterConfig = { Arn: arn('sqs', nameOf('DeadLetters')) }
      expect(targets).toEqual([{ Id: 'function', Arn: FunctionArn, DeadLetterConfig }])
      expect(await permissionsOf(aws.at.endpoint, FunctionArn)).toMatchObject([
        {
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Condition: { ArnLike: { 'AWS:SourceArn': arn('events', `rule/${nameOf('Rule')}`) } },
        },
      ])
    })

    function account() {
      if (moto === undefined) throw new Error('moto is not running')
      return makeAccount(`n${count++}`, moto.endpoint)
    }
  })
})

const functionTemplate = JSON.stringify({
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        },
      },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile: 'exports.handler = async () => {}' },
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      },
    },
  },
  Outputs: { FunctionArn: { Value: { 'Fn::GetAtt': ['Function', 'Arn'] } } },
})

// Without a Lambda client: this is the only call of Lambda in the tests.
async function permissionsOf(endpoint: string, functionArn: string): Promise<unknown> {
  const Authorization = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request'
  const name = functionArn.split(':').at(-1)
  const response = await fetch(`${endpoint}/2015-03-31/functions/${name}/policy`, { headers: { Authorization } })
  const { Policy } = Object(await response.json())
  return JSON.parse(Policy).Statement
}
