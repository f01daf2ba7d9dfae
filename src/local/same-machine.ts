import type { IncomingMessage } from 'node:http'
import { AwsError } from './aws-error.ts'

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
