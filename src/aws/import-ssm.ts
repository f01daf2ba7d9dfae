/** Imports the SDK of Parameter Store, in one place: a bundle then has it once. */
export function importSsm(): Promise<typeof import('@aws-sdk/client-ssm')> {
  return import('@aws-sdk/client-ssm')
}
