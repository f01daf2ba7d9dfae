import { AwsCallError } from '../aws/call-error.ts'
import { describeKmsFailure } from '../backup/kms-calls.ts'
import { UnusableReading } from '../backup/unusable-reading.ts'
import { describeThrown, messageOf } from '../messages/describe-thrown.ts'
import type { Clock, Random } from '../ports.ts'
import { exponential } from '../time/backoff.ts'
import { DeadlineReached, race, withDeadline } from '../time/deadline.ts'
import type { RedisClient } from './client.ts'

/** What a link works with. */
export interface LinkParts {
  readonly client: RedisClient
  readonly clock: Clock
  readonly random: Random
  /** How long a command may take, in milliseconds. */
  readonly commandMs: number
  warn(message: string): void
}

const lookMs = 20
// A Redis that fails now and then is one problem.
const calmMs = 600_000
const backoff = exponential({ baseMs: 1_000, maxMs: 60_000, certainShare: 0.5 })

/** An answer of Redis that is not what this version of liveparam writes. */
export class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer'
}

const notConnected = 'the client of Redis is not connected, and its error events say why'

class NotConnected extends Error {}

/**
 * Sends commands to a Redis that may be away, slow or wrong. Each has a time limit. After a failure, commands pause, so
 * that a config does not wait for Redis again and again.
 */
export class RedisLink {
  readonly #parts: LinkParts
  #failures = 0
  #failedAt = Number.NEGATIVE_INFINITY
  #pausedUntil = Number.NEGATIVE_INFINITY

  constructor(parts: LinkParts) {
    this.#parts = parts
  }

  /** Whether the next command is worth sending. */
  get isUsable(): boolean {
    const { client, clock } = this.#parts
    // This takes no time to find out, so the next command need not wait.
    if (!client.isReady) this.#warn(notConnected)
    return client.isReady && clock.now() >= this.#pausedUntil
  }

  /** Waits for a client that is connecting, as long as for a command. */
  async connected(signal: AbortSignal): Promise<void> {
    const { client, clock, commandMs } = this.#parts
    for (let waitedMs = 0; !client.isReady && waitedMs < commandMs; waitedMs += lookMs)
      await clock.sleep(lookMs, signal)
  }

  /** Redis is there again, so the next command need not wait. */
  resume(): void {
    this.#pausedUntil = Number.NEGATIVE_INFINITY
  }

  /** Sends one command. Rejects if there is no answer in time, and without a connection. */
  async send(command: readonly string[], signal?: AbortSignal): Promise<unknown> {
    const { client, clock, commandMs } = this.#parts
    // The client would keep the command until it is connected.
    if (!client.isReady) throw new NotConnected(notConnected)
    return withDeadline(clock, commandMs, signal, (limit) =>
      race(client.sendCommand(command, { abortSignal: limit }), limit),
    )
  }

  /** Runs work that needs Redis. Returns `undefined` if Redis fails; the config then continues without it. */
  async attempt<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result | undefined> {
    if (!this.isUsable) return undefined
    try {
      const result = await work()
      this.#failures = 0
      return result
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      this.#fail(reasonOf(error))
      return undefined
    }
  }

  #fail(reason: string): void {
    const { clock, random } = this.#parts
    this.#warn(reason)
    this.#failures++
    this.#pausedUntil = clock.now() + backoff.delay(this.#failures, random)
  }

  #warn(reason: string): void {
    const { clock, warn } = this.#parts
    const now = clock.now()
    const isNew = this.#failures === 0 && now - this.#failedAt >= calmMs
    this.#failedAt = now
    if (isNew) warn(`sharedCache: ${reason}. The config reads AWS itself until the shared cache works`)
  }
}

/** Says why Redis or a reading cannot be used. The text of an error can quote a command, so only its code is shown. */
export function reasonOf(error: unknown): string {
  if (error instanceof DeadlineReached) return `Redis or AWS KMS has not answered within ${error.timeoutMs} ms`
  if (error instanceof NotConnected) return error.message
  if (error instanceof UnusableAnswer) return `Redis cannot be used: ${error.message}`
  if (error instanceof UnusableReading) return `the reading in Redis cannot be used: ${error.message}`
  if (error instanceof AwsCallError) return describeKmsFailure(error)
  const [code] = /^[A-Z]{2,20}\b/.exec(messageOf(error) ?? '') ?? []
  return `Redis cannot be used: ${code === undefined ? describeThrown(error) : `it answered the error ${code}`}`
}
