import type { IncomingMessage } from 'node:http'
import { AwsError } from './aws-error.ts'
import { type Input, isInput } from './input.ts'

// AWS takes messages and events of up to 1 MiB. Escapes of JSON and forms can make them six times as long.
const maxBodyBytes = 8 * 1_048_576

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBodyBytes) throw new AwsError('RequestEntityTooLargeException', 'Request body is too large', 413)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}

/** Parses the members of a JSON request. */
export function parseJson(body: string): Input {
  try {
    const input: unknown = JSON.parse(body === '' ? '{}' : body)
    if (isInput(input)) return input
  } catch {
    // The error below is for every malformed body.
  }
  throw new AwsError('SerializationException', 'The request body is not a JSON object')
}
