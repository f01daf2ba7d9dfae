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
  /** Systems Manager, which contains Parameter Store. */
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

/** Makes one call, such as `GetParameters`, at the pace and with the retries of its caller. @throws AwsCallError */
export type Call = <Output>(operation: string, input: object, signal: AbortSignal) => Promise<Output>

/** A client that is ready for calls. */
export interface OpenClient {
  readonly call: LightService['call']
  readonly config: object
  /** Calls through the same object share their pace. */
  readonly pace: object
  /** Absent for an SDK client that was passed in, which has its own retries and limits. */
  readonly connections?: Pick<LightService, 'host' | 'drop'>
  /** Absent for a client that was passed in. */
  destroy?(): void
}

/** How long one attempt may take with a client of our own. */
export const attemptTimeoutMs = 2_000

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
    const { whyNotLoaded } = await import('./aws-messages.ts')
    throw whyNotLoaded(error, name, purpose)
  }
}

/**
 * Opens the client that was passed in. Without one, `load` imports the package of the SDK, and `make` makes a client
 * with it.
 */
export async function openClient<Sdk extends object, Output>(
  given: AwsClient | LightClient | undefined,
  service: 'ssm' | 'secretsManager',
  { load, make }: { load(): Promise<Sdk>; make(sdk: Sdk): OwnClient<Output> | Promise<OwnClient<Output>> },
): Promise<OpenClient> {
  if (isLight(given)) {
    const connections = given[service]
    return { call: connections.call.bind(connections), config: given.config, pace: connections, connections }
  }
  if (given !== undefined) return openGiven(given, load)
  const sdk = await load()
  return openOwn(await make(sdk), sdk)
}

/**
 * Opens an SDK client that was passed in. `load` imports its commands: the aggregated client `SSM` has a method for each
 * call and needs none.
 */
export async function openGiven(client: AwsClient, load: () => Promise<object>): Promise<OpenClient> {
  const methodOf = (operation: string) => Reflect.get(client, operation.charAt(0).toLowerCase() + operation.slice(1))
  const hasMethods = 'getParameters' in client || 'getSecretValue' in client
  const call: OpenClient['call'] = hasMethods
    ? async (operation, input, options) => methodOf(operation).call(client, input, options)
    : callsWith(await load(), client)
  return { call, config: client.config, pace: client }
}

/** A client that liveparam made. */
interface OwnClient<Output> extends AwsClient {
  readonly config: {
    readonly requestHandler: { handle(request: { readonly hostname: string }, options?: object): Promise<Output> }
  }
  destroy(): void
}

/** Opens a client that liveparam made with `sdk`, the package of its commands. */
export function openOwn<Output>(client: OwnClient<Output>, sdk: object): OpenClient {
  const { requestHandler } = client.config
  const handle = requestHandler.handle.bind(requestHandler)
  // The client opens new connections when it needs them.
  const drop = () => client.destroy()
  const connections: { host: string | undefined; drop(): void } = { host: undefined, drop }
  // Only the SDK knows the host, once it has resolved the endpoint. A middleware would do, but it costs 20 µs a call.
  requestHandler.handle = (request, options) => {
    connections.host = request.hostname
    return handle(request, options)
  }
  return { call: callsWith(sdk, client), config: client.config, pace: client, connections, destroy: drop }
}

interface Sender extends AwsClient {
  send(command: object, options: { readonly abortSignal: AbortSignal }): Promise<never>
}

/** Calls with the commands of a package, such as `GetParametersCommand`. */
function callsWith(sdk: object, client: AwsClient): OpenClient['call'] {
  const sender = asOurs<Sender>(client)
  return (operation, input, options) => {
    const Command = Reflect.get(sdk, `${operation}Command`)
    return sender.send(new Command(input), options)
  }
}

/** Where a client that liveparam makes sends its calls. */
export interface ClientPlace {
  /** Further options of an SDK client, such as `profile`. */
  readonly sdk?: object
  readonly region?: string
  readonly endpoint?: string
}

/** The options of a client that liveparam makes to read with. */
export function clientOptions(
  options: ClientPlace & { readonly isInvoked?: boolean | undefined },
): ClientPlace & { readonly maxAttempts: number; readonly requestHandler: object } {
  const { sdk, region, endpoint, isInvoked } = options
  // The SDK leaves a timer behind for a connection that is aborted before it is established.
  const connecting = isInvoked === true ? {} : { connectionTimeout: 1_000 }
  // A second limit, for requests that escape the time limit of attempts. Without the last option, the SDK only logs.
  const requestHandler = { ...connecting, requestTimeout: attemptTimeoutMs + 500, throwOnRequestTimeout: true }
  const place = { ...sdk, ...(region && { region }), ...(endpoint && { endpoint }) }
  return { maxAttempts: 1, requestHandler, ...place }
}
