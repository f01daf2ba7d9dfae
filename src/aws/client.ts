/**
 * A client of the AWS SDK for JavaScript v3, such as an `SSMClient`: the least of it that is used here. Of whichever
 * version the SDK is installed, its clients have that.
 */
export interface AwsClient {
  /** Where it sends to and as whom: `region`, `credentials` and `endpoint` are taken over by clients made like it. */
  readonly config: object
  /** Makes one call, until the signal aborts. */
  send(command: never, options: { readonly abortSignal: AbortSignal }): Promise<unknown>
}

/**
 * The types of two versions of the SDK do not fit each other, though commands of the one run on clients of the other:
 * this is where a client of any version becomes one of ours.
 */
export function asOurs<Client extends AwsClient>(client: AwsClient): Client
export function asOurs(client: AwsClient): AwsClient {
  return client
}

/** What sends the requests of a client of the SDK. */
interface RequestHandler<Output> {
  handle(request: { readonly hostname: string }, options?: object): Promise<Output>
}

/**
 * Records where a client of our own sends its requests: only the SDK knows the host, once it has resolved the endpoint.
 * A middleware would do, but it costs 20 µs a call.
 */
export class HostRecorder {
  #host: string | undefined

  get host(): string | undefined {
    return this.#host
  }

  watch<Output>(handler: RequestHandler<Output>): void {
    const handle = handler.handle.bind(handler)
    handler.handle = (request, options) => {
      this.#host = request.hostname
      return handle(request, options)
    }
  }
}
