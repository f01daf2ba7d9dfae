import type { IncomingMessage } from 'node:http'
import { AwsError } from './aws-error.ts'

/**
 * Refuses what a web page could have a browser send: under a name that its owner has pointed at this machine, from
 * another origin, or as a form. Clients of AWS send none of these, and sign what they send.
 *
 * @throws AwsError that says what to send instead.
 */
export function assertFromThisMachine({ headers, method }: IncomingMessage): void {
  const { host = '', origin } = headers
  if (!loopback.test(host)) throw refused('send the request to 127.0.0.1 or localhost, not under another host name')
  const site = headers['sec-fetch-site'] ?? 'none'
  const isFromPage = (origin !== undefined && origin !== `http://${host}`) || !ownSites.has(String(site))
  if (isFromPage) throw refused('send the request from a program, not from a web page')
  const isForm = method === 'POST' && headers['x-amz-target'] === undefined
  if (isForm && !/^AWS4-/.test(headers.authorization ?? '')) throw refused('sign the form, as clients of AWS do')
}

// Names below localhost and test are reserved: the owner of a web page cannot have one.
// https://www.rfc-editor.org/rfc/rfc6761#section-6
const loopback = /^(?:(?:[\w-]+\.)*localhost|(?:[\w-]+\.)+test|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i
const ownSites: ReadonlySet<string> = new Set(['none', 'same-origin'])

function refused(remedy: string): AwsError {
  const headers = { connection: 'close' }
  return new AwsError('LocalRequestRefused', `the local AWS answers programs on this machine: ${remedy}`, 403, {
    headers,
  })
}
