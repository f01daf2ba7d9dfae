import { AwsCallError, moduleNotFound } from '../aws/call-error.ts'
import { printable } from '../messages/printable.ts'
import { platform } from '../platform/node.ts'

/** AWS credentials. Those of the AWS SDK fit. */
export interface LightCredentials {
  /** The id of the access key. */
  readonly accessKeyId: string
  /** The secret access key. */
  readonly secretAccessKey: string
  /** The session token of temporary credentials. */
  readonly sessionToken?: string
  /** When temporary credentials expire. */
  readonly expiration?: Date
}

type Provider = (options?: { readonly forceRefresh?: boolean }) => Promise<LightCredentials>

// As early as the SDK: AWS accepts requests until the expiration, by its own clock.
const renewBeforeMs = 5 * 60_000

/** The current credentials: given, from the environment, or from the credential providers of the SDK. */
export class CredentialCache {
  readonly #given: LightCredentials | Provider | undefined
  #provider: Promise<Provider> | undefined
  #cached: LightCredentials | undefined
  #renewing: Promise<LightCredentials> | undefined

  constructor(given: LightCredentials | Provider | undefined) {
    this.#given = given
  }

  async current(): Promise<LightCredentials> {
    const fixed = this.#fixed()
    if (fixed !== undefined) return fixed
    const cached = this.#cached
    const leftMs = leftMsOf(cached)
    if (cached !== undefined && leftMs > renewBeforeMs) return cached
    try {
      return await this.#renew()
    } catch (error) {
      if (cached !== undefined && leftMs > 0) return cached
      throw error
    }
  }

  /** Replaces credentials that AWS reported as expired. @returns whether there are others. */
  async replace(expired: LightCredentials): Promise<boolean> {
    const isOther = ({ accessKeyId, sessionToken }: LightCredentials) =>
      accessKeyId !== expired.accessKeyId || sessionToken !== expired.sessionToken
    const known = this.#fixed() ?? this.#cached
    if (known !== undefined && isOther(known)) return true
    if (this.#fixed() !== undefined) return false
    return isOther(await this.#renew({ forceRefresh: true }))
  }

  /** Credentials that need no request. Those in the environment are read for each call, because programs replace them. */
  #fixed(): LightCredentials | undefined {
    if (this.#given === undefined) return credentialsIn(platform.environment())
    return typeof this.#given === 'function' ? undefined : this.#given
  }

  #renew(options?: { readonly forceRefresh: boolean }): Promise<LightCredentials> {
    this.#renewing ??= this.#ask(options).finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #ask(options?: { readonly forceRefresh: boolean }): Promise<LightCredentials> {
    const provider = typeof this.#given === 'function' ? this.#given : await this.#sdkProvider()
    const credentials = await provider(options)
    if (!areCredentials(credentials)) throw withoutCredentials('the function for credentials returned none')
    this.#cached = credentials
    return credentials
  }

  #sdkProvider(): Promise<Provider> {
    this.#provider ??= loadProvider().catch((error) => {
      this.#provider = undefined
      throw error
    })
    return this.#provider
  }
}

export function areCredentials(value: unknown): value is LightCredentials {
  const { accessKeyId, secretAccessKey }: Record<string, unknown> = Object(value)
  return isText(accessKeyId) && isText(secretAccessKey)
}

/**
 * The credentials in the environment. As in the SDK, a profile takes precedence.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
 */
export function credentialsIn(environment: Readonly<Record<string, string | undefined>>): LightCredentials | undefined {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment
  if (AWS_PROFILE || !accessKeyId || !secretAccessKey) return undefined
  const { AWS_SESSION_TOKEN: sessionToken, AWS_ACCOUNT_ID: accountId } = environment
  const $source = { CREDENTIALS_ENV_VARS: 'g' }
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    // As the SDK marks them: the error of a failed load names the account and where the credentials come from.
    ...{ $source, ...(accountId && { accountId }) },
  }
}

const sdkProviders = '@aws-sdk/credential-provider-node'

async function loadProvider(): Promise<Provider> {
  try {
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
    return defaultProvider()
  } catch {
    const { AWS_PROFILE } = platform.environment()
    const reason = AWS_PROFILE
      ? printable(`AWS_PROFILE selects the profile ${AWS_PROFILE}, which lightClient() reads with ${sdkProviders}`)
      : `the environment holds no credentials, and lightClient() finds others with ${sdkProviders}`
    throw withoutCredentials(`${reason}, which cannot be loaded`, moduleNotFound)
  }
}

function withoutCredentials(detail: string, errorName = 'CredentialsProviderError'): AwsCallError {
  const remedy = `install or bundle ${sdkProviders}, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or pass credentials to lightClient()`
  return new AwsCallError({ code: 'NO_CREDENTIALS', isTransient: false, detail, remedy }, errorName)
}

function leftMsOf(credentials: LightCredentials | undefined): number {
  const expiresAt = credentials?.expiration?.getTime()
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - platform.clock.now()
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
