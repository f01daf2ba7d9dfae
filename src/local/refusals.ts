import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { AwsError } from './aws-error.ts'
import { adviceFor } from './check-given.ts'

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
