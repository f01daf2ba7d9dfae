import type { $ZodType, output } from 'zod/v4/core'
import { awsSource } from '../aws/aws-source.ts'
import { placeEnvironment } from '../decode/overrides.ts'
import { isLoadError, showFrames } from '../errors.ts'
import { describeThrown } from '../messages/describe-thrown.ts'
import { platform } from '../platform/node.ts'
import type { NotificationSource, ParameterSource, PlannedCall, SourceUsage } from '../ports.ts'
import type { CandidateSpec } from '../refresh/candidate.ts'
import { Reader } from '../refresh/reader.ts'
import { Refresher, type RefresherRules } from '../refresh/refresher.ts'
import type { RefreshRules } from '../refresh/state.ts'
import { trackedSource } from '../refresh/tracked-source.ts'
import { Resources } from '../resources/resources.ts'
import { PromiseReturned } from '../schema/plain-result.ts'
import type { Layers } from '../schema/read-request.ts'
import { explain } from '../snapshot/explain.ts'
import { attachLogger } from './attach-logger.ts'
import { checkClock, checkedRandom } from './check-arguments.ts'
import { makeHandle, type Serving, type StartableConfig } from './config-handle.ts'
import type { DeepReadonly } from './deep-readonly.ts'
import { type Caller, type CheckedOptions, toDefinition } from './define-config.ts'
import type { LiveConfig } from './live-config.ts'
import { type ConfigOptions, isEnvironment } from './options.ts'
import { printState } from './print-state.ts'
import { RefreshTelemetry } from './refresh-telemetry.ts'
import type { ConfigInfo } from './telemetry.ts'

/**
 * Reads the parameters, checks them and resolves with the handle once there is a first snapshot.
 *
 * @throws DefinitionError when the options or the schema cannot work.
 * @throws LoadError when something is missing, unreadable or invalid: all of it in one readable message.
 */
export async function loadConfig<const Schema extends $ZodType>(
  options: ConfigOptions<Schema>,
): Promise<LiveConfig<DeepReadonly<output<Schema>>>> {
  const call: { readonly stack?: string } = {}
  Error.captureStackTrace(call, loadConfig)
  const config = create(options, loadConfig)
  try {
    await config.ready
    return config
  } catch (error) {
    await config.close()
    throw isLoadError(error) ? showFrames(error, framesOf(call)) : error
  }
}

function framesOf({ stack = '' }: { readonly stack?: string }): string {
  const start = stack.indexOf('\n    at ')
  return start === -1 ? '' : stack.slice(start)
}

/**
 * The handle at once, for places that cannot await: `await config.ready` before reading `config.current`.
 *
 * @throws DefinitionError when the options or the schema cannot work.
 */
export function createConfig<const Schema extends $ZodType>(
  options: ConfigOptions<Schema>,
): LiveConfig<DeepReadonly<output<Schema>>> {
  return create(options, createConfig)
}

// The stack of a DefinitionError begins where `caller` was called.
function create<const Schema extends $ZodType>(
  options: ConfigOptions<Schema>,
  caller: Caller,
): LiveConfig<DeepReadonly<output<Schema>>> {
  const { config, start } = compose(toDefinition(options, caller))
  start()
  return config
}

