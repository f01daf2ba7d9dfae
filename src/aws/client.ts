import { printable } from '../messages/printable.ts'
import { attemptTimeoutMs } from './call.ts'
import { AwsCallError, moduleNotFound } from './call-error.ts'

/** The part of an AWS SDK for JavaScript v3 client, such as `SSMClient`, that liveparam uses. Any v3 version has it. */
export interface AwsClient {
  /** Clients that liveparam makes to go with this one take over its `region`, `credentials` and `endpoint`. */
  readonly config: object
  /** Makes one call, until the signal aborts. */
  send(command: never, options: { readonly abortSignal: AbortSignal }): Promise<unknown>
}

/** A client that needs no AWS SDK: `lightClient()` from `liveparam/light`. It leaves retries to liveparam. */
export interface LightClient {
  /** Its region and credentials, as functions. */
  readonly config: object
  /** Systems Manager, of which Parameter Store is a part. */
  readonly ssm: LightService
  /** Secrets Manager. */
  readonly secretsManager: LightService
  /** Closes the connections. */
  destroy(): void
}

/** One AWS service of a {@link LightClient}. */
export interface LightService {
  /** The host of the last call. */
  readonly host: string | undefined
  /** Makes one attempt at a call, such as `GetParameters`, until the signal aborts. */
  call<Output>(operation: string, input: object, options: { readonly abortSignal: AbortSignal }): Promise<Output>
  /** Closes the connections to the service. The next call opens new ones. */
  drop(): void
}

export function isLight(client: AwsClient | LightClient | undefined): client is LightClient {
  return client !== undefined && 'secretsManager' in client
}

/**
 * Types a client that was passed in as one of the installed SDK. The types of two SDK versions do not fit each other,
 * though the commands of one version run on the clients of the other.
 */
export function asOurs<Client extends AwsClient>(client: AwsClient): Client
export function asOurs(client: AwsClient): AwsClient {
  return client
}

/**
 * Imports a package of the SDK.
 *
 * @throws AwsCallError when it cannot be loaded.
 */
export async function loadPackage<Module>(name: string, purpose: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    const reason = error instanceof Error ? printable(error.message) : ''
    const isMissing = /^Cannot find (package|module)/.test(reason)
    const detail = `${purpose} needs ${name}, which cannot be loaded${isMissing ? '' : `: ${reason}`}`
    const remedy = isMissing ? `npm install ${name}` : 'check how the bundler includes it, and the version of Node.js'
    throw new AwsCallError({ code: 'AWS_ERROR', isTransient: false, detail, remedy }, moduleNotFound)
  }
}

/** What sends the requests of an SDK client. */
interface RequestHandler<Output> {
  handle(request: { readonly hostname: string }, options?: object): Promise<Output>
}

/** The connections of a client that liveparam made. */
export class Connections {
  #client: { destroy(): void } | undefined
  #host: string | undefined

  /** The host of the last request: only the SDK knows it, once it has resolved the endpoint. */
  get host(): string | undefined {
    return this.#host
  }

  // A middleware would do, but it costs 20 µs a call.
  watch<Output>(client: {
    readonly config: { readonly requestHandler: RequestHandler<Output> }
    destroy(): void
  }): void {
    const { requestHandler } = client.config
    const handle = requestHandler.handle.bind(requestHandler)
    requestHandler.handle = (request, options) => {
      this.#host = request.hostname
      return handle(request, options)
    }
    this.#client = client
  }

  /** Closes all connections. The client opens new ones when it needs them. */
  drop(): void {
    this.#client?.destroy()
  }
}

/** What the clients that liveparam makes depend on. */
interface ClientPlace {
  readonly region?: string
  readonly endpoint?: string
  readonly isInvoked?: boolean | undefined
}

/** The options of a client that liveparam makes to read with. */
export function clientOptions({ region, endpoint, isInvoked }: ClientPlace): {
  readonly maxAttempts: number
  readonly requestHandler: object
  readonly region?: string
  readonly endpoint?: string
} {
  // The SDK leaves a timer behind for a connection that is aborted before it is established.
  const connecting = isInvoked === true ? {} : { connectionTimeout: 1_000 }
  // A second limit, for requests that escape the time limit of attempts. Without the last option, the SDK only logs.
  const requestHandler = { ...connecting, requestTimeout: attemptTimeoutMs + 500, throwOnRequestTimeout: true }
  const place = { ...(region !== undefined && { region }), ...(endpoint !== undefined && { endpoint }) }
  return { maxAttempts: 1, requestHandler, ...place }
}
