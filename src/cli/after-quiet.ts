import { platform } from '../platform/node.ts'

/**
 * Runs an action once, after the last of several requests. `superseded` aborts at the next request, and when the action
 * is cancelled.
 */
export function afterQuiet(
  quietMs: number,
  action: (superseded: AbortSignal) => void,
): { request(): void; cancel(): void } {
  let waiting = new AbortController()
  return {
    request() {
      waiting.abort()
      waiting = new AbortController()
      const { signal } = waiting
      platform.clock.sleep(quietMs, signal).then(
        () => action(signal),
        () => undefined,
      )
    },
    cancel: () => waiting.abort(),
  }
}