function compose<Schema extends $ZodType>(
  options: CheckedOptions<Schema>,
): StartableConfig<DeepReadonly<output<Schema>>> {
  const { clock = platform.clock } = options
  checkClock(clock)
  const random = checkedRandom(options.random ?? platform.random)
  const { spec, unknown, empty } = specOf(options)
  const { planned } = spec
  const rules = rulesOf(options)
  const serving: Serving = { published: undefined, warnings: new Set() }
  const shared = {
    clock,
    random,
    served: () => serving.published,
    warn: (message: string) => startable.warn(message),
  }
  const source = trackedSource(
    options.source ??
      awsSource({
        ...options,
        clock,
        random,
        isInvoked: rules.isInvoked === true,
        nextTurn: platform.nextTurn,
        readIdentity: platform.identity,
      }),
    clock,
  )
  const { sentinel, poll } = options
  const secretsEveryMs = poll === false ? undefined : poll?.secretsEveryMs
  const reader = new Reader({ ...shared, planned, source, sentinel, secretsEveryMs })
  const resources = new Resources({
    ...shared,
    onFailure: (failure) => startable.complainOfResource(failure),
    keepAlive: platform.keepAlive,
  })
  const userCode = platform.scope()
  const refresher = new Refresher({
    ...shared,
    ...refresherRulesOf(options),
    spec,
    reader,
    async prepareResources(value, signal) {
      // A scope makes every promise of the process a little slower: none is opened for nothing.
      if (resources.status.length > 0) await userCode.run(() => resources.prepare(value, signal))
    },
    runUserCode: (task) => userCode.run(task),
    usage: () => usageOf(source),
    where: () => source.where(),
  })
  const telemetry = new RefreshTelemetry({
    ...shared,
    onFailure: (error) =>
      startable.warn(
        error instanceof PromiseReturned ? error.message : `telemetry: ${describeThrown(error)} was thrown`,
      ),
  })
  const readsPolicies = options.policies === true
  const startable = makeHandle<DeepReadonly<output<Schema>>>({
    paths: spec.layers.paths,
    runtime: platform.runtime(),
    rules,
    clock,
    random,
    serving,
    resources,
    listening: {
      sources: notificationsOf(options),
      readPolicies: readsPolicies ? (signal) => source.readPolicies(planned.request, { signal }) : undefined,
      covers: (hint) => reader.covers(hint),
      holds: (hint) => refresher.isUpToDate(hint),
      lagged: (lagMs) => telemetry.notified(lagMs),
    },
    signal: options.signal,
    captureContext: options.telemetry === undefined ? undefined : platform.captureContext,
    isInvokedNow: platform.isInvoked,
    keepAlive: platform.keepAlive,
    isInUserCode: () => userCode.isInside(),
    fly: (task, signal) => telemetry.refresh(task.cause, signal, () => refresher.refresh(task, signal)),
    explain(snapshot, key) {
      const calls = [...source.explain(planned.request), ...(readsPolicies ? [describing] : [])]
      return explain({ ...spec, snapshot, calls, warnings: [...serving.warnings] }, key)
    },
    usage: () => source.usage(),
    place: () => source.place(),
    credentials: () => reader.credentials(),
    resumed: () => source.resumed(),
    async release() {
      await source.idle()
      telemetry.closed()
      await source.close()
    },
  })
  const { config } = startable
  if (options.logger === undefined) printState(config, platform.console, rules)
  else if (options.logger !== false) attachLogger(config, options.logger, rules)
  if (options.telemetry !== undefined) telemetry.instrument(options.telemetry, observed(config, spec.layers))
  for (const name of unknown) startable.warn(`${name} is set, and no key of the schema is spelled like it`)
  if (empty.length > 0) startable.warn(describeEmpty(empty))
  return startable
}

function specOf({ schema, overrides: given, checked }: Pick<CheckedOptions, 'schema' | 'overrides' | 'checked'>): {
  readonly spec: CandidateSpec
  readonly unknown: readonly string[]
  readonly empty: readonly string[]
} {
  if (!isEnvironment(given)) return { spec: { schema, ...checked }, unknown: [], empty: [] }
  const { values, unknown, empty } = placeEnvironment(checked.plan, given.environmentPrefix, platform.environment())
  return { spec: { schema, ...checked, overrides: values }, unknown, empty }
}

// A source of the user's own that cannot count its calls can still be read: status() says what is wrong with it.
function usageOf(source: ParameterSource): SourceUsage {
  try {
    return source.usage?.() ?? { calls: {}, decryptions: 0 }
  } catch {
    return { calls: {}, decryptions: 0 }
  }
}

function describeEmpty(names: readonly string[]): string {
  const [first, ...others] = names
  const subject =
    others.length === 0 ? `environment variable ${first} is` : `environment variables ${names.join(', ')} are`
  return `${subject} empty and ignored: unset what is not meant, or pass an empty text with the option overrides`
}

function rulesOf({ startup, poll, splayMs, maxStaleMs }: Omit<ConfigOptions, 'validate' | 'prepare'>): RefreshRules {
  return {
    mode: startup?.mode ?? 'strict',
    pollEveryMs: poll === false ? false : poll?.everyMs,
    splayMs: splayMs ?? 0,
    maxStaleMs,
    isInvoked: platform.runtime() === 'lambda',
  }
}

function refresherRulesOf<Schema extends $ZodType>(options: ConfigOptions<Schema>): RefresherRules {
  const { startup, source, allowShrink, poll, validate, prepare, clock } = options
  return {
    startupTimeoutMs: startup?.timeoutMs ?? platform.startupTimeoutMs(),
    origin: source === undefined ? 'remote' : 'test',
    allowsShrinking: allowShrink === true,
    pollEveryMs: poll === false ? undefined : poll?.everyMs,
    hooks: { validate, prepare },
    // On a clock that is moved by hand, time would pass meanwhile.
    pauseIfDue: clock === undefined ? platform.breather() : () => undefined,
  }
}

function notificationsOf({ notifications = [] }: Pick<ConfigOptions, 'notifications'>): readonly NotificationSource[] {
  return 'listen' in notifications ? [notifications] : notifications
}

function observed(config: LiveConfig<unknown>, { paths }: Layers): ConfigInfo {
  return { paths, status: () => config.status(), health: () => config.health() }
}

const describing: PlannedCall = { action: 'ssm:DescribeParameters', subjects: ['*'] }
