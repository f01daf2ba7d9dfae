import { SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm'
import { onTestFinished } from 'vitest'
import { AwsSource, type AwsSourceOptions } from '../../src/aws/aws-source.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { platform } from '../../src/platform/node.ts'
import type { ParameterSource } from '../../src/ports.ts'

/** A source with clients of its own, which lives as long as the test. */
export function sourceOf(aws: Pick<LocalAws, 'endpoint'>, options: Partial<AwsSourceOptions> = {}): ParameterSource {
  const { clock, random, nextTurn } = platform
  const source = new AwsSource({ endpoint: aws.endpoint, region: 'us-east-1', clock, random, nextTurn, ...options })
  onTestFinished(() => source.close?.())
  return source
}

/** A client as a user makes it, which lives as long as the test. */
export function ssmClient(aws: { readonly clientOptions: SSMClientConfig }, options: SSMClientConfig = {}): SSMClient {
  const client = new SSMClient({ ...aws.clientOptions, ...options })
  onTestFinished(() => client.destroy())
  return client
}
