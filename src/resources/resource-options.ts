import { type Check, checkArguments, isFunction, isString, someTime } from '../messages/check-arguments.ts'

/** The options of `resource`. */
export interface ResourceOptions<Thing> {
  /**
   * The name in messages, in `status().resources` and on the status page, such as `'orders pool'`.
   * @default its index in `status().resources`
   */
  readonly name?: string
  /**
   * Destroys a replaced resource after its last `use()`, or after `graceMs`. An error or rejection is emitted as
   * `listenerError`, also during `close()`.
   * @default replaced resources are dropped
   */
  readonly destroy?: (thing: Thing) => unknown
  /**
   * The time that a replaced resource can stay in use before it is destroyed, in milliseconds, at least 0. `close()`
   * and the disposal of the resource wait for `destroy` as long again, at least 250 ms, and then emit a `warning`.
   * @default 30_000
   */
  readonly graceMs?: number
  /**
   * The effect of a failure of `create`. `keep-old`: the snapshot is published, the old resource stays in use,
   * `health()` is `degraded`, and `create` is retried. If `create` took more than a second to fail, later snapshots are
   * published without waiting for it, until it succeeds. `veto`: the candidate is rejected. Every candidate waits for
   * `create`.
   * @default 'keep-old'
   */
  readonly onFailure?: 'keep-old' | 'veto'
}

/** Creates a resource from the selected part of the configuration. Its limit is 10 s; the signal aborts then. */
export type CreateResource<Selected, Thing> = (
  selected: Selected,
  options: { readonly signal: AbortSignal },
) => Thing | Promise<Thing>

const checks: Readonly<Record<keyof ResourceOptions<unknown>, Check>> = {
  name: isString,
  destroy: isFunction,
  graceMs: someTime,
  onFailure: [(value) => value === 'keep-old' || value === 'veto', "'keep-old' or 'veto'"],
}

/** @throws TypeError if an option is invalid. */
export function checkResourceOptions<Thing>(options: ResourceOptions<Thing>): void {
  checkArguments('resource()', options, checks)
}
