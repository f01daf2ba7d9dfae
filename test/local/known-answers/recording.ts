import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { expect } from 'vitest'
import { parsedObject } from '../../../src/local/json.ts'
import { localAws } from '../../support/aws.ts'

/** A call of the SDK, such as `sqs:SendMessage`, and what AWS answered. Without an answer, it has to succeed. */
export type Step = readonly [operation: string, input: object, answer?: unknown]

/** What AWS answered to calls, one after the other: recorded by LocalStack's snapshot tests, 2023 to 2025. */
export type Recording = readonly [about: string, ...steps: readonly Step[]]

export const account = '123456789012'
export const text: unknown = expect.any(String)
/** Stand for what earlier answers gave. */
export const latest = { handle: '<handle>', subscription: '<subscription>' }
/** Some time passes. */
export const wait = (seconds: number): Step => ['wait', { seconds }]
export const fails = (code: string, message: string, status = 400): object => ({ code, message, status })

/** Makes the calls of a recording. @returns The answers, with the JSON in bodies and attributes parsed. */
export async function replay([, ...steps]: Recording): Promise<readonly unknown[]> {
  let aheadMs = 0
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
  const aws = await localAws({ clock: { now: () => Date.now() + aheadMs, sleep } })
  const options = { ...aws.clientOptions, maxAttempts: 1 }
  const clients: Readonly<Record<string, object>> = { sqs: new SQS(options), sns: new SNS(options) }
  const found = { ...latest }
  const answers: unknown[] = []
  for (const [action, input] of steps) {
    if (action === 'wait') aheadMs += Number(Object.values(input)[0]) * 1_000
    const [service = '', operation = ''] = action.split(':')
    const answer = action === 'wait' ? {} : await send(clients[service] ?? {}, operation, filled(input, found))
    const { Messages, SubscriptionArn } = answer
    found.handle = Messages?.[0]?.ReceiptHandle ?? found.handle
    found.subscription = SubscriptionArn ?? found.subscription
    answers.push(answer)
  }
  return answers
}

interface Answer {
  readonly Messages?: readonly { readonly ReceiptHandle: string }[]
  readonly SubscriptionArn?: string
}

async function send(client: object, operation: string, input: object): Promise<Answer> {
  const method: unknown = Reflect.get(client, `${operation.charAt(0).toLowerCase()}${operation.slice(1)}`)
  if (typeof method !== 'function') throw new TypeError(`no operation ${operation}`)
  try {
    const { $metadata: _, ...output } = await method.call(client, input)
    return withParsedJson(output)
  } catch (error) {
    const { name, Code, Error: inner, message, $metadata } = Object(error)
    return fails(inner?.Code ?? Code ?? name, message, $metadata?.httpStatusCode)
  }
}

function filled(value: object, found: Readonly<Record<string, string>>): object {
  if (value instanceof Uint8Array) return value
  const fill = (item: unknown): unknown => {
    if (typeof item === 'object' && item !== null) return filled(item, found)
    return typeof item === 'string' ? item.replace(/^<(\w+)>$/, (all, name) => found[name] ?? all) : item
  }
  if (Array.isArray(value)) return value.map(fill)
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fill(item)]))
}

function withParsedJson(output: Readonly<Record<string, unknown>>): object {
  const { Messages, Attributes, ...others } = output
  const parse = (item: unknown) => (typeof item === 'string' ? (parsedObject(item) ?? item) : item)
  const parseAll = (map: object) => Object.fromEntries(Object.entries(map).map(([name, item]) => [name, parse(item)]))
  return {
    ...others,
    ...(Array.isArray(Messages) && {
      Messages: Messages.map(({ Body, ...message }) => ({ Body: parse(Body), ...message })),
    }),
    ...(typeof Attributes === 'object' && Attributes !== null && { Attributes: parseAll(Attributes) }),
  }
}
