import type { RedisClient, RedisSubscriber } from './client.ts'

/** What a subscription reports. None of the functions throws. */
export interface SubscriptionListener {
  onMessage(channel: string, message: string): void
  /** Messages before this moment may be lost. */
  onConnected(): void
}

/** A connection that receives the messages of channels, and connects again whenever it fails. */
export class Subscription {
  readonly #client: RedisClient
  readonly #listener: SubscriptionListener
  readonly #channels = new Set<string>()
  #connecting: Promise<void> | undefined
  #subscriber: RedisSubscriber | undefined
  #isConnected = false
  #isClosed = false

  constructor(client: RedisClient, listener: SubscriptionListener) {
    this.#client = client
    this.#listener = listener
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** Connects unless it is connected already, and listens to the channel. Rejects if that fails now. */
  async listen(channel: string): Promise<void> {
    if (this.#channels.has(channel)) return
    this.#connecting ??= this.#connect()
    await this.#connecting
    const subscriber = this.#subscriber
    if (subscriber === undefined || this.#isClosed || this.#channels.has(channel)) return
    this.#channels.add(channel)
    try {
      await subscriber.subscribe(channel, (message) => {
        if (this.#channels.has(channel)) this.#listener.onMessage(channel, message)
      })
    } catch (error) {
      this.#channels.delete(channel)
      throw error
    }
  }

  async leave(channel: string): Promise<void> {
    if (this.#channels.delete(channel)) await this.#subscriber?.unsubscribe(channel)
  }

  close(): void {
    this.#isClosed = true
    this.#isConnected = false
    this.#channels.clear()
    destroy(this.#subscriber)
  }

  async #connect(): Promise<void> {
    const subscriber = this.#client.duplicate()
    this.#subscriber = subscriber
    subscriber.on('error', () => {
      this.#isConnected = false
    })
    subscriber.on('ready', () => {
      this.#isConnected = true
      this.#listener.onConnected()
    })
    try {
      await subscriber.connect()
      subscriber.unref?.()
      this.#isConnected = true
    } catch (error) {
      this.#connecting = undefined
      destroy(subscriber)
      throw error
    }
    if (this.#isClosed) destroy(subscriber)
  }
}

// A client that is closed already throws.
function destroy(subscriber: RedisSubscriber | undefined): void {
  try {
    subscriber?.destroy()
  } catch {}
}
