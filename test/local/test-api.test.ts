import { describe, expect, it } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import { localAws } from '../support/aws.ts'

const queueArn = 'arn:aws:sqs:us-east-1:123456789012:q'
const topicArn = 'arn:aws:sns:us-east-1:123456789012:t'
const event = { source: 'aws.ssm', detailType: 'x', resources: [], detail: {} }

// A test in JavaScript can pass values of any type.
const given = (value: unknown) => JSON.parse(JSON.stringify(value))

describe('the error of the test API names an invalid argument:', () => {
  it.each<[string, (aws: LocalAws) => unknown, string]>([
    [
      'a FIFO queue',
      (aws) => aws.queues.create('q.fifo'),
      'queues.create(): name must be 1 to 80 letters, digits, - and _',
    ],
    ['the name of a queue', (aws) => aws.queues.create('a b'), 'queues.create(): name must be'],
    [
      'a FIFO topic',
      (aws) => aws.topics.create('t.fifo'),
      'topics.create(): name must be 1 to 256 letters, digits, - and _',
    ],
    [
      'an alias',
      (aws) => aws.keys.create({ alias: 'app' }),
      'keys.create(): alias must be a name that begins with alias/',
    ],
    [
      'an option of a key',
      (aws) => aws.keys.create(given({ alais: 'alias/app' })),
      'keys.create(): there is no option alais: did you mean alias?',
    ],
    ['a missing topic', (aws) => aws.topics.publish(topicArn.replace(':t', ':none'), 'x'), 'Topic does not exist'],
    [
      'the ARN of a queue',
      (aws) => aws.topics.subscribeQueue(topicArn, 'q'),
      'topics.subscribeQueue(): queueArn must be the ARN of a queue',
    ],
    [
      'an option of a subscription',
      (aws) => aws.topics.subscribeQueue(topicArn, queueArn, given({ raw: true })),
      'topics.subscribeQueue(): there is no option raw: use one of isRaw',
    ],
    [
      'the ARN of a target',
      (aws) => aws.events.route({ source: ['x'] }, 'q'),
      'events.route(): targetArn must be the ARN of a queue or topic',
    ],
    [
      'a member of an event',
      (aws) => aws.events.put(given({ ...event, name: 'x' })),
      'events.put(): there is no option name',
    ],
    ['an event', (aws) => aws.events.put(given({ ...event, source: 5 })), 'events.put(): source must be a string'],
    [
      'a kind of fault',
      (aws) => aws.events.faults.add(given({ kind: 'lots' })),
      'events.faults.add(): kind must be one of lost, duplicated, reordered, late',
    ],
    [
      'the time of a fault',
      (aws) => aws.events.faults.add(given({ kind: 'late' })),
      'events.faults.add(): late: ms must be a number',
    ],
    [
      'an option of a fault',
      (aws) => aws.events.faults.add(given({ kind: 'lost', time: 1 })),
      'there is no option time: did you mean times?',
    ],
  ])('%s', async (_, call, message) => {
    const aws = await localAws()
    aws.topics.create('t')

    expect(() => call(aws)).toThrow(message)
  })
})
