import type { ReadFailure } from '../errors.ts'

/** A call to AWS that failed, described without a text that could quote a value. */
export class AwsCallError extends Error {
  override readonly name = 'AwsCallError'
  readonly failure: ReadFailure
  /** The name that AWS gives the error, such as `ParameterNotFound`. */
  readonly errorName: string

  constructor(failure: ReadFailure, errorName: string) {
    super(failure.detail)
    this.failure = failure
    this.errorName = errorName
  }

  /** The same error after so many attempts. */
  after(attempts: number): AwsCallError {
    return new AwsCallError({ ...this.failure, attempts }, this.errorName)
  }
}

// The names of errors that AWS has no name for.
export const notAws = 'NotAws'
export const malformedAnswer = 'MalformedAnswer'
export const moduleNotFound = 'ModuleNotFound'

/** Whether AWS refused a batch because of one name in it: it may return the other names. */
export function isAboutSubject({ failure, errorName }: AwsCallError): boolean {
  const { code, isTransient } = failure
  const isFromAws = ![notAws, malformedAnswer, moduleNotFound].includes(errorName)
  return isFromAws && !isTransient && code !== 'NO_REGION' && code !== 'NO_CREDENTIALS'
}

export function isNotFound({ errorName }: AwsCallError): boolean {
  return errorName === 'ParameterNotFound' || errorName === 'ParameterVersionNotFound'
}

export const checkTheEndpoint = 'check the endpoint (the option, or AWS_ENDPOINT_URL) and the proxies on the way there'

/** The failure for an answer that reports success and lacks a required part. */
export function malformed(action: string, part: string): ReadFailure {
  const detail = `the answer reports success, but has no ${part}`
  return { code: 'AWS_ERROR', isTransient: false, detail, remedy: checkTheEndpoint, action }
}
