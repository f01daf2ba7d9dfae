import { AwsCallError, notAws } from '../aws/call-error.ts'
import { isWebUrl } from '../messages/check-arguments.ts'
import { printable } from '../messages/printable.ts'
import { refuseProxy } from './proxy.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Where calls to a service go. */
export interface Place {
  readonly region: string
  readonly endpoint: URL
}

export interface PlaceSettings {
  readonly service: 'ssm' | 'secretsmanager'
  readonly environment: Environment
  readonly region?: string
  readonly endpoint?: string
  readonly useFipsEndpoint?: boolean
  readonly useDualstackEndpoint?: boolean
}

/** @throws AwsCallError without a valid region or endpoint, and for an endpoint behind a proxy. */
export function placeOf(settings: PlaceSettings): Place {
  const { environment } = settings
  const given = settings.region ?? (environment.AWS_REGION || environment.AWS_DEFAULT_REGION)
  if (!given) throw noRegion('no AWS region is known')
  if (!isHostLabel(given))
    throw noRegion(printable(`the AWS region ${JSON.stringify(given)} is not the name of a region`))
  const region = withoutFips(given)
  const useFips = region !== given || (settings.useFipsEndpoint ?? isSet(environment, 'AWS_USE_FIPS_ENDPOINT'))
  const useDualstack = settings.useDualstackEndpoint ?? isSet(environment, 'AWS_USE_DUALSTACK_ENDPOINT')
  const url = settings.endpoint ?? configuredUrl(settings.service, environment)
  if (url !== undefined && (useFips || useDualstack)) {
    const kind = useFips ? 'FIPS' : 'dual-stack'
    throw invalid(`a ${kind} endpoint and the endpoint ${hostOf(url)} are both configured`, 'remove one of the two')
  }
  const endpoint = new URL(url ?? `https://${awsHost(settings.service, region, { useFips, useDualstack })}`)
  refuseProxy(endpoint, environment)
  return { region, endpoint }
}

interface Variants {
  readonly useFips: boolean
  readonly useDualstack: boolean
}

/** The host of a service in a region, by the rules in the SDK's clients. */
export function awsHost(
  service: PlaceSettings['service'],
  region: string,
  { useFips, useDualstack }: Variants,
): string {
  const [, suffix, dualstackSuffix] = partitions.find(([prefix]) => region.startsWith(prefix)) ?? ordinaryPartition
  // Here, the ordinary names of Secrets Manager have IPv6 addresses.
  const isDualstack = suffix === 'amazonaws.com' || (suffix === 'amazonaws.com.cn' && !useFips)
  const isRenamed = useDualstack && !(service === 'secretsmanager' && isDualstack)
  // In GovCloud, the ordinary names of Parameter Store are validated for FIPS.
  const isMarked = useFips && (useDualstack || service !== 'ssm' || !region.startsWith('us-gov-'))
  return `${service}${isMarked ? '-fips' : ''}.${region}.${isRenamed ? dualstackSuffix : suffix}`
}

type Partition = readonly [prefix: string, suffix: string, dualstackSuffix: string]

const ordinaryPartition: Partition = ['', 'amazonaws.com', 'api.aws']
const partitions: readonly Partition[] = [
  ['cn-', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['eusc-', 'amazonaws.eu', 'api.amazonwebservices.eu'],
  ['us-iso-', 'c2s.ic.gov', 'api.aws.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov', 'api.aws.scloud'],
  ['us-isof-', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
]

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
function configuredUrl(service: PlaceSettings['service'], environment: Environment): string | undefined {
  if (isSet(environment, 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS')) return undefined
  const own = service === 'ssm' ? 'AWS_ENDPOINT_URL_SSM' : 'AWS_ENDPOINT_URL_SECRETS_MANAGER'
  const name = [own, 'AWS_ENDPOINT_URL'].find((variable) => environment[variable])
  if (name === undefined) return undefined
  const url = environment[name]
  if (!isWebUrl(url)) throw invalid(`${name} is not a URL`, `set ${name} to a URL that begins with http:// or https://`)
  return url
}

function isSet(environment: Environment, name: string): boolean {
  const value = environment[name]
  if (value === undefined || value === 'false') return false
  if (value === 'true') return true
  throw invalid(`${name} is neither true nor false`, `set ${name} to true or false`)
}

export function isHostLabel(text: string): boolean {
  return /^(?!-)[a-zA-Z0-9-]{1,63}$/.test(text) && !text.endsWith('-')
}

// Old names of regions that ask for a FIPS endpoint, such as `fips-us-east-1`.
function withoutFips(region: string): string {
  if (!region.startsWith('fips-') && !region.endsWith('-fips')) return region
  if (region === 'fips-aws-global' || region === 'aws-fips') return 'us-east-1'
  return region.replace(/fips-(dkr-|prod-)?|-fips/, '')
}

function hostOf(url: string): string {
  return new URL(url).host
}

function noRegion(detail: string): AwsCallError {
  const remedy = 'set AWS_REGION, or pass region to lightClient()'
  return new AwsCallError({ code: 'NO_REGION', isTransient: false, detail, remedy }, notAws)
}

function invalid(detail: string, remedy: string): AwsCallError {
  return new AwsCallError({ code: 'AWS_ERROR', isTransient: false, detail, remedy }, notAws)
}
