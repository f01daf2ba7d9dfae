import { isLoadError, type LoadError } from '../../src/index.ts'

/** The error that a start fails with. */
export async function loadError(start: Promise<unknown>): Promise<LoadError> {
  const error = await rejection(start)
  if (!isLoadError(error)) throw error
  return error
}

/** Whatever a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not reject')
    },
    (error: unknown) => error,
  )
}
