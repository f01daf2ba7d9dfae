/** The error for a function of the user that returned a promise instead of a plain value. */
export class PromiseReturned extends TypeError {}

/**
 * Returns the result of a function of the user.
 *
 * @param name The name of the function for the user.
 * @throws PromiseReturned if the result is a promise. A rejection of the promise is ignored.
 */
export function plainResult<Result>(name: string, result: Result): Result {
  if (!isThenable(result)) return result
  ignoreRejection(result)
  throw new PromiseReturned(
    `${name} returned a promise: make it a function that is not async and returns a plain value`,
  )
}

/** Prevents an unhandled rejection. */
export function ignoreRejection(promise: PromiseLike<unknown>): void {
  Promise.resolve(promise).catch(() => undefined)
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const mayHaveMethods = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return mayHaveMethods && 'then' in value && typeof value.then === 'function'
}
