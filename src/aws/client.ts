import { isObject, isText } from './json.ts'

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

/** Notes where a client sends its requests: which host that is, only the SDK knows, once it has resolved the endpoint. */
export class HostRecorder {
  #host: string | undefined

  get host(): string | undefined {
    return this.#host
  }

  readonly middleware =
    <Args extends { readonly request: unknown }, Output>(next: (args: Args) => Output): ((args: Args) => Output) =>
    (args) => {
      const { request } = args
      if (isObject(request) && isText(request.hostname)) this.#host = request.hostname
      return next(args)
    }
}
