import type { ReadFailure, Whereabouts } from '../errors.ts'
import { moduleFailure } from '../messages/describe-thrown.ts'
import type {
  ParameterSource,
  PlannedCall,
  Reading,
  ReadOptions,
  ReadRequest,
  SourcePlace,
  SourceUsage,
} from '../ports.ts'
import type { AwsSource, AwsSourceOptions } from './aws-source.ts'
import { importSsm } from './import-ssm.ts'
import { Routes } from './routes.ts'

/** An {@link AwsSource} that loads while the config starts: a config that reads another source does not load it. */
export class DeferredAwsSource implements ParameterSource {
  readonly #options: AwsSourceOptions
  readonly #routes: Routes
  #loading: Promise<typeof import('./aws-source.ts')> | undefined
  #source: AwsSource | undefined

  constructor(options: AwsSourceOptions) {
    this.#options = options
    this.#routes = new Routes(options)
    // The first reading reports the failures.
    this.#load().catch(() => undefined)
    // In parallel with the source, which needs it next.
    if (options.client === undefined) importSsm().catch(() => undefined)
  }

  async read(request: ReadRequest, options: ReadOptions): Promise<Reading> {
    const source = await this.#load().catch(moduleFailure)
    return 'read' in source ? source.read(request, options) : unread(request, source)
  }

  explain(request: ReadRequest): readonly PlannedCall[] {
    return this.#routes.explain(request)
  }

  usage(): SourceUsage {
    return this.#source?.usage() ?? { calls: {}, decryptions: 0 }
  }

  place(): SourcePlace | undefined {
    return this.#source?.place()
  }

  async where(): Promise<Whereabouts> {
    const source = await this.#load().catch(() => undefined)
    return source?.where() ?? {}
  }

  resumed(): void {
    this.#source?.resumed()
  }

  async close(): Promise<void> {
    await this.#loading?.catch(() => undefined)
    await this.#source?.close()
  }

  /** After a failure, the next call tries again. */
  async #load(): Promise<AwsSource> {
    try {
      this.#loading ??= import('./aws-source.ts')
      const { AwsSource } = await this.#loading
      this.#source ??= new AwsSource(this.#options, this.#routes)
      return this.#source
    } catch (error) {
      this.#loading = undefined
      throw error
    }
  }
}

function unread({ hierarchies, names, secrets }: ReadRequest, failure: ReadFailure): Reading {
  const failed = { kind: 'failed', failure } as const
  return {
    hierarchies: hierarchies.map(() => ({ parameters: [], failures: new Map(), failure })),
    names: new Map(names.map((name) => [name, failed])),
    secrets: secrets.map(() => failed),
    calls: 0,
  }
}
