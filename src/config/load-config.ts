import type { $ZodType, output } from 'zod/v4/core'
import { deferredAwsSource } from '../aws/deferred-source.ts'
import { isLoadError, showFrames } from '../errors.ts'
import { platform } from '../platform/node.ts'
import { asConnectable } from '../refresh/backup.ts'
import { RefreshLoop } from '../refresh/loop.ts'
import { Reader } from '../refresh/reader.ts'
import { Refresher, type RefresherRules } from '../refresh/refresher.ts'
import type { RefreshRules } from '../refresh/state.ts'
import { trackedSource } from '../refresh/tracked-source.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { attachLogger, printState } from './attach-logger.ts'
import { checkClock, checkedRandom } from './check-options.ts'
import { makeHandle } from './config-handle.ts'
import { type Caller, specOf, toDefinition } from './define-config.ts'
import { EventPublisher } from './event-publisher.ts'
import type { DeepReadonly, LiveConfig } from './live-config.ts'
import type { ConfigOptions } from './options.ts'
import { isUsableCache } from './shared-cache.ts'
import { RefreshTelemetry } from './telemetry.ts'

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
    const [frames = ''] = /\n {4}at .*/s.exec(call.stack ?? '') ?? []
    throw isLoadError(error) ? showFrames(error, frames) : error
  }
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
  const { clock = platform.clock, sentinel, poll, signal, logger, notifications = [] } = options
  checkClock(clock)
  const random = options.random === undefined ? platform.random : checkedRandom(options.random)
  const { spec, warnings } = specOf(options)
  const runtime = platform.runtime()
  const isInvoked = runtime === 'lambda'
  const rules = rulesOf(options, isInvoked)
  const { nextTurn, identity } = platform

  const publisher = new EventPublisher<Value>(rules, clock)
  const own =
    options.source ?? deferredAwsSource({ ...options, clock, random, isInvoked, nextTurn, readIdentity: identity })
  const { sharedCache } = options
  const shared = isUsableCache(sharedCache)
    ? sharedCache.share({
        ...rules,
        source: own,
        paths: spec.layers.paths,
        request: spec.planned.request,
        clock,
        random,
        isInvoked,
        nextTurn,
        warn: (message) => publisher.warn(message),
        send: (event) => loop.send(event),
      })
    : undefined
  const source = trackedSource(shared ?? own, clock)
  const { secretsEveryMs } = poll || {}
  const reader = new Reader({ clock, planned: spec.planned, source, sentinel, secretsEveryMs, publisher })
  const parts = { spec, clock, random, publisher, source, reader, isInvoked, userCode: platform.scope() }
  const kept = options.backup && asConnectable(options.backup).connect(parts)
  const backup = shared?.backup(parts, kept) ?? kept
  const refresher = new Refresher({ ...parts, rules, backup })
  const telemetry = new RefreshTelemetry({ clock, publisher, refresher })
  const loop = new RefreshLoop<Published>({
    rules,
    clock,
    random,
    captureContext: options.telemetry === undefined ? undefined : platform.captureContext,
    refresher: shared?.around(telemetry) ?? telemetry,
    publisher,
  })

  const circumstances = { runtime, signal, backup, notifications: [notifications].flat() }
  const config = makeHandle<Value>({ ...parts, ...circumstances, refresher, telemetry, loop })
  if (logger === undefined) printState(config, platform.console, rules)
  else if (logger !== false) attachLogger(config, logger, rules)
  publisher.onAccepted = () => backup?.save(refresher.servedReading, publisher.published)
  const info = { paths: spec.layers.paths, status: () => config.status(), health: () => config.health() }
  if (options.telemetry !== undefined) telemetry.instrument(options.telemetry, info)
  for (const warning of warnings) publisher.warn(warning)
  config.start()
  return config
}

function rulesOf<Schema extends $ZodType>(
  { startup, source, allowShrink, poll, splayMs, maxStaleMs, validate, prepare, clock }: ConfigOptions<Schema>,
  isInvoked: boolean,
): RefreshRules & RefresherRules {
  return {
    mode: startup?.mode ?? 'strict',
    startupTimeoutMs: startup?.timeoutMs ?? platform.startupTimeoutMs(),
    pollEveryMs: poll === false ? false : poll?.everyMs,
    splayMs: splayMs ?? 0,
    maxStaleMs,
    isInvoked,
    origin: source === undefined ? 'remote' : 'test',
    allowsShrinking: allowShrink === true,
    hooks: { validate, prepare },
    // With a fake clock, a refresh must not depend on real time.
    pauseIfDue: clock === undefined ? platform.pauseWhenDue() : () => undefined,
  }
}
