import type { $ZodType, output } from 'zod/v4/core'
import { type Candidate, type CandidateSpec, type Refusal, readCandidate } from './candidate.ts'
import { type ConfigDefinition, checkedDefinition, isEnvironment, toDefinition } from './define-config.ts'
import { LoadError } from './errors.ts'
import { type LiveConfig, makeLiveConfig } from './live-config.ts'
import type { ConfigOptions } from './options.ts'
import { awsSource } from './parameters/aws-source.ts'
import { platform } from './platform/node.ts'
import type { Clock, Logger, ParameterSource, Random } from './ports.ts'
import { exponential } from './refresh/backoff.ts'
import { DeadlineReached, race, settleSoon, withDeadline } from './refresh/deadline.ts'
import { lookUntilAccepted } from './refresh/startup.ts'
import { holdsSensitive } from './schema/overlay.ts'
import { placeEnvironment } from './schema/overrides.ts'
import { planRequest } from './schema/read-request.ts'
import { describeThrown, withoutMessage } from './schema/thrown.ts'
import { explain } from './snapshot/explain.ts'
import { makeSnapshot, type Snapshot } from './snapshot/snapshot.ts'

const hookTimeoutMs = 10_000
const startBackoff = exponential({ baseMs: 100, maxMs: 2_000 })

/**
 * Reads the parameters, checks them and resolves with the handle once there is a first snapshot.
 *
 * @throws DefinitionError when the options or the schema cannot work.
 * @throws LoadError when something is missing, unreadable or invalid: all of it in one readable message.
 */
export async function loadConfig<const Schema extends $ZodType>(
  from: ConfigDefinition<Schema> | ConfigOptions<Schema>,
): Promise<LiveConfig<output<Schema>>> {
  const config = createConfig(from)
  try {
    await config.ready
    return config
  } catch (error) {
    await config.close()
    throw error
  }
}

/**
 * The handle at once, for places that cannot await: `await config.ready` before reading `config.current`.
 *
 * @throws DefinitionError when the options or the schema cannot work.
 */
export function createConfig<const Schema extends $ZodType>(
  from: ConfigDefinition<Schema> | ConfigOptions<Schema>,
): LiveConfig<output<Schema>> {
  const loader = new Loader<Schema>(toDefinition(from))
  return makeLiveConfig<output<Schema>>({
    start: (signal) => loader.start(signal),
    explain: (snapshot, key) => loader.explain(snapshot, key),
    release: () => loader.release(),
    signal: loader.signal,
  })
}

class Loader<Schema extends $ZodType> {
  readonly signal: AbortSignal | undefined
  readonly #options: Readonly<ConfigOptions<Schema>>
  readonly #spec: CandidateSpec
  readonly #source: ParameterSource
  readonly #clock: Clock
  readonly #random: Random
  readonly #warnings: string[] = []
  readonly #reads = new Set<Promise<unknown>>()

