import assert from 'node:assert/strict'
import type { NotificationSource } from '../../ports.ts'
import { Listener } from './listener.ts'

/** A notification source and the route of its messages. Each test case gets a new one. */
export interface NotificationsUnderTest {
  /** The source to test. */
  readonly source: NotificationSource
  /**
   * Sends a message to the source: an EventBridge event as JSON, or any other text. Throws or rejects if the sender
   * learns that the message was refused.
   */
  send(message: string): unknown
  /** Interrupts the route until disposed. Disposing twice must be harmless. Required unless the source is passive. */
  outage?(): Disposable | Promise<Disposable>
  /** Releases what was created for the test case. */
  close?(): unknown
  /**
   * How long one expectation may take, in milliseconds.
   * @default 10_000
   */
  readonly timeoutMs?: number
}

/** Runs the listeners and outages of one test case. */
export class NotificationHarness {
  readonly source: NotificationSource
  readonly #subject: NotificationsUnderTest
  readonly #started: { readonly listener: Listener; readonly closing: AbortController }[] = []
  readonly #outages: Disposable[] = []

  constructor(subject: NotificationsUnderTest) {
    this.source = subject.source
    this.#subject = subject
  }

  async send(message: string): Promise<void> {
    await this.#subject.send(message)
  }

  /** Whether the source accepts the message. */
  accepts(message: string): Promise<boolean> {
    return this.send(message).then(
      () => true,
      () => false,
    )
  }

  /** Starts an outage; `undefined` for a passive source without outages. */
  async outage(): Promise<Disposable | undefined> {
    const outage = await this.#subject.outage?.()
    assert.ok(
      outage !== undefined || this.source.isPassive === true,
      'outage() is required unless the source is passive',
    )
    if (outage !== undefined) this.#outages.push(outage)
    return outage
  }

  /** Starts to listen. */
  start(closing: AbortController = new AbortController(), idle = async (): Promise<void> => {}): Listener {
    const { timeoutMs = 10_000 } = this.#subject
    const listener = new Listener(this.source, { signal: closing.signal, timeoutMs, idle })
    this.#started.push({ listener, closing })
    return listener
  }

  /** Starts to listen, and waits until the source is ready. */
  async listen(idle?: () => Promise<void>): Promise<Listener> {
    const listener = this.start(undefined, idle)
    if (this.source.isPassive !== true) {
      await listener.until('the source must call healthy() or opened()', () => listener.isReady)
    }
    return listener
  }

  /** Stops the listeners. @throws AssertionError when one does not stop cleanly. */
  async stop(): Promise<void> {
    for (const { listener, closing } of this.#started) {
      closing.abort(new Error('the test case is over'))
      await listener.stopped()
    }
  }

  /** Cleans up after a test case that may have failed. */
  async close(): Promise<void> {
    for (const outage of this.#outages) outage[Symbol.dispose]()
    for (const { closing } of this.#started) closing.abort(new Error('the test case is over'))
    await Promise.allSettled(this.#started.map(({ listener }) => listener.stopped()))
    await this.#subject.close?.()
  }
}
