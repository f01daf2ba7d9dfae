/**
 * The part of a client of the package `redis` that a shared cache uses. A client of another package fits behind an
 * adapter with these few methods.
 */
export interface RedisClient {
  /** Whether the client is connected. While it is not, the shared cache sends no command, so none waits in a queue. */
  readonly isReady: boolean
  /** Sends one command, such as `['HMGET', key, 'head']`. Rejects with the error that Redis answered. */
  sendCommand(command: readonly string[], options?: RedisCommandOptions): Promise<unknown>
  /** Makes a client for another connection to the same Redis. The shared cache connects it and closes it. */
  duplicate(): RedisSubscriber
}

/** Options of one command. */
export interface RedisCommandOptions {
  /** Aborts when the answer is no longer needed. */
  readonly abortSignal?: AbortSignal
}

/** A connection that receives announcements. It reconnects by itself, and subscribes again when it has. */
export interface RedisSubscriber {
  /** Calls the listener after each connection (`ready`) and each failure (`error`). */
  on(event: 'ready' | 'error', listener: (error?: unknown) => void): unknown
  /** Connects. */
  connect(): Promise<unknown>
  /** Calls the listener with each message of the channel. */
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  /** Stops listening to the channel. */
  unsubscribe(channel: string): Promise<unknown>
  /** Closes the connection at once. */
  destroy(): void
  /** Lets the process end while the connection is open. @default the connection keeps the process alive */
  unref?(): void
}
