import type { LightClient } from '../aws/client.ts'
import { aWebUrl, type Check, checkArguments } from '../messages/check-arguments.ts'
import { platform } from '../platform/node.ts'
import { areCredentials, CredentialCache, type LightCredentials } from './credentials.ts'
import { isHostLabel, type Place, placeOf } from './endpoint.ts'
import { JsonService } from './json-service.ts'

/** The options of `lightClient`. */
export interface LightClientOptions {
  /**
   * The AWS region.
   * @default AWS_REGION or AWS_DEFAULT_REGION
   */
  readonly region?: string
  /**
   * The URL of another endpoint for both services, such as a local AWS.
   * @default AWS_ENDPOINT_URL_SSM and AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL, or the endpoints of the region
   */
  readonly endpoint?: string
  /**
   * Credentials, or a function that returns them. The function is called again shortly before they expire, and when AWS
   * reports that they have expired.
   * @default the credentials in the environment, or those that the credential providers of the AWS SDK find
   */
  readonly credentials?: LightCredentials | (() => Promise<LightCredentials>)
  /**
   * Whether to call endpoints that are validated for FIPS 140.
   * @default AWS_USE_FIPS_ENDPOINT, or false
   */
  readonly useFipsEndpoint?: boolean
  /**
   * Whether to call endpoints that have IPv6 addresses too.
   * @default AWS_USE_DUALSTACK_ENDPOINT, or false
   */
  readonly useDualstackEndpoint?: boolean
}

/**
 * Makes a client for the option `client` that reads Parameter Store and Secrets Manager without the AWS SDK: AWS's signer
 * over `node:https`. It starts several times faster. Many configs can share it; none of them closes it.
 *
 * It reads its settings from the environment, not from the shared config file, and does not call through a proxy. It
 * loads the credential providers of the AWS SDK only if the environment holds no credentials.
 *
 * @throws TypeError when an option is unknown or invalid.
 */
export function lightClient(options: LightClientOptions = {}): LightClient {
  checkArguments('lightClient()', options, checks)
  const settings = { ...options }
  const credentials = new CredentialCache(settings.credentials)
  const placeIn = (service: keyof typeof services): Place =>
    placeOf({ ...settings, service, environment: platform.environment() })
  const ssm = new JsonService({ ...services.ssm, credentials, place: () => placeIn('ssm') })
  const secretsManager = new JsonService({
    ...services.secretsmanager,
    credentials,
    place: () => placeIn('secretsmanager'),
  })
  const { endpoint } = settings
  return Object.freeze({
    config: {
      region: async () => placeIn('ssm').region,
      credentials: () => credentials.current(),
      ...(endpoint !== undefined && { endpoint }),
    },
    ssm,
    secretsManager,
    destroy() {
      ssm.drop()
      secretsManager.drop()
    },
  })
}

const services = {
  ssm: { signingName: 'ssm', target: 'AmazonSSM' },
  secretsmanager: { signingName: 'secretsmanager', target: 'secretsmanager' },
} as const

const aBoolean: Check = [(value) => typeof value === 'boolean', 'true or false']

const checks: Readonly<Record<keyof LightClientOptions, Check>> = {
  region: [(value) => typeof value === 'string' && isHostLabel(value), 'a region such as eu-west-1'],
  endpoint: aWebUrl,
  credentials: [
    (value) => typeof value === 'function' || areCredentials(value),
    'an object with accessKeyId and secretAccessKey, or a function that returns one',
  ],
  useFipsEndpoint: aBoolean,
  useDualstackEndpoint: aBoolean,
}
