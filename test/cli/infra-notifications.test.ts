import { beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { parseTemplate, propertiesIn, routes } from '../../examples/infrastructure/template.ts'
import { writePattern } from '../../src/cli/infra/event-pattern.ts'
import { cloudFormation } from '../../src/cli/infra/print-cloudformation.ts'
import { stackJson } from '../../src/cli/infra/print-json.ts'
import { defineConfig, parameter, secret } from '../../src/index.ts'
import { compilePattern } from '../../src/local/event-pattern.ts'
import { snsNotifications, sqsNotifications } from '../../src/sqs/index.ts'
import { type AwsEvent, parameterEvents, secretEvents } from '../support/aws-events.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject } from '../support/cli.ts'
import { type Definition, shop, stackOf } from '../support/infra.ts'
import { place, propertiesOf } from '../support/templates.ts'

describe.each(routes)('the printed resources of the route %s', (route) => {
  const template = parseTemplate(cloudFormation(stackOf(shop, route, ['prod/*'])))

  it('are those of the template in examples/infrastructure', () => {
    const names = Object.keys(template.Resources).filter((name) => name !== 'ServicePolicy')
    for (const name of names) {
      const { Name: _, ...printed } = propertiesIn(template, name, place)
      const { Name: __, ...written } = propertiesOf(route, name)
      // The template names the prefix of all secrets, and the definition also one of them.
      const text = ['rule/Rule', 'connection/Connection', 'api-destination/Destination'].reduce(
        // The template leaves these names to AWS.
        (named, resource) => named.replaceAll(`${resource.split('/')[0]}/liveparam-shop-prod`, resource),
        JSON.stringify(printed).replace('"prod/login",', ''),
      )
      expect({ name, ...JSON.parse(text) }).toEqual({ name, ...written })
    }
  })

  it('have the outputs of the template', () => {
    expect(Object.keys(template.Outputs)).toEqual(expect.arrayContaining(['PolicyArn', 'DeadLettersUrl']))
  })
})

describe('the rule of a definition', () => {
  const patternOf = (options: Definition, secrets: readonly string[] = []) => writePattern(options, secrets)
  const sent = (pattern: object, events: Readonly<Record<string, AwsEvent>>) =>
    Object.keys(events).filter((what) => compilePattern(pattern).matches(events[what]))

  it('sends the events of what the definition covers, and no others', () => {
    const { pattern, notes } = patternOf(
      defineConfig({
        path: ['/shared', '/shop/prod', '/shop/prod/more'],
        schema: z.object({
          a: z.string(),
          pinned: parameter('/other/x:3', z.string()),
          root: parameter('/root', z.string()),
          shared: parameter('arn:aws:ssm:eu-west-1:210987654321:parameter/theirs', z.string()),
          db: secret('prod/db:AWSPREVIOUS', z.string()),
          full: secret('arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/full-a1b2c3', z.string()),
        }),
      }),
      ['stored/*'],
    )
    expect(notes).toEqual([])
    for (const name of ['/shared/a', '/shop/prod/a', '/other/x', 'root', '/root']) {
      expect({ name, sent: sent(pattern, parameterEvents(name)) }).toEqual({
        name,
        sent: Object.keys(parameterEvents(name)),
      })
    }
    for (const name of ['/shop/produce/a', '/other/y', '/theirs', '/root/a']) {
      expect({ name, sent: sent(pattern, parameterEvents(name)) }).toEqual({ name, sent: [] })
    }
    for (const name of ['prod/db', 'prod/full', 'stored/any']) {
      expect({ name, sent: sent(pattern, secretEvents(name)) }).toEqual({ name, sent: ['a stage that was moved'] })
    }
    expect(sent(pattern, secretEvents('prod/other'))).toEqual([])
  })

  it('has no filter for a definition that reads everything, and no part for what it does not read', () => {
    expect(patternOf(defineConfig({ path: '/', schema: z.object({ a: z.string() }) })).pattern).toEqual({
      $or: [
        { source: ['aws.ssm'], 'detail-type': ['Parameter Store Change'] },
        { source: ['aws.ssm'], 'detail-type': ['Parameter Store Policy Action'] },
      ],
    })
    expect(patternOf(defineConfig({ schema: z.object({ db: secret('db', z.string()) }) })).pattern).toEqual({
      source: ['aws.secretsmanager'],
      'detail-type': ['Secret Label Updated'],
      detail: { name: ['db'] },
    })
  })

  it('names folders if it would exceed the limit of EventBridge, and says so', () => {
    const secrets = Object.fromEntries(
      Array.from({ length: 150 }, (_, index) => [`s${index}`, secret(`prod/service/${index}`, z.string())]),
    )
    const { pattern, notes } = patternOf(defineConfig({ schema: z.object(secrets) }))
    expect(pattern).toMatchObject({ detail: { name: [{ prefix: 'prod/' }] } })
    expect(notes).toEqual([expect.stringContaining('EventBridge allows 2048, so it names the folders of the secrets')])
    const names = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`k${index}`, parameter(`/elsewhere/${index}/x`, z.string())]),
    )
    expect(patternOf(defineConfig({ schema: z.object(names) })).notes.at(-1)).toMatch(
      /^it still has \d+ characters: split its rule, or ask AWS for a higher quota$/,
    )
  })
})

