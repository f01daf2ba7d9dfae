import { type Invocable, type Invocation, invocable } from './invocable.ts'
import type { LiveConfig } from './live-config.ts'

/** Enters an invocation of a config. */
export type BeginInvocation<Value> = () => Invocation<Value> | Promise<Invocation<Value>>

/** @throws TypeError if this is not a live config. */
export function invocationsOf<Value>(config: LiveConfig<Value>, caller: string): BeginInvocation<Value> {
  assertLive(config, caller)
  return () => config[invocable]()
}

/** @throws TypeError if this is not a live config. */
export function assertLive<Value>(
  config: LiveConfig<Value>,
  caller: string,
): asserts config is LiveConfig<Value> & Invocable<Value> {
  if (typeof config !== 'object' || config === null || !(invocable in config))
    throw new TypeError(`${caller}: pass the live config that loadConfig() or createConfig() returns`)
}
