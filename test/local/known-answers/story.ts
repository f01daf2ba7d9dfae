import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { expect, onTestFinished } from 'vitest'
import type { LocalAws } from '../../../src/local/index.ts'
import { localAws } from '../../support/aws.ts'

/**
 * A call, for example of `sqs:SendMessage`, and the answer of AWS. Without an answer, the call must succeed. `{{KeyId}}`
 * stands for the first `KeyId` of earlier answers, `{{KeyId:2}}` for the second, and `{{KeyId:last}}` for the last.
 */
export type Step = readonly [operation: string, input: object, answer?: unknown]

/** Calls in their order, with the answers of AWS. */
export type Story = readonly [about: string, ...steps: readonly Step[]]

export const account = '123456789012'
export const text: unknown = expect.any(String)
/** Advances the clock. */
export const wait = (seconds: number): Step => ['wait', { seconds }]
/** The answer to a call that fails. */
export const fails = (code: string, message?: unknown, status = 400): object => ({ code, message, status })

/** Makes the calls of a story, and compares every answer, even after a difference. */
export async function play([, ...steps]: Story): Promise<void> {
  let aheadMs = 0
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
  const aws = await localAws({ clock: { now: () => Date.now() + aheadMs, sleep } })
  const clients: Clients = new Map()
  onTestFinished(() => {
    for (const client of clients.values()) client.destroy()
  })
  const answered = new Map<string, string[]>()
  for (const [index, [operation, input, answer = succeeds]] of steps.entries()) {
    if (operation === 'wait') {
      aheadMs += Number(Object.values(input)[0]) * 1_000
      continue
    }
    const expected = filled(answer, answered)
    const actual = await send(aws, clients, operation, filled(input, answered))
    expect.soft(parsedAs(expected, actual), `${index + 1}: ${operation}`).toEqual(expected)
    collect(actual, answered)
  }
}

const succeeds = expect.not.objectContaining({ code: expect.anything() })

type Clients = Map<string, SQS | SNS>

const targets: Readonly<Record<string, string>> = {
  ssm: 'AmazonSSM',
  secretsmanager: 'secretsmanager',
  kms: 'TrentService',
  events: 'AWSEvents',
}

// The tables for SQS and SNS are recorded from an SDK, the others from the wire.
async function send(aws: LocalAws, clients: Clients, action: string, input: unknown): Promise<unknown> {
  const [service = '', operation = ''] = action.split(':')
  if (service === 'sqs' || service === 'sns') {
    const options = { ...aws.clientOptions, maxAttempts: 1 }
    const client = clients.get(service) ?? (service === 'sqs' ? new SQS(options) : new SNS(options))
    clients.set(service, client)
    return sendBySdk(client, operation, input)
  }
  const headers = { 'x-amz-target': `${targets[service]}.${operation}` }
  const response = await fetch(aws.endpoint, { method: 'POST', headers, body: JSON.stringify(input) })
  const body = Object(await response.json())
  return response.ok ? body : fails(body.__type, body.message, response.status)
}

async function sendBySdk(client: object, operation: string, input: unknown): Promise<object> {
  const method: unknown = Reflect.get(client, `${operation.charAt(0).toLowerCase()}${operation.slice(1)}`)
  if (typeof method !== 'function') throw new TypeError(`no operation ${operation}`)
  try {
    const { $metadata: _, ...output } = await method.call(client, input)
    return output
  } catch (error) {
    const { name, Code, Error: inner, message, $metadata } = Object(error)
    return fails(inner?.Code ?? Code ?? name, message, $metadata?.httpStatusCode)
  }
}

function filled(value: unknown, answered: ReadonlyMap<string, readonly string[]>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\{\{(\w+)(?::(\d|last))?\}\}/g, (_, member, count = '1') => {
      return String(answered.get(member)?.at(count === 'last' ? -1 : Number(count) - 1))
    })
  }
  return mapped(value, (item) => filled(item, answered))
}

/** Parses the JSON texts of an answer where the table expects an object. */
function parsedAs(expected: unknown, actual: unknown): unknown {
  if (typeof actual === 'string') return isPlain(expected) ? JSON.parse(actual) : actual
  return mapped(actual, (item, key) => parsedAs(Object(expected)[key], item))
}

function mapped(value: unknown, map: (item: unknown, key: string | number) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map)
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item, key)]))
}

function collect(value: unknown, answered: Map<string, string[]>): void {
  mapped(value, (item, key) => {
    const known = answered.get(String(key)) ?? []
    if (typeof item === 'string' && !known.includes(item)) answered.set(String(key), [...known, item])
    collect(item, answered)
  })
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
