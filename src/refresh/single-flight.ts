/** Lets callers who want the same thing at the same time share one flight. */
export interface SingleFlight<Result> {
  /**
   * Joins the flight under this key, or starts it. A caller whose signal aborts leaves alone, with the signal's reason;
   * the flight's own signal aborts when the last one has left.
   */
  run(key: string, start: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal): Promise<Result>
}

export function singleFlight<Result>(): SingleFlight<Result> {
  const flights = new Map<string, Flight<Result>>()
  return {
    run(key, start, signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      const flight = flights.get(key) ?? takeOff(key, start, flights)
      return board(flight, signal, () => {
        if (flights.get(key) === flight) flights.delete(key)
      })
    },
  }
}

interface Flight<Result> {
  readonly controller: AbortController
  readonly landing: Promise<Result>
  passengers: number
}

function takeOff<Result>(
  key: string,
  start: (signal: AbortSignal) => Promise<Result>,
  flights: Map<string, Flight<Result>>,
): Flight<Result> {
  const controller = new AbortController()
  const flight = { controller, landing: start(controller.signal), passengers: 0 }
  flights.set(key, flight)
  const land = () => {
    if (flights.get(key) === flight) flights.delete(key)
  }
  flight.landing.then(land, land)
  return flight
}

async function board<Result>(flight: Flight<Result>, signal: AbortSignal, forget: () => void): Promise<Result> {
  flight.passengers++
  let leave: (() => void) | undefined
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
  })
  try {
    return await Promise.race([flight.landing, left])
  } finally {
    if (leave !== undefined) signal.removeEventListener('abort', leave)
    flight.passengers--
    if (flight.passengers === 0) {
      forget()
      flight.controller.abort(signal.reason)
      // Nobody is told any more how it ends; it has to have ended all the same before the last one goes.
      if (signal.aborted) await flight.landing.catch(() => undefined)
    }
  }
}
