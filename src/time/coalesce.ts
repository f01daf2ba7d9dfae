import { AbortListeners } from './abort-listeners.ts'

/** Lets callers who want the same thing at the same time share one flight. */
export interface SingleFlight<Result, News> {
  /**
   * Joins the flight under this key, or starts it. A caller whose signal aborts leaves alone, with the signal's reason;
   * the flight's own signal aborts when the last one has left.
   */
  run(key: string, start: Start<Result, News>, options: PassengerOptions<News>): Promise<Result>
}

export type Start<Result, News> = (signal: AbortSignal, tell: (news: News) => void) => Promise<Result>

export interface PassengerOptions<News> {
  readonly signal: AbortSignal
  /** Hears how the flight is going: what was told last when joining, then each thing that is told. */
  hear?(news: News): void
}

export function singleFlight<Result, News = never>(): SingleFlight<Result, News> {
  return new Airport<Result, News>()
}

interface Flight<Result, News> {
  readonly controller: AbortController
  readonly landing: Promise<Result>
  readonly passengers: Set<PassengerOptions<News>>
  last: { readonly news: News } | undefined
}

class Airport<Result, News> implements SingleFlight<Result, News> {
  readonly #flights = new Map<string, Flight<Result, News>>()
  readonly #listeners = new AbortListeners()

  async run(key: string, start: Start<Result, News>, options: PassengerOptions<News>): Promise<Result> {
    const { signal } = options
    signal.throwIfAborted()
    const flight = this.#flights.get(key) ?? this.#takeOff(key, start)
    const passenger = { ...options }
    flight.passengers.add(passenger)
    if (flight.last !== undefined) passenger.hear?.(flight.last.news)
    return new Promise<Result>((resolve, reject) => {
      const leave = () => {
        flight.passengers.delete(passenger)
        if (flight.passengers.size > 0) return reject(signal.reason)
        this.#forget(key, flight)
        flight.controller.abort(signal.reason)
        // Nobody is told any more how it ends; it has to have ended all the same before the last one goes.
        flight.landing.catch(() => undefined).then(() => reject(signal.reason))
      }
      const stop = this.#listeners.add(signal, leave)
      flight.landing.then(resolve, reject).finally(stop)
    })
  }

  #takeOff(key: string, start: Start<Result, News>): Flight<Result, News> {
    const controller = new AbortController()
    const tell = (news: News) => {
      flight.last = { news }
      for (const { hear } of flight.passengers) hear?.(news)
    }
    // A step later, so that the one who starts it is on board and misses no news.
    const landing = Promise.resolve().then(() => start(controller.signal, tell))
    const flight: Flight<Result, News> = { controller, landing, passengers: new Set(), last: undefined }
    const forget = () => this.#forget(key, flight)
    landing.then(forget, forget)
    this.#flights.set(key, flight)
    return flight
  }

  #forget(key: string, flight: Flight<Result, News>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}
