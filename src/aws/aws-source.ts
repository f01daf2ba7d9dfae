import type { Whereabouts } from '../errors.ts'
import type {
  Clock,
  Outcome,
  ParameterSource,
  PlannedCall,
  Random,
  Reading,
  ReadOptions,
  ReadRequest,
  SecretRequest,
  SourcePlace,
  SourceUsage,
  StoredPolicy,
  StoredSecret,
} from '../ports.ts'
import { settleAll } from '../time/settle.ts'
import { chunk, type DeniedNames } from './by-name.ts'
import { AwsCaller, type CallAttempt } from './call.ts'
import { type AwsClient, asOurs, Connections, clientOptions, loadPackage } from './client.ts'
import { readRoutes } from './hierarchies.ts'
import { ParameterStore, type SsmSdk } from './parameter-store.ts'
import { isReference, Routes, referenceName, type SecretsVia, type Strategy } from './routes.ts'
import type { SecretReader } from './secrets.ts'
import { Usage } from './usage.ts'

/** Where and how AWS is read. */
export interface AwsSourceOptions {
  /** Keeps its own retries, and is not closed. */
  readonly client?: AwsClient
  /** Keeps its own retries, and is not closed. When absent, liveparam makes one with the settings of the other client. */
  readonly secretsClient?: AwsClient
  readonly region?: string
  readonly endpoint?: string
  /** @default 'auto' */
  readonly strategy?: Strategy
  /** @default 'parameter-store' */
  readonly secretsVia?: SecretsVia
  /** Whether the process may be frozen: an aborted reading then leaves no timer behind. @default false */
  readonly isInvoked?: boolean
  readonly clock: Clock
  readonly random: Random
  /** Resolves in the next turn of the event loop. */
  nextTurn(): Promise<void>
  /** Reads the identity of the process from the environment. */
  readIdentity?(): Promise<Whereabouts>
  /** Called after every attempt at a call. */
  onCall?(attempt: CallAttempt): void
}

/** Reads Parameter Store, and Secrets Manager behind it. */
export function awsSource(options: AwsSourceOptions): ParameterSource {
  return new AwsSource(options)
}

/** Imports the SDK when it is constructed; the first reading awaits the import. */
export class AwsSource implements ParameterSource {
  readonly options: AwsSourceOptions
  readonly opening: Promise<SsmSdk>
  readonly parameterStore: ParameterStore
  readonly denied: DeniedNames = new Set()
  readonly tally: Usage = new Usage()
  // DescribeParameters has a quota of its own: throttling there must not slow down readings.
  readonly #describing: AwsCaller
  readonly #routes: Routes
  readonly #callers: AwsCaller[] = []
  #config: object
  #secrets: Promise<SecretReader> | undefined

  constructor(options: AwsSourceOptions) {
    this.options = options
    const { client, strategy = 'auto' } = options
    this.#config = client?.config ?? {}
    this.#routes = new Routes(strategy)
    const connections = client === undefined ? new Connections() : undefined
    this.opening = this.#open(connections)
    // The first reading reports the failure.
    this.opening.catch(() => undefined)
    this.parameterStore = new ParameterStore(this.opening, this.callerOf(client, connections), this.tally)
    this.#describing = this.callerOf(undefined, connections)
  }

  async read(request: ReadRequest, { signal, known }: ReadOptions): Promise<Reading> {
    const before = this.tally.total
    const reading = { ssm: this.parameterStore, denied: this.denied, routes: this.#routes, signal, known }
    const parameters = readRoutes(request.hierarchies, request.names, reading)
    const secrets = this.#readSecrets(request.secrets, signal)
    await settleAll<unknown>([parameters, secrets])
    return { ...(await parameters), secrets: await secrets, calls: this.tally.total - before }
  }

  async readPolicies(request: ReadRequest, { signal }: Pick<ReadOptions, 'signal'>): Promise<StoredPolicy[]> {
    const { describePolicies } = await import('./describe-policies.ts')
    const sdk = await this.opening
    return describePolicies(request, { sdk, caller: this.#describing, clock: this.options.clock, signal })
  }

  explain({ hierarchies, names, secrets }: ReadRequest): readonly PlannedCall[] {
    const { secretsVia } = this.options
    const references = secrets.filter((secret) => isReference(secret, secretsVia)).map(referenceName)
    const others = secrets.filter((secret) => !isReference(secret, secretsVia))
    const walks = new Set(hierarchies.flatMap((request) => this.#routes.of(request).walks.map(({ path }) => path)))
    const single = this.#routes.namesOf(hierarchies, names)
    return [
      ...[...walks].map((path) => ({ action: 'ssm:GetParametersByPath', subjects: [path] })),
      ...chunk(single).map((subjects) => ({ action: 'ssm:GetParameters', subjects })),
      ...chunk([...new Set(references)]).map((subjects) => ({ action: 'ssm:GetParameters', subjects })),
      ...others.map(({ id, selector }) => ({
        action: 'secretsmanager:GetSecretValue',
        subjects: [selector === undefined ? id : `${id}:${selector}`],
      })),
    ]
  }

  usage(): SourceUsage {
    return this.tally.shown()
  }

  place(): SourcePlace | undefined {
    return this.tally.place
  }

  async where(): Promise<Whereabouts> {
    const { whereaboutsOf } = await import('./whereabouts.ts')
    const { readIdentity, nextTurn } = this.options
    const environment = (await readIdentity?.()) ?? {}
    const { place, hasReached } = this.tally
    const account = place?.accountId
    return whereaboutsOf({ config: this.#config, account, hasCalled: hasReached, environment, nextTurn })
  }

  resumed(): void {
    for (const caller of this.#callers) caller.resumed()
  }

  async close(): Promise<void> {
    const secrets = await this.#secrets?.catch(() => undefined)
    await secrets?.close()
    if (this.options.client !== undefined) return
    const sdk = await this.opening.catch(() => undefined)
    sdk?.client.destroy()
  }

  /** Callers of the same given client share their pace and their calls; without one, a caller has its own. */
  callerOf(given: AwsClient | undefined, connections: Connections | undefined): AwsCaller {
    const { clock, random, nextTurn, onCall } = this.options
    const count = (attempt: CallAttempt) => {
      this.tally.count(attempt)
      onCall?.(attempt)
    }
    const caller = new AwsCaller({ client: given ?? {}, connections, clock, random, nextTurn, onCall: count })
    this.#callers.push(caller)
    return caller
  }

  async #open(connections: Connections | undefined): Promise<SsmSdk> {
    const { client: given } = this.options
    const module = await loadPackage('@aws-sdk/client-ssm', 'reading Parameter Store', () => {
      return import('@aws-sdk/client-ssm')
    })
    if (given !== undefined) return { module, client: asOurs(given) }
    const client = new module.SSMClient(clientOptions(this.options))
    connections?.watch(client)
    this.#config = client.config
    return { module, client }
  }

  async #readSecrets(secrets: readonly SecretRequest[], signal: AbortSignal): Promise<Outcome<StoredSecret>[]> {
    if (secrets.length === 0) return []
    this.#secrets ??= import('./secrets.ts').then(({ SecretReader }) => new SecretReader(this))
    return (await this.#secrets).read(secrets, signal)
  }
}
