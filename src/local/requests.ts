import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { AwsError } from './aws-error.ts'
import { adviceFor } from './check-arguments.ts'
import { type Input, isInput } from './input.ts'

/**
 * Refuses requests that a web page can make a browser send: with a host name that resolves to this machine (DNS
 * rebinding), from another origin, or as an unsigned form. AWS clients do not send such requests.
 *
 * @throws AwsError With the remedy.
 */
export function assertFromThisMachine({ headers, method }: IncomingMessage): void {
  const { host = '', origin } = headers
  if (!loopback.test(host)) throw refused('send the request to 127.0.0.1 or localhost, not to another host name')
  const site = headers['sec-fetch-site'] ?? 'none'
  const isFromWebPage = (origin !== undefined && origin !== `http://${host}`) || !ownSites.has(String(site))
  if (isFromWebPage) throw refused('send the request from a program, not from a web page')
  const isForm = method === 'POST' && headers['x-amz-target'] === undefined
  if (isForm && !/^AWS4-/.test(headers.authorization ?? '')) throw refused('sign the form, as AWS clients do')
}

// Names below localhost and test are reserved: no web page can be served from them.
// https://www.rfc-editor.org/rfc/rfc6761#section-6
const loopback = /^(?:(?:[\w-]+\.)*localhost|(?:[\w-]+\.)+test|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i
const ownSites: ReadonlySet<string> = new Set(['none', 'same-origin'])

function refused(remedy: string): AwsError {
  const headers = { connection: 'close' }
  return new AwsError('LocalRequestRefused', `The local AWS answers only programs on this machine: ${remedy}`, 403, {
    headers,
  })
}

/** The error for a request of an unsupported protocol. */
export function refusalOf({ headers, method, url = '' }: IncomingMessage): AwsError | undefined {
  if (headers['x-amz-target'] !== undefined || isLinkOfSns(method, url)) return undefined
  if (method !== 'POST') return new AwsError('UnknownOperationException', notAnOperation, 404)
  return isQueryRequest(headers) ? undefined : new AwsError('UnknownOperationException', notAnOperation)
}

/** Whether a request uses the query protocol. Its answer is XML then. */
export function isQueryRequest({ 'x-amz-target': target, 'content-type': type = '' }: IncomingHttpHeaders): boolean {
  return target === undefined && !/json|cbor/.test(type)
}

const notAnOperation =
  'This is the local AWS of liveparam. It takes POST requests of the AWS JSON protocol (X-Amz-Target) or the AWS query ' +
  'protocol (a form with Action). This request uses neither: it comes from a browser, or a client of another service.'

export function unknownService(isOfForm: boolean, services: readonly string[]): AwsError {
  const message = isOfForm
    ? 'The local AWS takes forms with Action and Version for SNS and STS only: for SQS, use an SDK with the JSON protocol.'
    : `The local AWS does not have the service of this X-Amz-Target: it has ${services.join(', ')}.`
  return new AwsError('UnknownOperationException', message)
}

/** AWS answers without a text. This text names the operation and the operations that exist. */
export function unknownOperation(
  prefix: string,
  operation: string,
  known: readonly string[],
  isOfForm: boolean,
): AwsError {
  if (operation === '' && isOfForm) return new AwsError('UnknownOperationException', notAnOperation)
  const shown = /^\w{1,100}$/.test(operation) ? operation : 'this'
  const advice = adviceFor(shown, known).replace(/^use one of/, 'it has')
  const message = `The local AWS does not implement the operation ${shown} of ${prefix}: ${advice}`
  return new AwsError(isOfForm ? 'InvalidAction' : 'UnknownOperationException', message)
}

// Whether a URL is the certificate of SNS, or a link that confirms or ends a subscription.
function isLinkOfSns(method: string | undefined, url: string): boolean {
  return method === 'GET' && (url.endsWith('.pem') || /[?&]Action=(ConfirmSubscription|Unsubscribe)&/.test(url))
}

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
