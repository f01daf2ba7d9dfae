import type { Snapshot } from '../snapshot/snapshot.ts'
import type { LiveConfig } from './live-config.ts'

/**
 * The key of the method that `liveparam/lambda` calls on a live config. Registered for the process, so that a handler
 * and a config from two bundles work together.
 */
export const invocable: unique symbol = Symbol.for('liveparam.invocable')

/** A config that invocations of a function can enter. */
export interface Invocable<Value> {
  /** @param leftMs The time that the invocation has left, in milliseconds. */
  [invocable](leftMs?: number): Invocation<Value> | Promise<Invocation<Value>>
}

/** One invocation of a handler. */
export interface Invocation<Value> {
  /** The snapshot for the whole invocation. */
  readonly snapshot: Snapshot<Value>
  /** Whether invocations never overlap in this process. */
  readonly isAlone: boolean
  /** Ends the invocation; call it once. @returns a promise to await before the answer, if work is running. */
  end(): Promise<void> | undefined
}

/** @throws TypeError if this is not a live config. */
export function assertLive<Value>(
  config: LiveConfig<Value>,
  caller: string,
): asserts config is LiveConfig<Value> & Invocable<Value> {
  if (typeof config !== 'object' || config === null || !(invocable in config))
    throw new TypeError(`${caller}: pass the live config that loadConfig() or createConfig() returns`)
}
