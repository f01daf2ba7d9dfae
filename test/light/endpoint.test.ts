import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { type PlaceSettings, placeOf } from '../../src/light/endpoint.ts'

const services = ['ssm', 'secretsmanager'] as const
const regions = [
  ...['us-east-1', 'eu-central-2', 'ap-southeast-7', 'ca-west-1', 'sa-west-1', 'me-west-1', 'af-south-1'],
  ...['il-central-1', 'mx-central-1', 'cn-north-1', 'cn-northwest-1', 'us-gov-east-1', 'us-gov-west-1'],
  ...['us-iso-east-1', 'us-isob-east-1', 'us-isof-south-1', 'eu-isoe-west-1', 'eusc-de-east-1', 'xx-future-1'],
]
const variants = [
  { useFipsEndpoint: false, useDualstackEndpoint: false },
  { useFipsEndpoint: true, useDualstackEndpoint: false },
  { useFipsEndpoint: false, useDualstackEndpoint: true },
  { useFipsEndpoint: true, useDualstackEndpoint: true },
]

/** The host that the SDK sends a call to. */
async function hostOfSdk(service: PlaceSettings['service'], options: object): Promise<string> {
  const Client = service === 'ssm' ? SSMClient : SecretsManagerClient
  const client = new Client(options)
  const { endpointProvider, region, useFipsEndpoint, useDualstackEndpoint } = client.config
  const { url } = endpointProvider({
    Region: await region(),
    UseFIPS: await useFipsEndpoint(),
    UseDualStack: await useDualstackEndpoint(),
  })
  client.destroy()
  return url.host
}

describe.each(services)('the endpoint of %s', (service) => {
  it.each(regions)('in %s is that of the SDK, with and without FIPS and IPv6', async (region) => {
    for (const variant of variants) {
      const { endpoint } = placeOf({ service, region, ...variant, environment: {} })

      expect(endpoint.href).toBe(`https://${await hostOfSdk(service, { region, ...variant })}/`)
    }
  })

  it.each(['fips-us-east-1', 'us-gov-west-1-fips', 'fips-aws-global'])(
    'takes FIPS from the region %s',
    async (region) => {
      const place = placeOf({ service, region, environment: {} })

      expect(place.endpoint.host).toBe(await hostOfSdk(service, { region }))
      expect(place.region).not.toContain('fips')
    },
  )
})

const place = (environment: Readonly<Record<string, string>>, settings: Partial<PlaceSettings> = {}) =>
  services.map((service) => {
    const { region, endpoint } = placeOf({ service, environment, ...settings })
    return `${region} ${endpoint.href}`
  })
const AWS_REGION = 'eu-west-1'

