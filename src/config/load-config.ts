import type { $ZodType, output } from 'zod/v4/core'
import { awsSource } from '../aws/aws-source.ts'
import { placeEnvironment } from '../decode/overrides.ts'
import { isLoadError, showFrames } from '../errors.ts'
import { platform } from '../platform/node.ts'
import type { CandidateSpec } from '../refresh/candidate.ts'
import { RefreshLoop } from '../refresh/loop.ts'
import { Reader } from '../refresh/reader.ts'
import { Refresher, type RefresherRules } from '../refresh/refresher.ts'
import type { RefreshRules } from '../refresh/state.ts'
import { trackedSource } from '../refresh/tracked-source.ts'
import { Resources } from '../resources/resources.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { attachLogger } from './attach-logger.ts'
import { AuthRetry } from './auth-retry.ts'
import { checkClock, checkedRandom } from './check-options.ts'
import { makeHandle } from './config-handle.ts'
import { CurrentProperty } from './current-property.ts'
import type { DeepReadonly } from './deep-readonly.ts'
import { type Caller, type CheckedOptions, toDefinition } from './define-config.ts'
import { EventPublisher } from './event-publisher.ts'
import { Invocations } from './invocations.ts'
import type { LiveConfig } from './live-config.ts'
import { NotificationListeners } from './notification-listeners.ts'
import { type ConfigOptions, isEnvironment } from './options.ts'
import { printState } from './print-state.ts'
import { RefreshTelemetry } from './refresh-telemetry.ts'

/**
 * Reads and validates the parameters. Resolves with the live config when there is a first snapshot.
 *
 * @throws DefinitionError if the options or the schema are invalid.
 * @throws LoadError if parameters are missing, unreadable or invalid. It lists every problem in one readable message.
 * @throws ConfigError `ABORTED` if the option `signal` aborts first.
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
 * Returns the live config immediately and starts it, for code that cannot await. Await `config.ready` before you read
 * `config.current`.
 *
 * @throws DefinitionError if the options or the schema are invalid.
 */
export function createConfig<const Schema extends $ZodType>(
  options: ConfigOptions<Schema>,
): LiveConfig<DeepReadonly<output<Schema>>> {
  return create(options, createConfig)
}

// The stack of a DefinitionError begins where `caller` was called.
function create<const Schema extends $ZodType>(
  given: ConfigOptions<Schema>,
  caller: Caller,
): LiveConfig<DeepReadonly<output<Schema>>> {
  type Value = DeepReadonly<output<Schema>>
  const options = toDefinition(given, caller)
  const { clock = platform.clock, sentinel, poll, signal, logger, telemetry: ownTelemetry } = options
  checkClock(clock)
  const random = checkedRandom(options.random ?? platform.random)
  const { spec, unknown, empty } = specOf(options)
  const { planned, layers } = spec
  const rules = rulesOf(options)
  const isInvoked = rules.isInvoked === true

  const publisher = new EventPublisher<Value>(rules.mode, clock)
  const current = new CurrentProperty(publisher, isInvoked)
  const warn = (message: string) => publisher.warn(message)

  const { nextTurn, identity } = platform
  const source = trackedSource(
    options.source ?? awsSource({ ...options, clock, random, isInvoked, nextTurn, readIdentity: identity }),
    clock,
  )
  const secretsEveryMs = poll === false ? undefined : poll?.secretsEveryMs
  const reader = new Reader({ clock, planned, source, sentinel, secretsEveryMs, publisher })

  const userCode = platform.scope()
  const resources = new Resources({
    clock,
    random,
    keepAlive: platform.keepAlive,
    onFailure: (failure) => publisher.reportResourceFailure(failure),
  })
  const refresher = new Refresher({
    rules: refresherRulesOf(options),
    spec,
    source,
    reader,
    publisher,
    resources,
    userCode,
    clock,
    random,
  })

  const telemetry = new RefreshTelemetry(clock, publisher)
  const loop = new RefreshLoop<Published>({
    rules,
    clock,
    random,
    captureContext: ownTelemetry === undefined ? undefined : platform.captureContext,
    refresher: {
      refresh: (task, abort) => telemetry.refresh(task.cause, abort, () => refresher.refresh(task, abort)),
    },
    publisher: {
      commit(published) {
        publisher.commit(published)
        current.update()
        resources.commit(published.snapshot.value)
      },
      verify: (at) => publisher.verify(at),
      publish: (event, sender, outcome) => publisher.publish(event, sender, outcome),
    },
  })
  const invocations = new Invocations({ isInvoked, clock, publisher, current, source, resources, loop })
  const listeners = new NotificationListeners({
    sources: [options.notifications ?? []].flat(),
    clock,
    random,
    isInvoked,
    publisher,
    reader,
    refresher,
    telemetry,
    loop,
    invocations,
  })
  const authRetry = new AuthRetry({ clock, publisher, reader, loop, userCode })

  const config = makeHandle<Value>({
    spec,
    runtime: platform.runtime(),
    clock,
    signal,
    publisher,
    current,
    source,
    userCode,
    resources,
    telemetry,
    loop,
    invocations,
    listeners,
    authRetry,
  })
  if (logger === undefined) printState(config, platform.console, rules)
  else if (logger !== false) attachLogger(config, logger, rules)
  const info = { paths: layers.paths, status: () => config.status(), health: () => config.health() }
  if (ownTelemetry !== undefined) telemetry.instrument(ownTelemetry, info)
  for (const name of unknown)
    warn(`environment variable ${name} matches no key of the schema: correct the name or unset the variable`)
  if (empty.length > 0) warn(describeEmpty(empty))
  config.start()
  return config
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

function describeEmpty(names: readonly string[]): string {
  const [first, ...others] = names
  const subject =
    others.length === 0 ? `environment variable ${first} is` : `environment variables ${names.join(', ')} are`
  return `${subject} empty and ignored: unset them, or pass an empty text in the option overrides`
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
    // With a fake clock, a refresh must not depend on real time.
    pauseIfDue: clock === undefined ? platform.pauseWhenDue() : () => undefined,
  }
}
