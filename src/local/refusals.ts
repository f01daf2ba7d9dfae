import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { AwsError } from './aws-error.ts'
import { adviceFor } from './check-given.ts'

// A name that ends in localhost or test cannot be registered: https://www.rfc-editor.org/rfc/rfc6761
const loopback = /^(localhost|[\w.-]+\.(localhost|test)|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/**
 * Why a request is not answered. Only programs of this machine are clients: a web page could otherwise reach the server
 * by a name that resolves to 127.0.0.1, or post a form to it.
 */
export function refusalOf({ headers, method, url = '' }: IncomingMessage): AwsError | undefined {
  const { host = '', origin } = headers
  if (!loopback.test(host)) return forbidden('The Host header is not a name of this machine, such as 127.0.0.1')
  const page = origin?.replace(/^https?:\/\//i, '')
  if (page !== undefined && !loopback.test(page)) return forbidden('The request comes from a web page')
  if (headers['x-amz-target'] !== undefined || isLinkOfSns(method, url)) return undefined
  if (method !== 'POST') return new AwsError('UnknownOperationException', notAnOperation, 404)
  return isQueryRequest(headers) ? undefined : new AwsError('UnknownOperationException', notAnOperation)
}

/** Whether a request is of the query protocol, and so is its answer. */
export function isQueryRequest({ 'x-amz-target': target, 'content-type': type = '' }: IncomingHttpHeaders): boolean {
  return target === undefined && !/json|cbor/.test(type)
}

const notAnOperation =
  'This is the local AWS of liveparam. It takes POST requests of the AWS JSON protocol (X-Amz-Target) or the AWS query ' +
  'protocol (a form with Action), and this request is neither: it comes from a browser, or a client of another service.'

export function unknownService(isOfForm: boolean, services: readonly string[]): AwsError {
  const message = isOfForm
    ? 'The local AWS takes forms with Action and Version for SNS and STS only: for SQS, use an SDK that speaks JSON.'
    : `The local AWS does not have the service of this X-Amz-Target: it has ${services.join(', ')}.`
  return new AwsError('UnknownOperationException', message)
}

/** AWS answers without a text; this one names the operation and what there is instead. */
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

// The certificate that signs messages, and the links that confirm and end a subscription.
function isLinkOfSns(method: string | undefined, url: string): boolean {
  return method === 'GET' && (url.endsWith('.pem') || /[?&]Action=(ConfirmSubscription|Unsubscribe)&/.test(url))
}

function forbidden(reason: string): AwsError {
  return new AwsError('AccessDeniedException', `${reason}: the local AWS answers programs of this machine only`, 403)
}