  constructor(definition: ConfigDefinition<Schema>) {
    const { options } = definition
    const { plan, layers, overrides } = checkedDefinition(definition)
    this.#options = options
    this.signal = options.signal
    this.#clock = options.clock ?? platform.clock
    this.#random = options.random ?? platform.random
    const environment = isEnvironment(options.overrides)
      ? placeEnvironment(plan, options.overrides.environmentPrefix, platform.environment())
      : { values: overrides, unknown: [] }
    this.#warnings.push(
      ...environment.unknown.map((name) => `${name} is set, and no key of the schema is spelled like it`),
    )
    const planned = planRequest(plan, layers)
    this.#spec = { schema: options.schema, plan, layers, planned, overrides: environment.values }
    const source = options.source ?? awsSource({ ...awsOptions(options), clock: this.#clock, random: this.#random })
    this.#source = trackReads(source, this.#reads)
  }

  async start(signal: AbortSignal): Promise<Snapshot<output<Schema>>> {
    const startedAt = this.#clock.now()
    const timeoutMs = this.#options.startup?.timeoutMs ?? platform.startupTimeoutMs()
    const { result, looks } = await withDeadline(this.#clock, timeoutMs, signal, (deadline) =>
      lookUntilAccepted<Snapshot<output<Schema>>, Refusal>(() => this.#look(deadline), {
        clock: this.#clock,
        random: this.#random,
        delayAfter: (count, random) => startBackoff.delay(count, random),
        signal: deadline,
      }),
    )
    signal.throwIfAborted()
    if (isRefusal(result)) throw new LoadError({ ...result, looks, elapsedMs: this.#clock.now() - startedAt })
    for (const warning of this.#warnings) warn(this.#options.logger, warning)
    return result
  }

  explain(snapshot: Snapshot<unknown> | undefined, key: string | undefined): ReturnType<typeof explain> {
    const { plan, layers, planned } = this.#spec
    const calls = this.#source.explain?.(planned.request) ?? []
    return explain({ snapshot, plan, layers, calls, warnings: [...this.#warnings] }, key)
  }

  async release(): Promise<void> {
    await Promise.allSettled(this.#reads)
    await this.#source.close?.()
  }

  async #look(signal: AbortSignal): Promise<Snapshot<output<Schema>> | Refusal> {
    const candidate = await this.#readCandidate(signal)
    if (candidate.kind === 'refused') return candidate
    const snapshot = makeSnapshot({
      value: candidate.value,
      stored: candidate.stored,
      revision: 1,
      loadedAt: this.#clock.now(),
      origin: this.#options.source === undefined ? 'remote' : 'test',
    }) as Snapshot<output<Schema>>
    const isSecret = holdsSensitive(candidate.stored, [])
    const refusal =
      (await this.#runHook('validate', snapshot, isSecret, signal)) ??
      (await this.#runHook('prepare', snapshot, isSecret, signal))
    if (refusal !== undefined) return refusal
    this.#warnings.push(...candidate.warnings)
    return snapshot
  }

  async #readCandidate(signal: AbortSignal): Promise<Candidate> {
    try {
      const reading = readCandidate(this.#spec, this.#source, signal)
      return (await settleSoon(reading, signal, this.#clock)) ?? refusal('unreadable', notInTime, 'transient')
    } catch (error) {
      if (error instanceof DeadlineReached) return refusal('unreadable', notInTime, 'transient')
      if (signal.aborted) throw signal.reason
      const detail = `the source threw ${describeThrown(error)}`
      const problem = { code: 'UNREACHABLE', detail, remedy: 'let the source report failures in its answer' } as const
      return { ...refusal('unreadable', problem, 'transient'), cause: withoutMessage(error) }
    }
  }

  async #runHook(
    name: 'validate' | 'prepare',
    snapshot: Snapshot<output<Schema>>,
    isSecret: boolean,
    signal: AbortSignal,
  ): Promise<Refusal | undefined> {
    const hook = this.#options[name]
    if (hook === undefined) return undefined
    try {
      await withDeadline(this.#clock, hookTimeoutMs, signal, (limit) => {
        const call = async () => hook(snapshot.value, undefined, { signal: limit })
        return race(call(), limit)
      })
      return undefined
    } catch (error) {
      if (signal.aborted && !(signal.reason instanceof DeadlineReached)) throw signal.reason
      return hookRefusal(name, error, isSecret)
    }
  }
}

const notInTime = {
  code: 'TIMEOUT',
  detail: 'reading and validating did not finish before the deadline',
  remedy: 'see what the source or an asynchronous refinement waits for, or raise startup.timeoutMs',
} as const

function refusal(
  part: 'unreadable' | 'invalid',
  problem: Refusal['invalid'][number],
  outlook: Refusal['outlook'],
): Refusal {
  return { kind: 'refused', missing: [], unreadable: [], invalid: [], [part]: [problem], outlook }
}

function hookRefusal(name: 'validate' | 'prepare', error: unknown, isSecret: boolean): Refusal {
  const code = name === 'validate' ? 'VALIDATE_FAILED' : 'PREPARE_FAILED'
  const isLate = error instanceof DeadlineReached
  const said = !isSecret && error instanceof Error ? error.message : describeThrown(error)
  const detail = isLate ? `${name}() did not finish in time` : `${name}() refused the configuration: ${said}`
  const remedy = isSecret && !isLate ? 'its message is withheld, for it could quote a secret' : undefined
  const problem = { code, detail, ...(remedy !== undefined && { remedy }) } as const
  return { ...refusal('invalid', problem, 'settled'), cause: isSecret ? withoutMessage(error) : toError(error) }
}

function isRefusal<Schema>(result: Snapshot<Schema> | Refusal): result is Refusal {
  return 'outlook' in result
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : withoutMessage(thrown)
}

function awsOptions<Schema extends $ZodType>({
  client,
  secretsClient,
  region,
  endpoint,
}: ConfigOptions<Schema>): Pick<ConfigOptions, 'client' | 'secretsClient' | 'region' | 'endpoint'> {
  return {
    ...(client !== undefined && { client }),
    ...(secretsClient !== undefined && { secretsClient }),
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
  }
}

function trackReads(source: ParameterSource, reads: Set<Promise<unknown>>): ParameterSource {
  return {
    read(request, options) {
      const read = source.read(request, options)
      reads.add(read)
      read.catch(() => undefined).finally(() => reads.delete(read))
      return read
    },
    explain: (request) => source.explain?.(request) ?? [],
    close: async () => source.close?.(),
  }
}

function warn(logger: Logger | undefined, warning: string): void {
  try {
    logger?.warn(`liveparam: ${warning}`)
  } catch {
    // A logger that throws is no reason not to start.
  }
}
