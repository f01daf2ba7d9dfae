import { type Invocable, type Invocation, invocable } from './invocable.ts'
import type { LiveConfig } from './live-config.ts'

/** Tells a config that a function is invoked. */
export type BeginInvocation<Value> = () => Invocation<Value> | Promise<Invocation<Value>>

/** @throws TypeError when this is not a live config of this package. */
export function invocationsOf<Value>(config: LiveConfig<Value>, caller: string): BeginInvocation<Value> {
  assertLive(config, caller)
  return () => config[invocable]()
}

/** @throws TypeError when this is not a live config of this package. */
export function assertLive<Value>(
  config: LiveConfig<Value>,
  caller: string,
): asserts config is LiveConfig<Value> & Invocable<Value> {
  if (typeof config !== 'object' || config === null || !(invocable in config))
    throw new TypeError(`${caller}: pass what loadConfig() or createConfig() of liveparam returns`)
}