describe('the environment', () => {
  it('names the region: the option, then AWS_REGION, then AWS_DEFAULT_REGION', () => {
    const both = { AWS_REGION, AWS_DEFAULT_REGION: 'eu-west-2' }

    expect(place(both, { region: 'eu-west-3' })[0]).toBe('eu-west-3 https://ssm.eu-west-3.amazonaws.com/')
    expect(place(both)[1]).toBe('eu-west-1 https://secretsmanager.eu-west-1.amazonaws.com/')
    expect(place({ ...both, AWS_REGION: '' })[0]).toBe('eu-west-2 https://ssm.eu-west-2.amazonaws.com/')
  })

  it('names endpoints: the option, then the variable of the service, then AWS_ENDPOINT_URL', () => {
    const all = { AWS_REGION, AWS_ENDPOINT_URL: 'http://all:1', AWS_ENDPOINT_URL_SSM: 'http://ssm:2/path' }

    expect(place(all)).toEqual(['eu-west-1 http://ssm:2/path', 'eu-west-1 http://all:1/'])
    expect(place({ ...all, AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://secrets:3' })[1]).toBe(
      'eu-west-1 http://secrets:3/',
    )
    expect(place(all, { endpoint: 'http://own:4' })).toEqual(['eu-west-1 http://own:4/', 'eu-west-1 http://own:4/'])
    expect(place({ ...all, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' })[0]).toBe(
      'eu-west-1 https://ssm.eu-west-1.amazonaws.com/',
    )
  })

  it('selects FIPS and dual-stack endpoints, and options take precedence', () => {
    const both = { AWS_REGION, AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' }

    expect(place(both)[0]).toBe('eu-west-1 https://ssm-fips.eu-west-1.api.aws/')
    expect(place(both, { useFipsEndpoint: false, useDualstackEndpoint: false })[0]).toBe(
      'eu-west-1 https://ssm.eu-west-1.amazonaws.com/',
    )
  })

  it.each<[string, Readonly<Record<string, string>>, string, string, string]>([
    ['without a region', {}, 'NO_REGION', 'no AWS region is known', 'AWS_REGION'],
    ['with an invalid region', { AWS_REGION: 'a/b\u001b' }, 'NO_REGION', '"a/b\\u001b"', 'AWS_REGION'],
    ['with an invalid URL', { AWS_REGION, AWS_ENDPOINT_URL: 'ssm:2' }, 'AWS_ERROR', 'AWS_ENDPOINT_URL', 'https://'],
    ['with an invalid flag', { AWS_REGION, AWS_USE_FIPS_ENDPOINT: '1' }, 'AWS_ERROR', 'AWS_USE_FIPS_ENDPOINT', 'true'],
    [
      'with FIPS and an endpoint',
      { AWS_REGION, AWS_USE_FIPS_ENDPOINT: 'true', AWS_ENDPOINT_URL: 'http://a:1' },
      'AWS_ERROR',
      'a FIPS endpoint and the endpoint a:1',
      'remove one',
    ],
  ])('is refused %s', (_, environment, code, detail, remedy) => {
    expect(() => place(environment)).toThrow(
      expect.objectContaining({
        failure: expect.objectContaining({
          code,
          isTransient: false,
          detail: expect.stringContaining(detail),
          remedy: expect.stringContaining(remedy),
        }),
      }),
    )
  })
})

describe('a proxy in the environment', () => {
  it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'])(
    '%s is refused by name, with the remedy',
    (name) => {
      expect(() => place({ AWS_REGION, [name]: 'http://user:canary@proxy:3128' })).toThrow(
        expect.objectContaining({
          message: `${name} names a proxy, and lightClient() cannot call ssm.eu-west-1.amazonaws.com through one`,
          failure: expect.objectContaining({
            code: 'UNREACHABLE',
            isTransient: false,
            remedy: expect.stringContaining('NO_PROXY'),
          }),
        }),
      )
    },
  )

  it.each<[string, Readonly<Record<string, string>>]>([
    ['is for another protocol', { HTTP_PROXY: 'http://proxy' }],
    ['is empty', { HTTPS_PROXY: '' }],
    [
      'does not apply to an address of this machine',
      { HTTPS_PROXY: 'http://proxy', AWS_ENDPOINT_URL: 'https://[::1]:1' },
    ],
    ['does not apply to 127.0.0.1', { HTTP_PROXY: 'http://proxy', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }],
    ['has *', { HTTPS_PROXY: 'http://proxy', NO_PROXY: '*' }],
    ['has a domain', { HTTPS_PROXY: 'http://proxy', NO_PROXY: 'localhost, amazonaws.com' }],
    ['has a suffix', { HTTPS_PROXY: 'http://proxy', no_proxy: 'a.test .amazonaws.com' }],
    ['has a wildcard and a port', { HTTPS_PROXY: 'http://proxy', NO_PROXY: '*.EU-WEST-1.amazonaws.com:443' }],
  ])('is ignored if it %s', (_, environment) => {
    expect(place({ AWS_REGION, ...environment })).toHaveLength(2)
  })

  it.each(['amazonaws.com:8443', 'onaws.com', 'eu-west-2.amazonaws.com', ','])(
    'is refused if NO_PROXY has only %s',
    (list) => {
      expect(() => place({ AWS_REGION, HTTPS_PROXY: 'http://proxy', NO_PROXY: list })).toThrow(
        expect.objectContaining({
          failure: expect.objectContaining({ code: 'UNREACHABLE' }),
        }),
      )
    },
  )
})
