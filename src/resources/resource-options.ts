import { type Check, checkArguments, isFunction, isString, someTime } from '../messages/check-arguments.ts'

/** How a resource is made, kept and given up. */
export interface ResourceOptions<Thing> {
  /**
   * What messages, `status().resources` and the status page call it, such as `'orders pool'`.
   * @default its place in `status().resources`
   */
  readonly name?: string
  /**
   * Gives up one that is not used any more: after its last `use()`, or after `graceMs`. What it throws or rejects with
   * is emitted as `listenerError`, also during `close()`.
   * @default nothing is done
   */
  readonly destroy?: (thing: Thing) => unknown
  /**
   * How long one that was replaced may still be in use before it is destroyed, in milliseconds. `close()` and the
   * disposal of the resource wait as long again for `destroy`, 250 ms at least, and then end with a `warning`.
   * @default 30_000
   */
  readonly graceMs?: number
  /**
   * What happens when another one cannot be made. `keep-old`: the configuration is published, the resource stays what
   * it is, `health()` is `degraded`, and it is tried again. After an attempt that failed only after more than a second,
   * later configurations are published without waiting for it, until it was made. `veto`: the configuration is refused;
   * each one waits for `create`.
   * @default 'keep-old'
   */
  readonly onFailure?: 'keep-old' | 'veto'
}

/** Makes a thing of a part of the configuration. Has 10 s, and a signal that aborts when they are over. */
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

/** @throws TypeError that names the option that cannot be. */
export function checkResourceOptions<Thing>(options: ResourceOptions<Thing>): void {
  checkArguments('resource()', options, checks)
}
