import { readFileSync } from 'node:fs'
import * as eventBridge from '@aws-sdk/client-eventbridge'
import * as kms from '@aws-sdk/client-kms'
import * as secretsManager from '@aws-sdk/client-secrets-manager'
import * as sns from '@aws-sdk/client-sns'
import * as sqs from '@aws-sdk/client-sqs'
import * as ssm from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { eventShapes } from '../../src/local/event-shapes.ts'
import { keyShapes } from '../../src/local/key-shapes.ts'
import { parameterShapes } from '../../src/local/parameter-shapes.ts'
import { queueShapes } from '../../src/local/queue-shapes.ts'
import { secretShapes } from '../../src/local/secret-shapes.ts'
import { topicShapes } from '../../src/local/topic-shapes.ts'
import { localAws } from '../support/aws.ts'

const services = {
  'Parameter Store': 'ssm',
  'Secrets Manager': 'secretsmanager',
  STS: 'sts',
  KMS: 'kms',
  SQS: 'sqs',
  SNS: 'sns',
  EventBridge: 'events',
}
const page = readFileSync(new URL('../../docs/local-aws.md', import.meta.url), 'utf8')

/** The operations of a service, with their limits. */
function rowsOf(heading: string): Map<string, string> {
  const section = page.split(`### ${heading}\n`)[1]?.split('\n###')[0] ?? ''
  const rows = [...section.matchAll(/^\| `(\w+)` +\| (.*?) *\|$/gm)]
  return new Map(rows.map(([, operation = '', limits = '']) => [operation, limits]))
}

describe('docs/local-aws.md', () => {
  it.each(Object.entries(services))('lists exactly the operations of %s', async (heading, prefix) => {
    const aws = await localAws()
    const refused = () => aws.faults.add({ kind: 'hang', action: `${prefix}:ZzzzzzzzzzzzzzzzzzzzzzzZ` })

    expect(refused).toThrow(/use one of /)
    const actions = messageOf(refused).split('use one of ')[1]?.split(', ') ?? []
    expect([...rowsOf(heading).keys()].sort()).toEqual(actions.map((action) => action.split(':')[1]).sort())
  })

  it.each([
    ['Parameter Store', ssm, parameterShapes],
    ['Secrets Manager', secretsManager, secretShapes],
    ['EventBridge', eventBridge, eventShapes],
    ['KMS', kms, keyShapes],
    ['SQS', sqs, queueShapes],
    ['SNS', sns, topicShapes],
  ] as const)('names every unsupported member of %s', (heading, sdk, shapes) => {
    const rows = rowsOf(heading)
    for (const [operation, shape] of Object.entries(shapes)) {
      const members = membersOf(sdk, operation)
      expect(members).toEqual(expect.arrayContaining(Object.keys(shape)))
      for (const member of members.filter((name) => !Object.hasOwn(shape, name))) {
        expect(`${operation}: ${rows.get(operation)}`).toContain(`\`${member}\``)
      }
    }
  })
})

/** The members of a request in the model of the SDK. */
function membersOf(sdk: object, operation: string): string[] {
  const [, , name, , members]: readonly unknown[] =
    Reflect.get(sdk, `${operation}Request$`) ?? Reflect.get(sdk, `${operation}Input$`)
  expect(name).toMatch(new RegExp(`^${operation}(Request|Input)$`))
  return Array.isArray(members) ? members.map(String) : []
}

function messageOf(failing: () => unknown): string {
  try {
    failing()
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  return ''
}
