import type { $ZodType, output } from 'zod/v4/core'
import type { CandidateSpec } from './candidate.ts'
import { type ConfigDefinition, checkedDefinition, isEnvironment, toDefinition } from './define-config.ts'
import { Flights } from './flights.ts'
import { type LiveConfig, makeLiveConfig, type Serving, type StartableConfig } from './live-config.ts'
import type { ConfigOptions } from './options.ts'
import { awsSource } from './parameters/aws-source.ts'
import { platform } from './platform/node.ts'
import type { NotificationSource, ParameterSource, PlannedCall } from './ports.ts'
import type { LifeRules } from './refresh/life.ts'
import { Reader } from './refresh/reader.ts'
import { Resources } from './resources/resources.ts'
import { placeEnvironment } from './schema/overrides.ts'
import { describeThrown } from './schema/thrown.ts'
import { explain } from './snapshot/explain.ts'
import { Observer } from './telemetry.ts'
import { tellLogger } from './tell-logger.ts'

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
  const { config, start } = compose(toDefinition(from))
  start()
  return config
}

function compose<Schema extends $ZodType>(definition: ConfigDefinition<Schema>): StartableConfig<output<Schema>> {
  const { options } = definition
  const clock = options.clock ?? platform.clock
  const random = options.random ?? platform.random
  const serving: Serving = { published: undefined, warnings: new Set() }
  const { spec, unknown } = specOf(definition)
  const { nextTurn } = platform
  const isInvoked = platform.isLambda()
  const { source, grounded } = trackReads(
    options.source ?? awsSource({ ...awsOptions(options), isInvoked, clock, random, nextTurn }),
  )
  const warn = (warning: string) => startable.warn(warning)
  const reader = new Reader({ planned: spec.planned, source, clock, sentinel: options.sentinel, warn })
  const resources = new Resources({
    clock,
    random,
    onFailure: (what, error) => startable.complainOfResource(what, error),
  })
  const flights = new Flights({
    spec,
    reader,
    clock,
    random,
    startupTimeoutMs: options.startup?.timeoutMs ?? platform.startupTimeoutMs(),
    origin: options.source === undefined ? 'remote' : 'test',
    allowsShrinking: options.allowShrink === true,
    pollEveryMs: options.poll === false ? undefined : options.poll?.everyMs,
    hooks: { validate: options.validate, prepare: options.prepare },
    prepareResources: (value, signal) => resources.prepare(value, signal),
    served: () => serving.published,
    warn,
    // On a clock that is moved by hand, time would pass meanwhile.
    breathe: options.clock === undefined ? platform.breather() : () => undefined,
  })
  const observer = new Observer({
    clock,
    served: () => serving.published,
    failed: (error) => warn(`telemetry: ${describeThrown(error)} was thrown`),
  })
  const rules = rulesOf(options)
  const startable = makeLiveConfig<output<Schema>>({
    rules: { ...rules, isInvoked },
    clock,
    random,
    serving,
    notifications: notificationsOf(options),
    signal: options.signal,
    fly: (work, signal) => observer.fly(work.cause, signal, () => flights.fly(work, signal)),
    lagged: (lagMs) => observer.notified(lagMs),
    captureContext: options.telemetry === undefined ? undefined : platform.captureContext,
    readPolicies:
      options.policies === true ? (signal) => source.readPolicies(spec.planned.request, { signal }) : undefined,
    covers: (hint) => reader.covers(hint),
    holds: (hint) => reader.holds(hint),
    explain(snapshot, key) {
      const { request } = spec.planned
      const calls = [...source.explain(request), ...(options.policies === true ? [describing] : [])]
      return explain({ ...spec, snapshot, calls, warnings: [...serving.warnings] }, key)
    },
    usage: () => source.usage(),
    credentials: () => reader.credentials(),
    resources,
    isInvoked: platform.isInvoked,
    thawed: () => source.thawed(),
    keepAlive: platform.keepAlive,
    async release() {
      await grounded()
      observer.closed()
      await source.close()
    },
  })
  const { config } = startable
  if (options.logger !== undefined) tellLogger(config, options.logger, rules)
  if (options.telemetry !== undefined) {
    const { paths } = spec.layers
    observer.attach(options.telemetry, { paths, status: () => config.status(), health: () => config.health() })
  }
  for (const name of unknown) startable.warn(`${name} is set, and no key of the schema is spelled like it`)
  return startable
}

function specOf(definition: ConfigDefinition): { readonly spec: CandidateSpec; readonly unknown: readonly string[] } {
  const { schema, overrides: given } = definition.options
  const { overrides, ...checked } = checkedDefinition(definition)
  const environment = isEnvironment(given)
    ? placeEnvironment(checked.plan, given.environmentPrefix, platform.environment())
    : { values: overrides, unknown: [] }
  return { spec: { schema, ...checked, overrides: environment.values }, unknown: environment.unknown }
}

function rulesOf({ startup, poll, splayMs, maxStaleMs }: Omit<ConfigOptions, 'validate' | 'prepare'>): LifeRules {
  return {
    mode: startup?.mode ?? 'strict',
    pollEveryMs: poll === false ? false : poll?.everyMs,
    splayMs: splayMs ?? 0,
    maxStaleMs,
  }
}

function notificationsOf({ notifications = [] }: Pick<ConfigOptions, 'notifications'>): readonly NotificationSource[] {
  return 'listen' in notifications ? [notifications] : notifications
}

function awsOptions(
  options: Pick<ConfigOptions, 'client' | 'secretsClient' | 'region' | 'endpoint' | 'strategy'>,
): Pick<ConfigOptions, 'client' | 'secretsClient' | 'region' | 'endpoint' | 'strategy'> {
  const { client, secretsClient, region, endpoint, strategy } = options
  return {
    ...(client !== undefined && { client }),
    ...(secretsClient !== undefined && { secretsClient }),
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(strategy !== undefined && { strategy }),
  }
}

const describing: PlannedCall = { action: 'ssm:DescribeParameters', subjects: ['*'] }

/** A source whose readings can be waited for, also those that nobody waits for any more. */
function trackReads(source: ParameterSource): {
  readonly source: Required<ParameterSource>
  grounded(): Promise<void>
} {
  const reads = new Set<Promise<unknown>>()
  const tracked: Required<ParameterSource> = {
    read(request, options) {
      const read = source.read(request, options)
      reads.add(read)
      read.catch(() => undefined).finally(() => reads.delete(read))
      return read
    },
    async readPolicies(request, options) {
      return (await source.readPolicies?.(request, options)) ?? []
    },
    explain: (request) => source.explain?.(request) ?? [],
    usage: () => source.usage?.() ?? { calls: {}, decryptions: 0 },
    thawed: () => source.thawed?.(),
    close: async () => source.close?.(),
  }
  return { source: tracked, grounded: async () => void (await Promise.allSettled(reads)) }
}
