import { race } from './deadline.ts'

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
  const flights = new Map<string, Flight<Result, News>>()
  return {
    async run(key, start, options) {
      options.signal.throwIfAborted()
      const flight = flights.get(key) ?? takeOff(start)
      flights.set(key, flight)
      const forget = () => {
        if (flights.get(key) === flight) flights.delete(key)
      }
      flight.landing.then(forget, forget)
      return board(flight, options, forget)
    },
  }
}

interface Flight<Result, News> {
  readonly controller: AbortController
  readonly landing: Promise<Result>
  readonly listeners: Set<(news: News) => void>
  last: { readonly news: News } | undefined
  passengers: number
}

function takeOff<Result, News>(start: Start<Result, News>): Flight<Result, News> {
  const controller = new AbortController()
  const tell = (news: News) => {
    flight.last = { news }
    for (const listener of flight.listeners) listener(news)
  }
  // A step later, so that the one who starts it is on board and misses no news.
  const landing = Promise.resolve().then(() => start(controller.signal, tell))
  const flight: Flight<Result, News> = { controller, landing, listeners: new Set(), last: undefined, passengers: 0 }
  return flight
}

async function board<Result, News>(
  flight: Flight<Result, News>,
  { signal, hear }: PassengerOptions<News>,
  forget: () => void,
): Promise<Result> {
  const listen = (news: News) => hear?.(news)
  flight.passengers++
  flight.listeners.add(listen)
  if (flight.last !== undefined) listen(flight.last.news)
  try {
    return await race(flight.landing, signal)
  } finally {
    flight.listeners.delete(listen)
    flight.passengers--
    if (flight.passengers === 0) {
      forget()
      flight.controller.abort(signal.reason)
      // Nobody is told any more how it ends; it has to have ended all the same before the last one goes.
      if (signal.aborted) await flight.landing.catch(() => undefined)
    }
  }
}
