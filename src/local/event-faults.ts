import type { Clock } from '../ports.ts'
import { aNumber, aText, type Check, checkGiven, isObject, optional } from './check-given.ts'

/** Something that happens to an event on its way. */
export type EventFault = { /** How often before it is over. @default always */ readonly times?: number } & (
  | { readonly kind: 'lost' }
  /** Comes twice. */
  | { readonly kind: 'duplicated' }
  /** Comes after the one that follows it. */
  | { readonly kind: 'reordered' }
  | { readonly kind: 'late'; readonly ms: number }
)

/** The faults of delivery that are on. */
export interface EventFaults {
  /** Has it happen from now on, until it has happened often enough or is removed. @throws TypeError For an unknown fault. */
  add(fault: EventFault): { remove(): void }
  /** Removes all of them. */
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

  /** Has one event delivered, as far as the first fault that is on lets it. */
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
  late: { ms: aNumber },
}

function checkFault(fault: unknown): void {
  const given = isObject(fault) ? fault.kind : undefined
  const known = Object.entries(kinds).find(([kind]) => kind === given)
  if (known === undefined) throw new TypeError(`${caller}: kind must be one of ${Object.keys(kinds).join(', ')}`)
  checkGiven(caller, fault, { kind: aText, times: optional(aNumber), ...known[1] })
}

interface ActiveFault {
  readonly fault: EventFault
  timesLeft: number
}
