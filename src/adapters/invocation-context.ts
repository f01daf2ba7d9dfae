/**
 * What the runtime tells a handler of an invocation.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
export interface InvocationContext {
  /** Whether an answer by callback waits for what is still under way. */
  callbackWaitsForEmptyEventLoop: boolean
  /** The name of the function. */
  functionName: string
  /** Its version, such as `$LATEST`. */
  functionVersion: string
  /** The ARN it was invoked by, with the alias or version that was named. */
  invokedFunctionArn: string
  /** How much memory it has, in megabytes. */
  memoryLimitInMB: string
  /** The id of the invocation. */
  awsRequestId: string
  /** Where it logs. */
  logGroupName: string
  /** Where this environment of it logs. */
  logStreamName: string
  /** How long the invocation may still take, in milliseconds. */
  getRemainingTimeInMillis(): number
  /** Answers as a callback would; kept for old handlers. */
  done(error?: Error, result?: unknown): void
  /** Fails the invocation; kept for old handlers. */
  fail(error: Error | string): void
  /** Answers the invocation; kept for old handlers. */
  succeed(messageOrObject: unknown): void
}
