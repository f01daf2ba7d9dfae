import { type Invocable, type Invocation, invocable } from '../invocable.ts'
import type { LiveConfig } from '../live-config.ts'

/** Tells a config that a function is invoked. */
export type BeginInvocation<Value> = () => Invocation<Value> | Promise<Invocation<Value>>

/** @throws TypeError when this is not a live config of this package. */
export function invocationsOf<Value>(config: LiveConfig<Value>, caller: string): BeginInvocation<Value> {
  if (!isInvocable(config))
    throw new TypeError(`${caller}: pass what loadConfig() or createConfig() of liveparam returns`)
  return () => config[invocable]()
}

function isInvocable<Value>(config: LiveConfig<Value>): config is LiveConfig<Value> & Invocable<Value> {
  return typeof config === 'object' && config !== null && invocable in config
}
