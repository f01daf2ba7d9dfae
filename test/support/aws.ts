import { onTestFinished } from 'vitest'
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../src/local/index.ts'

/** A local AWS that lives as long as the test. */
export async function localAws(options?: LocalAwsOptions): Promise<LocalAws> {
  const aws = await startLocalAws(options)
  onTestFinished(() => aws.close())
  return aws
}

/** Options with which a config builds its own client for it. */
export function at(aws: LocalAws): { readonly endpoint: string; readonly region: string } {
  return { endpoint: aws.endpoint, region: aws.clientOptions.region }
}

/** Stores Strings, or whatever type is named. */
export function put(
  aws: LocalAws,
  parameters: Readonly<Record<string, string | readonly ['String' | 'StringList' | 'SecureString', string]>>,
): void {
  for (const [name, stored] of Object.entries(parameters)) {
    const [type, value] = typeof stored === 'string' ? (['String', stored] as const) : stored
    aws.parameters.put({ name, value, type })
  }
}
