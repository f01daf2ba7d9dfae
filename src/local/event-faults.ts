import type { Clock } from '../ports.ts'
import { type Check, checkGiven, isNonNegative, isObject, isString, optional } from './check-given.ts'

/** A failure in the delivery of events. */
export type EventFault = {
  /** The number of events that the fault applies to. @default every event */
  readonly times?: number
} & (
  | { readonly kind: 'lost' }
  /** Delivers the event twice. */
  | { readonly kind: 'duplicated' }
  /** Delivers the event after the next one. */
  | { readonly kind: 'reordered' }
  /** Delivers the event after `ms` milliseconds. */
  | { readonly kind: 'late'; readonly ms: number }
)

/** The active faults of delivery. */
export interface EventFaults {
  /** Adds a fault. It ends after `times` events, or when you call `remove()`. @throws TypeError For an invalid fault. */
  add(fault: EventFault): { remove(): void }
  /** Removes all faults. */
  clear(): void
}

export class DeliveryFaults implements EventFaults {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #active: ActiveFault[] = []
  #heldBack: (() => void)[] = []

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
  }

  add(fault: EventFault): { remove(): void } {
    checkFault(fault)
    const active = { fault, timesLeft: fault.times ?? Number.POSITIVE_INFINITY }
    this.#active.push(active)
    return { remove: () => this.#remove(active) }
  }

  clear(): void {
    this.#active.length = 0
  }

  /** Delivers one event, subject to the first active fault. */
  pass(deliver: () => void): void {
    const [active] = this.#active
    if (active !== undefined && --active.timesLeft <= 0) this.#remove(active)
    const { fault } = active ?? {}
    const before = fault?.kind === 'reordered' ? [] : this.#heldBack.splice(0)
    if (fault?.kind === 'reordered') this.#heldBack.push(deliver)
    else if (fault?.kind === 'late') this.#clock.sleep(fault.ms, this.#signal).then(deliver, () => undefined)
    else if (fault?.kind !== 'lost') deliver()
    if (fault?.kind === 'duplicated') deliver()
    for (const late of before) late()
  }

  #remove(active: ActiveFault): void {
    const index = this.#active.indexOf(active)
    if (index !== -1) this.#active.splice(index, 1)
  }
}

const caller = 'events.faults.add()'
const kinds: Readonly<Record<EventFault['kind'], Readonly<Record<string, Check>>>> = {
  lost: {},
  duplicated: {},
  reordered: {},
  late: { ms: isNonNegative },
}

function checkFault(fault: unknown): void {
  const given = isObject(fault) ? fault.kind : undefined
  const known = Object.entries(kinds).find(([kind]) => kind === given)
  if (known === undefined) throw new TypeError(`${caller}: kind must be one of ${Object.keys(kinds).join(', ')}`)
  checkGiven(caller, fault, { kind: isString, times: optional(isNonNegative), ...known[1] })
}

interface ActiveFault {
  readonly fault: EventFault
  timesLeft: number
}
