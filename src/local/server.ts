import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleepFor } from 'node:timers/promises'
import type { Clock } from '../ports.ts'
import { AwsError } from './aws-error.ts'
import { type CallCounts, CallLog, type RecordedCall } from './call-log.ts'
import { eventShapes } from './event-shapes.ts'
import { EventBus, type Events } from './events.ts'
import { errorOf, type Fault, FaultList, type Faults } from './faults.ts'
import type { Input } from './input.ts'
import { keyShapes } from './key-shapes.ts'
import { type Keys, Kms } from './kms.ts'
import { checkLocalOptions, type LocalAwsOptions, storeSeed } from './options.ts'
import { parameterShapes } from './parameter-shapes.ts'
import { ParameterStore, type Parameters } from './parameter-store.ts'
import { DenyList, type Policy } from './policy.ts'
import { errorToXml, parseForm, serviceOfForm, toXml } from './query-protocol.ts'
import { queueShapes } from './queue-shapes.ts'
import { QueueService, type Queues } from './queues.ts'
import { SecretReferences } from './references.ts'
import {
  assertFromThisMachine,
  isQueryRequest,
  parseJson,
  readBody,
  refusalOf,
  unknownOperation,
  unknownService,
} from './requests.ts'
import { send, sendError, sendHalf, sendHtml, sendJson, sendNoHttp, sendRedirect, sendXml } from './responses.ts'
import { secretShapes } from './secret-shapes.ts'
import { type Secrets, SecretsManager } from './secrets-manager.ts'
import {
  type CallContext,
  callerOf,
  callerOperations,
  callerShapes,
  type Operations,
  partitionOf,
  type ServiceContext,
} from './service-context.ts'
import { checkInput, type Shape } from './shape.ts'
import { topicShapes } from './topic-shapes.ts'
import { TopicService, type Topics } from './topics.ts'

/**
 * A local AWS: Parameter Store, Secrets Manager, KMS, SQS, SNS, EventBridge and the caller identity of STS on a port of
 * this machine, for unmodified AWS clients. Changes of parameters and secrets go to the default event bus, as on AWS.
 *
 * @experimental
 */
export interface LocalAws extends AsyncDisposable {
  /** The URL of the server, for example `http://127.0.0.1:43210`. */
  readonly endpoint: string
  /** Options for the constructor of any SDK client. */
  readonly clientOptions: {
    readonly endpoint: string
    readonly region: string
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  }
  /**
   * Environment variables that make every AWS client of a process use the local AWS: for
   * `Object.assign(process.env, …)` or the `env` of a child process.
   */
  readonly environment: Readonly<Record<string, string>>
  /** Parameter Store. */
  readonly parameters: Parameters
  /** Secrets Manager. */
  readonly secrets: Secrets
  /** KMS. */
  readonly keys: Keys
  /** SQS. */
  readonly queues: Queues
  /** SNS. */
  readonly topics: Topics
  /** The default event bus of EventBridge. */
  readonly events: Events
  /** Failures of calls. */
  readonly faults: Faults
  /** Denials of calls. */
  readonly policy: Policy
  /** The calls since the start, or since `resetCounts()`. */
  readonly counts: CallCounts
  /** The last 10,000 calls. */
  readonly requests: readonly RecordedCall[]
  /** Sets all counts to zero and clears `requests`. */
  resetCounts(): void
  /** Closes idle connections, as AWS does after some time. */
  closeIdleConnections(): void
  /** Stops the server and cuts every connection, including those of hanging calls. */
  close(): Promise<void>
}

/**
 * Starts a local AWS that listens on 127.0.0.1.
 *
 * @throws TypeError For an unknown or invalid option, or a seed that AWS would refuse.
 * @experimental
 */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  checkLocalOptions(options)
  const local = new LocalAwsServer(options)
  const { seed = {} } = options
  if (typeof seed === 'string' || seed instanceof URL) {
    const { readSeedFile } = await import('./seed-file.ts')
    const file = await readSeedFile(seed)
    storeSeed(file.seed, local.parameters, local.secrets, (...entry) => `${file.placeOf(...entry)}: ${entry[1]}`)
  } else storeSeed(seed, local.parameters, local.secrets)
  await local.listen(options.port ?? 0)
  return local
}

