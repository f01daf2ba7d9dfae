import { expect } from 'vitest'
import type { LocalAws } from '../../../src/local/index.ts'
import type { Call } from './known-answer.ts'

/**
 * A call, and the body that AWS answers to it; without one, the call has to succeed.
 * `{{KeyId}}` stands for the first `KeyId` that was answered before, `{{KeyId:2}}` for the second one.
 */
export type Step = readonly [operation: Call[0], input: object, answer?: object | undefined]

/** Calls in their order. */
export type Story = readonly [about: string, ...steps: Step[]]

/** The body of an error. */
export function error(type: string, message?: unknown): object {
  return { __type: type, ...(message !== undefined && { message }) }
}

const targets: Readonly<Record<string, string>> = {
  kms: 'TrentService',
  ssm: 'AmazonSSM',
  events: 'AWSEvents',
  sqs: 'AmazonSQS',
}

/** Compares every answer of a story, even after one that differs. */
export async function play(aws: LocalAws, steps: readonly Step[]): Promise<void> {
  const answered = new Map<string, unknown[]>()
  for (const [operation, input, answer] of steps) {
    const { status, body } = await send(aws, operation, filled(input, answered))
    const isError = answer !== undefined && '__type' in answer
    const wanted = answer === undefined ? expect.anything() : filled(answer, answered)
    expect.soft({ operation, status, body }).toEqual({ operation, status: isError ? 400 : 200, body: wanted })
    collect(body, answered)
  }
}

async function send(aws: LocalAws, operation: string, input: unknown): Promise<{ status: number; body: unknown }> {
  const [service = '', name = ''] = operation.split(':')
  const headers = service === 'sns' ? form : { 'x-amz-target': `${targets[service]}.${name}` }
  const body = service === 'sns' ? formOf(name, input) : JSON.stringify(input)
  const response = await fetch(aws.endpoint, { method: 'POST', headers, body })
  const text = await response.text()
  return { status: response.status, body: service === 'sns' ? { xml: text } : JSON.parse(text) }
}

// SNS speaks the query protocol.
const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: 'AWS4-HMAC-SHA256' }

function formOf(name: string, input: unknown): string {
  return new URLSearchParams({ Action: name, Version: '2010-03-31', ...Object(input) }).toString()
}

function filled(value: unknown, answered: ReadonlyMap<string, unknown[]>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\{\{(\w+)(?::(\d))?\}\}/g, (_, member, count = '1') => {
      return String(answered.get(member)?.[Number(count) - 1])
    })
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, answered))
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, answered)]))
}

function collect(value: unknown, answered: Map<string, unknown[]>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, answered)
  if (!isPlain(value)) return
  for (const [name, item] of Object.entries(value)) {
    const known = answered.get(name) ?? []
    if (typeof item === 'string' && !known.includes(item)) answered.set(name, [...known, item])
    collect(item, answered)
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
