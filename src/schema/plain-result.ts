/** The error for a function of the user that returned a promise where a plain value is needed. */
export class PromiseReturned extends TypeError {}

/**
 * What a function of the user returned.
 *
 * @param name The function, as the user knows it.
 * @throws PromiseReturned if it is a promise. Its rejection is ignored: the mistake is that there is a promise at all.
 */
export function plainResult<Result>(name: string, result: Result): Result {
  if (!isThenable(result)) return result
  ignoreRejection(result)
  throw new PromiseReturned(
    `${name} returned a promise: make it a function that is not async and returns a plain value`,
  )
}

/** Keeps a promise that nothing waits for from ending the process. */
export function ignoreRejection(promise: PromiseLike<unknown>): void {
  Promise.resolve(promise).catch(() => undefined)
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const mayHaveMethods = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return mayHaveMethods && 'then' in value && typeof value.then === 'function'
}
