import type { Whereabouts } from '../errors.ts'
import type {
  Outcome,
  ParameterSource,
  PlannedCall,
  Reading,
  ReadOptions,
  ReadRequest,
  SecretRequest,
  SourcePlace,
  SourceUsage,
  StoredSecret,
} from '../ports.ts'
import { settleAll } from '../time/settle.ts'
import { pickHierarchy, readByName } from './by-name.ts'
import { AwsCaller, type AwsCallerOptions, type CallAttempt } from './call.ts'
import {
  type AwsClient,
  type Call,
  type ClientPlace,
  clientOptions,
  type LightClient,
  loadPackage,
  type OpenClient,
  openClient,
} from './client.ts'
import { importSsm } from './import-ssm.ts'
import { ParameterStore } from './parameter-store.ts'
import { type RouteOptions, Routes } from './routes.ts'
import type { SecretReader } from './secrets.ts'
import { Usage } from './usage.ts'

/** Where and how AWS is read. */
export interface AwsSourceOptions extends ClientPlace, RouteOptions, Omit<AwsCallerOptions, 'client' | 'connections'> {
  /** Is not closed. An SDK client keeps its own retries. */
  readonly client?: AwsClient | LightClient
  /**
   * Is not closed. An SDK client keeps its own retries. When absent, a light `client` serves secrets too; otherwise
   * liveparam makes one with the settings of `client`.
   */
  readonly secretsClient?: AwsClient | LightClient
  /** Whether the process may be frozen: an aborted reading then leaves no timer behind. @default false */
  readonly isInvoked?: boolean
  /** Reads the identity of the process from the environment. */
  readIdentity?(): Promise<Whereabouts>
}

/**
 * Reads Parameter Store, and Secrets Manager behind it, with the clients that were passed in, or with its own. It loads
 * and makes its client for Parameter Store at once.
 */
export class AwsSource implements ParameterSource {
  readonly options: AwsSourceOptions
  readonly ssm: Promise<OpenClient>
  readonly parameterStore: ParameterStore
  readonly denied: Set<string> = new Set()
  readonly tally: Usage = new Usage()
  readonly #routes: Routes
  readonly #callers: AwsCaller[] = []
  #secrets: Promise<SecretReader> | undefined

  constructor(options: AwsSourceOptions, routes: Routes = new Routes(options)) {
    this.options = options
    this.#routes = routes
    this.ssm = openClient(options.client, 'ssm', {
      load: () => loadPackage('@aws-sdk/client-ssm', 'reading Parameter Store', importSsm),
      make: ({ SSMClient }) => new SSMClient(clientOptions(options)),
    })
    // The first reading reports the failure.
    this.ssm.catch(() => undefined)
    this.parameterStore = new ParameterStore(this.callsTo('ssm', this.ssm), this.tally)
  }

  async read({ hierarchies, names, secrets }: ReadRequest, { signal, known }: ReadOptions): Promise<Reading> {
    const before = this.tally.total
    const routes = this.#routes
    const reading = { ssm: this.parameterStore, denied: this.denied, routes, signal, known }
    const byName = readByName(routes.namesOf(hierarchies, names), reading)
    const byPath = hierarchies.map(async (request) => {
      // After the walks: if a denied path was walked from its parent, fewer names are read by name.
      const named = async () => pickHierarchy(request, routes.of(request).names, await byName)
      if (routes.of(request).walks.length === 0) return named()
      const { walkHierarchy } = await import('./by-path.ts')
      return walkHierarchy(request, named, reading)
    })
    const all = [byName, settleAll(byPath), this.#readSecrets(secrets, signal)] as const
    const [outcomes, walked, found] = await settleAll(all)
    const pairOf = (name: string) => {
      const outcome = outcomes.get(name)
      return outcome === undefined ? [] : [[name, outcome] as const]
    }
    return {
      hierarchies: walked,
      names: new Map(names.flatMap(pairOf)),
      secrets: found,
      calls: this.tally.total - before,
    }
  }

  explain(request: ReadRequest): readonly PlannedCall[] {
    return this.#routes.explain(request)
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
    const { config = {} } = await this.ssm.catch((): Partial<OpenClient> => ({}))
    const environment = (await readIdentity?.()) ?? {}
    const { place, hasReached } = this.tally
    return whereaboutsOf({ config, account: place?.accountId, hasCalled: hasReached, environment, nextTurn })
  }

  resumed(): void {
    for (const caller of this.#callers) caller.resumed()
  }

  async close(): Promise<void> {
    const secrets = await this.#secrets?.catch(() => undefined)
    await secrets?.close()
    const ssm = await this.ssm.catch(() => undefined)
    ssm?.destroy?.()
  }

  /** Makes calls to a service, at the pace of its client unless it is given another. */
  callsTo(service: string, opening: Promise<OpenClient>, ownPace?: object): Call {
    let caller: AwsCaller | undefined
    return async (operation, input, signal) => {
      const { call, connections, pace } = await opening
      caller ??= this.#callerOf(ownPace ?? pace, connections)
      const send = (abortSignal: AbortSignal) => call<never>(operation, input, { abortSignal })
      return caller.call(`${service}:${operation}`, input, send, signal)
    }
  }

  #callerOf(client: object, connections: OpenClient['connections']): AwsCaller {
    const { clock, random, nextTurn, onCall } = this.options
    const count = (attempt: CallAttempt) => {
      this.tally.count(attempt)
      onCall?.(attempt)
    }
    const caller = new AwsCaller({ client, connections, clock, random, nextTurn, onCall: count })
    this.#callers.push(caller)
    return caller
  }

  async #readSecrets(secrets: readonly SecretRequest[], signal: AbortSignal): Promise<Outcome<StoredSecret>[]> {
    if (secrets.length === 0) return []
    this.#secrets ??= import('./secrets.ts').then(({ SecretReader }) => new SecretReader(this))
    return (await this.#secrets).read(secrets, signal)
  }
}