class LocalAwsServer implements LocalAws {
  readonly parameters: ParameterStore
  readonly secrets: SecretsManager
  readonly keys: Kms
  readonly queues: QueueService
  readonly topics: TopicService
  readonly events: EventBus
  readonly faults: FaultList
  readonly policy: DenyList
  readonly #region: string
  readonly #clock: Clock
  readonly #server: Server
  readonly #services: Readonly<Record<string, Service>>
  readonly #closing = new AbortController()
  readonly #log = new CallLog()
  #port = 0

  constructor({ region = 'us-east-1', accountId = '123456789012', clock = realClock }: LocalAwsOptions) {
    this.#region = region
    this.#clock = clock
    const caller = callerOf(accountId, partitionOf(region))
    // On AWS, no policy can deny GetCallerIdentity.
    this.policy = new DenyList(caller.arn, () => this.#actions.filter((action) => !action.startsWith('sts:')))
    this.faults = new FaultList(clock, () => this.#actions)
    const arn = (service: string, resource: string) =>
      `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`
    // Each waiting call adds a listener.
    setMaxListeners(0, this.#closing.signal)
    const context: ServiceContext = {
      clock,
      policy: this.policy,
      caller,
      arn,
      endpoint: () => this.endpoint,
      signal: this.#closing.signal,
      emit: (event) => this.events.put(event),
    }
    this.keys = new Kms(context)
    this.secrets = new SecretsManager(context, this.keys)
    this.parameters = new ParameterStore(context, this.keys, new SecretReferences(this.secrets))
    this.queues = new QueueService(context)
    this.topics = new TopicService(context, this.queues)
    this.events = new EventBus(context, this.queues, this.topics)
    this.#services = {
      AmazonSQS: { prefix: 'sqs', operations: this.queues.operations, shapes: queueShapes },
      AWSEvents: { prefix: 'events', operations: this.events.operations, shapes: eventShapes },
      AmazonSNS: { prefix: 'sns', operations: this.topics.operations, shapes: topicShapes },
      AmazonSSM: { prefix: 'ssm', operations: this.parameters.operations, shapes: parameterShapes },
      secretsmanager: { prefix: 'secretsmanager', operations: this.secrets.operations, shapes: secretShapes },
      AWSSecurityTokenService: { prefix: 'sts', operations: callerOperations(caller), shapes: callerShapes },
      TrentService: { prefix: 'kms', operations: this.keys.operations, shapes: keyShapes },
    }
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get clientOptions(): LocalAws['clientOptions'] {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    return { endpoint: this.endpoint, region: this.#region, credentials }
  }

  get environment(): LocalAws['environment'] {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: this.#region,
      AWS_DEFAULT_REGION: this.#region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    }
  }

  get counts(): CallCounts {
    return { ...this.#log.counts, decryptions: this.keys.decryptions }
  }

  get requests(): readonly RecordedCall[] {
    return this.#log.requests
  }

  resetCounts(): void {
    this.#log.reset()
    this.keys.decryptions = 0
  }

  closeIdleConnections(): void {
    this.#server.closeIdleConnections()
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', resolve)
    })
    const address = this.#server.address()
    this.#port = typeof address === 'object' && address !== null ? address.port : port
  }

  async close(): Promise<void> {
    this.#closing.abort()
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The IAM actions of all operations. */
  get #actions(): string[] {
    return Object.values(this.#services).flatMap(({ prefix, operations }) => {
      return Object.keys(operations).map((operation) => `${prefix}:${operation}`)
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.headers['x-amz-target']?.toString()
    const isForm = isQueryRequest(request.headers)
    // Clients compare the age of messages with this header. For other services, the SDK would treat the clock of a test
    // as clock skew.
    if (target?.startsWith('AmazonSQS.')) response.setHeader('date', new Date(this.#clock.now()).toUTCString())
    try {
      assertFromThisMachine(request)
      const refusal = refusalOf(request)
      if (refusal !== undefined) throw refusal
      const body = await readBody(request)
      if (isForm && request.method === 'GET') return this.#get(request.url ?? '', response)
      const [service = '', operation = ''] = String(target ?? '').split('.')
      const [, query = ''] = (request.url ?? '').split('?')
      const form = [query, body].filter((part) => part !== '').join('&')
      const call = isForm
        ? { service: serviceOfForm(form) ?? '', ...parseForm(form) }
        : { service, operation, input: parseJson(body) }
      await this.#answer({ ...call, isForm }, response)
    } catch (error) {
      if (response.destroyed || this.#closing.signal.aborted) return
      const awsError = error instanceof AwsError ? error : new AwsError('InternalServerError', String(error), 500)
      if (isForm) sendXml(response, awsError.status, errorToXml(awsError, randomUUID()))
      else sendError(response, awsError)
    }
  }

  // Serves the links in messages of SNS: to the certificate, to confirm a subscription, and to end it.
  #get(url: string, response: ServerResponse): void {
    const query = new URLSearchParams(url.split('?')[1])
    if (url.endsWith('.pem')) send(response, 200, 'text/plain', this.topics.certificate)
    else if (query.get('Action') === 'ConfirmSubscription') {
      const output = this.topics.confirm(query.get('TopicArn') ?? '', query.get('Token') ?? '')
      sendXml(response, 200, toXml('ConfirmSubscription', output, randomUUID()))
    } else {
      this.topics.unsubscribe(query.get('SubscriptionArn') ?? '')
      sendXml(response, 200, toXml('Unsubscribe', undefined, randomUUID()))
    }
  }

  async #answer({ service: name, operation, input, isForm }: Call, response: ServerResponse): Promise<void> {
    const serviceName = name.replace(/_\d+$/, '')
    const service = Object.hasOwn(this.#services, serviceName) ? this.#services[serviceName] : undefined
    if (service === undefined) throw unknownService(isForm, Object.keys(this.#services))
    const run = Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined
    if (run === undefined) throw unknownOperation(service.prefix, operation, Object.keys(service.operations), isForm)
    const action = `${service.prefix}:${operation}`
    this.#log.record(action, input, this.#clock.now())
    const faults = this.faults.faultsFor(action, input)
    for (const fault of faults) await this.#applyFault(fault, response)
    if (response.destroyed || response.writableEnded) return
    const shape = service.shapes?.[operation]
    if (shape !== undefined) checkInput(action, input, shape)
    const disconnected = new AbortController()
    response.once('close', () => disconnected.abort())
    const traceHeader = response.req.headers['x-amzn-trace-id']?.toString()
    const output = await run(input, { ...this.#contextOf(faults), signal: disconnected.signal, traceHeader })
    if (response.destroyed) return
    if (isForm) return sendXml(response, 200, toXml(operation, output, randomUUID(), serviceName))
    const cut = faults.find(({ kind }) => kind === 'half-body' || kind === 'slow-body')
    const body = JSON.stringify(output)
    if (cut === undefined) sendJson(response, 200, body)
    else sendHalf(response, body, cut.kind)
  }

  async #applyFault(fault: Fault, response: ServerResponse): Promise<void> {
    const error = errorOf(fault)
    if (error !== undefined) throw error
    if (fault.kind === 'latency') await this.#clock.sleep(fault.ms, this.#closing.signal)
    if (fault.kind === 'reset') {
      response.socket?.resetAndDestroy()
      response.destroy()
    }
    if (fault.kind === 'hang') await new Promise<void>((resolve) => response.once('close', resolve))
    if (fault.kind === 'html-503') sendHtml(response)
    if (fault.kind === 'redirect') sendRedirect(response)
    if (fault.kind === 'not-http') await sendNoHttp(response)
    if (fault.kind === 'body') sendJson(response, 200, fault.text)
  }

  #contextOf(faults: readonly Fault[]): Pick<CallContext, 'readAt' | 'hasSparsePages'> {
    const now = this.#clock.now()
    const stale = faults.find((fault) => fault.kind === 'stale')
    const readAt = stale?.kind === 'stale' ? now - stale.forMs : now
    return { readAt, hasSparsePages: faults.some(({ kind }) => kind === 'sparse-pages') }
  }
}

/** A service of the local AWS. */
interface Service {
  /** The prefix of its IAM actions. */
  readonly prefix: string
  readonly operations: Operations
  /** The request members of each operation. */
  readonly shapes?: Readonly<Record<string, Shape>>
}

interface Call {
  readonly service: string
  readonly operation: string
  readonly input: Input
  readonly isForm: boolean
}

const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await sleepFor(ms, undefined, signal === undefined ? {} : { signal })
  },
}