describe('the printed resources', () => {
  it('take the names of the topic and the queue of the definition', () => {
    const topicArn = 'arn:aws:sns:eu-west-1:123456789012:config-changes'
    const topic = stackOf({ ...shop, notifications: snsNotifications({ topicArn }) }, 'topic')
    expect(topic.resources.Topic?.properties).toEqual({ TopicName: 'config-changes' })
    expect(JSON.stringify(topic)).toContain(':liveparam-config-changes-*"')
    const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/changes'
    const queue = stackOf({ ...shop, notifications: sqsNotifications({ queueUrl }) }, 'queue')
    expect(queue.resources.Queue?.properties).toMatchObject({ QueueName: 'changes' })
  })

  it('are documents with capitals for what AWS names, as JSON', () => {
    const documents = JSON.parse(stackJson(stackOf(shop, 'queue')))
    expect(Object.keys(documents)).toEqual([
      'Rule',
      'Queue',
      'QueuePolicy',
      'DeadLetters',
      'DeadLettersPolicy',
      'ServicePolicy',
    ])
    expect(documents.QueuePolicy).toEqual({
      Queues: ['QUEUE_URL'],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: 'QUEUE_ARN',
            Condition: { ArnEquals: { 'aws:SourceArn': 'RULE_ARN' } },
          },
        ],
      },
    })
  })
})

describe('liveparam infra notifications', () => {
  beforeAll(assertBuilt)

  const files = {
    'config.ts': configModule('{ a: z.string() }'),
    'fleet.ts': `
      import { defineConfig } from 'liveparam'
      import { snsNotifications } from 'liveparam/sqs'
      import * as z from 'zod'
      const topicArn = 'arn:aws:sns:eu-west-1:123456789012:changes'
      export default defineConfig({ path: '/app', schema: z.object({ a: z.string() }), notifications: snsNotifications({ topicArn }) })
    `,
  }

  it('prints the route of the definition, and a topic without one', async () => {
    const project = makeProject(files)
    const fleet = await project.run('infra', 'notifications', 'fleet.ts')
    expect({ code: fleet.code, errors: fleet.errors }).toEqual({ code: 0, errors: '' })
    expect(parseTemplate(fleet.output).Resources.Topic?.Properties).toEqual({ TopicName: 'changes' })
    const { output, errors } = await project.run('infra', 'notifications', '--region', 'eu-west-1')
    expect(errors).toBe('note: the definition has no notifications: this is a topic, for snsNotifications()\n')
    expect(Object.keys(parseTemplate(output).Resources)).toContain('Topic')
    expect(output).toContain(`arn:aws:ssm:eu-west-1:\${AWS::AccountId}:parameter/shop/prod/a`)
  })

  it.each([
    [['--route', 'webhook'], '--route webhook needs --url'],
    [['--route', 'api-destination', '--url', 'http://x'], '--url takes a URL that begins with https://'],
    [['--route', 'lambda'], '--route lambda needs --function'],
    [['--route', 'lambda', '--function', 'changes'], '--function takes the ARN of a function'],
    [
      ['--route', 'queue', '--url', 'https://x'],
      '--url belongs to --route webhook and api-destination, and not to queue',
    ],
    [['--for', 'check'], '--for belongs to infra policy'],
  ])('refuses %j', async (args, message) => {
    const { code, output, errors } = await makeProject(files).run('infra', 'notifications', ...args)
    expect({ code, output }).toEqual({ code: 2, output: '' })
    expect(errors.replace(/\s+/g, ' ')).toContain(message)
  })
})
