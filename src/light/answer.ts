import type { Answer } from './connection-pool.ts'

/**
 * The output in a successful answer, with dates and bytes as the SDK returns them.
 *
 * @throws Error without a text of the answer, when the answer does not have the form of AWS.
 */
export function outputOf<Output>(answer: Answer): Output
export function outputOf(answer: Answer): object {
  const $metadata = metadataOf(answer, 1)
  try {
    const parsed: unknown = answer.body === '' ? {} : JSON.parse(answer.body)
    if (isRecord(parsed) || parsed === null) return { ...(parsed && decoded(parsed)), $metadata }
  } catch {
    // A parser quotes the text that it could not parse.
  }
  throw Object.assign(new Error('the answer is not JSON in the form of AWS'), { $metadata })
}

/** The error in an answer, in the form of the SDK's errors. */
export function errorIn(answer: Answer, attempts: number): Error {
  const { status, headers, body } = answer
  const parsed = parsedOrNothing(body)
  const name = [parsed.__type, parsed.code, headers['x-amzn-errortype']]
    .map(nameIn)
    .find((found) => found !== undefined)
  const message = [parsed.message, parsed.Message].find((text) => typeof text === 'string')
  return Object.assign(new Error(String(message ?? '')), {
    name: name ?? 'Unknown',
    $fault: status < 500 ? 'client' : 'server',
    $metadata: metadataOf(answer, attempts),
    $response: { headers },
  })
}

function metadataOf({ status, headers }: Answer, attempts: number): object {
  const requestId = headers['x-amzn-requestid'] ?? headers['x-amzn-request-id'] ?? headers['x-amz-request-id']
  return { httpStatusCode: status, requestId, attempts }
}

function parsedOrNothing(body: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}

// AWS sends `Name`, `com.amazonaws.ssm#Name` and `Name:http://…`.
function nameIn(sent: unknown): string | undefined {
  if (typeof sent !== 'string') return undefined
  const [name = ''] = sent.split(/[,:]/)
  return name.slice(name.indexOf('#') + 1) || undefined
}

/** Converts the members that JSON cannot express, and removes `null`, which stands for an absent member. */
function decoded(output: Record<string, unknown>): Record<string, unknown> {
  for (const [key, value] of Object.entries(output)) {
    if (value === null) delete output[key]
    else if (key === 'LastModifiedDate' || key === 'CreatedDate') output[key] = dateOf(value)
    else if (key === 'SecretBinary') output[key] = bytesOf(value)
    else if (Array.isArray(value)) value.filter(isRecord).forEach(decoded)
    else if (isRecord(value)) decoded(value)
  }
  return output
}

function dateOf(seconds: unknown): Date {
  const date = new Date(
    typeof seconds === 'string' || typeof seconds === 'number' ? Number(seconds) * 1_000 : Number.NaN,
  )
  if (Number.isNaN(date.getTime())) throw new TypeError('not a time')
  return date
}

function bytesOf(text: unknown): Uint8Array {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new TypeError('not base64')
  return Buffer.from(text, 'base64')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
