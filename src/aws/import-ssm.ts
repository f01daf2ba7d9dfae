/** Imports the SDK of Parameter Store. */
export function importSsm(): Promise<typeof import('@aws-sdk/client-ssm')> {
  return import('@aws-sdk/client-ssm')
}
