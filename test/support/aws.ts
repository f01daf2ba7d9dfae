import { SSMClient } from '@aws-sdk/client-ssm'
import { onTestFinished } from 'vitest'
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../src/local/index.ts'

/** Starts a local AWS, and closes it at the end of the test. */
export async function localAws(options?: LocalAwsOptions): Promise<LocalAws> {
  const aws = await startLocalAws(options)
  onTestFinished(() => aws.close())
  return aws
}

/** Makes a client without retries, and destroys it at the end of the test. */
export function ssmClient(aws: LocalAws): SSMClient {
  const client = new SSMClient({ ...aws.clientOptions, maxAttempts: 1 })
  onTestFinished(() => client.destroy())
  return client
}

/** The options of a config that builds its own clients for a local AWS. */
export function at(aws: LocalAws): { readonly endpoint: string; readonly region: string } {
  return { endpoint: aws.endpoint, region: aws.clientOptions.region }
}

/** Stores parameters: the text of a String, or a type and the text. */
export function put(
  aws: LocalAws,
  parameters: Readonly<Record<string, string | readonly ['String' | 'StringList' | 'SecureString', string]>>,
): void {
  for (const [name, stored] of Object.entries(parameters)) {
    const [type, value] = typeof stored === 'string' ? (['String', stored] as const) : stored
    aws.parameters.put({ name, value, type })
  }
}
