import type { Snapshot } from '../snapshot/snapshot.ts'

/**
 * Under this key a live config has what `liveparam/lambda` needs of it. Registered for the whole process, so that a
 * handler and a config that come out of two bundles find each other.
 */
export const invocable: unique symbol = Symbol.for('liveparam.invocable')

/** A config that is told when a function is invoked, and when that is over. */
export interface Invocable<Value> {
  [invocable](): Invocation<Value> | Promise<Invocation<Value>>
}

/** The time from the call of a handler to its end. */
export interface Invocation<Value> {
  /** What the handler sees, whatever is published meanwhile. */
  readonly snapshot: Snapshot<Value>
  /** Whether the next invocation begins only after the end of this one. */
  readonly isAlone: boolean
  /** To be called once. @returns What has to settle before the answer is given, if anything has. */
  end(): Promise<void> | undefined
}
