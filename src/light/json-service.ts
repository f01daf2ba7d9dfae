import { SignatureV4 } from '@smithy/signature-v4'
import type { LightService } from '../aws/client.ts'
import { platform } from '../platform/node.ts'
import { errorIn, outputOf } from './answer.ts'
import { type Answer, ConnectionPool, type SignedRequest } from './connection-pool.ts'
import type { CredentialCache, LightCredentials } from './credentials.ts'
import type { Place } from './endpoint.ts'
import { Sha256 } from './sha256.ts'

export interface JsonServiceOptions {
  readonly signingName: string
  /** The name of the service in the header `x-amz-target`. */
  readonly target: string
  readonly credentials: CredentialCache
  place(): Place
}

// AWS refuses requests whose time differs by more than 5 minutes. As in the SDK.
const maxSkewMs = 4 * 60_000

/** Makes calls to a service of AWS that speaks JSON 1.1. */
export class JsonService implements LightService {
  readonly #options: JsonServiceOptions
  readonly #pool = new ConnectionPool()
  #place: Place | undefined
  /** How far the clock of AWS is ahead of the clock of the process. */
  #skewMs = 0

  constructor(options: JsonServiceOptions) {
    this.#options = options
  }

  get host(): string | undefined {
    return this.#place?.endpoint.hostname
  }

  /** A request that AWS refuses for its time or its expired credentials is sent once more, with others. */
  async call<Output>(
    operation: string,
    input: object,
    { abortSignal }: { readonly abortSignal: AbortSignal },
  ): Promise<Output> {
    const { credentials } = this.#options
    for (let attempts = 1; ; attempts++) {
      const used = await credentials.current()
      const skewMs = this.#skewMs
      const request = await this.#sign(operation, JSON.stringify(input), used)
      abortSignal.throwIfAborted()
      const answer = await this.#pool.send(request, abortSignal)
      this.#compareClocks(answer)
      if (answer.status >= 200 && answer.status < 300) return outputOf<Output>(answer)
      const error = errorIn(answer, attempts)
      const canRepeat =
        attempts === 1 && (skewMs !== this.#skewMs || (hasExpired(error) && (await credentials.replace(used))))
      if (!canRepeat) throw error
    }
  }

  drop(): void {
    this.#pool.drop()
  }

  async #sign(operation: string, body: string, credentials: LightCredentials): Promise<SignedRequest> {
    this.#place ??= this.#options.place()
    const { endpoint, region } = this.#place
    const { signingName, target } = this.#options
    const signer = new SignatureV4({ service: signingName, region, credentials, sha256: Sha256 })
    const path = `${endpoint.pathname.replace(/\/$/, '')}/`
    const headers = {
      host: endpoint.host,
      'content-type': 'application/x-amz-json-1.1',
      'content-length': String(Buffer.byteLength(body)),
      'x-amz-target': `${target}.${operation}`,
      'user-agent': 'liveparam',
      ...traceHeader(platform.environment()),
    }
    const { protocol, hostname } = endpoint
    const signingDate = new Date(platform.clock.now() + this.#skewMs)
    const signed = await signer.sign(
      { method: 'POST', protocol, hostname, path, query: {}, headers, body },
      { signingDate },
    )
    return { endpoint, path, headers: signed.headers, body }
  }

  #compareClocks({ headers: { date = '' } }: Answer): void {
    const skewMs = Date.parse(date) - platform.clock.now()
    if (Math.abs(skewMs - this.#skewMs) >= maxSkewMs) this.#skewMs = skewMs
  }
}

function hasExpired({ name }: Error): boolean {
  return name === 'ExpiredTokenException' || name === 'ExpiredToken'
}

/** The trace of the invocation, which AWS X-Ray and the detection of recursive loops follow. */
function traceHeader({
  AWS_LAMBDA_FUNCTION_NAME,
  _X_AMZN_TRACE_ID,
}: Readonly<Record<string, string | undefined>>): Record<string, string> {
  if (!AWS_LAMBDA_FUNCTION_NAME) return {}
  const trace = invocationTrace() ?? _X_AMZN_TRACE_ID
  return trace ? { 'x-amzn-trace-id': trace } : {}
}

// On Lambda Managed Instances, invocations run side by side, and the environment holds the trace of none.
// https://github.com/awslabs/aws-lambda-invoke-store
function invocationTrace(): string | undefined {
  const { InvokeStore }: { InvokeStore?: { getXRayTraceId?(): unknown } } = Object(Reflect.get(globalThis, 'awslambda'))
  const trace = InvokeStore?.getXRayTraceId?.()
  return typeof trace === 'string' ? trace : undefined
}
