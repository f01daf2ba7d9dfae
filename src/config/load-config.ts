import type { $ZodType, output } from 'zod/v4/core'
import { DeferredAwsSource } from '../aws/deferred-source.ts'
import { isLoadError, showFrames } from '../errors.ts'
import { platform } from '../platform/node.ts'
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
  const {
    clock = platform.clock,
    sentinel,
    poll,
    signal,
    logger,
    notifications = [],
    telemetry: ownTelemetry,
  } = options
  checkClock(clock)
  const random = options.random === undefined ? platform.random : checkedRandom(options.random)
  const { spec, warnings } = specOf(options)
  const { planned, layers } = spec
  const runtime = platform.runtime()
  const isInvoked = runtime === 'lambda'
  const rules = rulesOf(options, isInvoked)
  const { nextTurn, identity } = platform

  const publisher = new EventPublisher<Value>(rules, clock)
  const source = trackedSource(
    options.source ?? new DeferredAwsSource({ ...options, clock, random, isInvoked, nextTurn, readIdentity: identity }),
    clock,
  )
  const secretsEveryMs = poll === false ? undefined : poll?.secretsEveryMs
  const reader = new Reader({ clock, planned, source, sentinel, secretsEveryMs, publisher })
  const userCode = platform.scope()
  const refresher = new Refresher({
    rules: refresherRulesOf(options),
    spec,
    source,
    reader,
    publisher,
    userCode,
    clock,
    random,
  })
  const telemetry = new RefreshTelemetry({ clock, publisher, refresher })
  const loop = new RefreshLoop<Published>({
    rules,
    clock,
    random,
    captureContext: ownTelemetry === undefined ? undefined : platform.captureContext,
    refresher: telemetry,
    publisher,
  })

  const config = makeHandle<Value>({
    spec,
    runtime,
    isInvoked,
    clock,
    random,
    signal,
    notifications: [notifications].flat(),
    publisher,
    source,
    reader,
    userCode,
    refresher,
    telemetry,
    loop,
  })
  if (logger === undefined) printState(config, platform.console, rules)
  else if (logger !== false) attachLogger(config, logger, rules)
  const info = { paths: layers.paths, status: () => config.status(), health: () => config.health() }
  if (ownTelemetry !== undefined) telemetry.instrument(ownTelemetry, info)
  for (const warning of warnings) publisher.warn(warning)
  config.start()
  return config
}

function rulesOf({ startup, poll, splayMs, maxStaleMs }: OptionsOfAnySchema, isInvoked: boolean): RefreshRules {
  return {
    mode: startup?.mode ?? 'strict',
    pollEveryMs: poll === false ? false : poll?.everyMs,
    splayMs: splayMs ?? 0,
    maxStaleMs,
    isInvoked,
  }
}

/** Hooks accept values of their schema alone. */
type OptionsOfAnySchema = Omit<ConfigOptions, 'validate' | 'prepare'>

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
