import type { Clock } from '../ports.ts'
import { AwsError } from './aws-error.ts'
import {
  type Check,
  checkKind,
  isActionPattern,
  isNonNegative,
  isObject,
  isString,
  optional,
} from './check-arguments.ts'
import type { Input } from './input.ts'
import { checkActions, matches } from './policy.ts'
import type { ServiceContext } from './service-context.ts'

/**
 * The calls that a fault applies to.
 *
 * @experimental
 */
export interface FaultScope {
  /**
   * IAM actions, for example `ssm:GetParameters` or `ssm:*`.
   * @default every action; for `throttle`, the actions that read parameters
   */
  readonly action?: string | readonly string[]
  /** The number of calls that the fault applies to. @default every call */
  readonly times?: number
  /** Selects requests by their members. @default every request */
  readonly when?: (input: Readonly<Record<string, unknown>>) => boolean
}

/**
 * A failure that the local AWS simulates.
 *
 * @experimental
 */
export type Fault = FaultScope &
  (
    | { readonly kind: 'latency'; readonly ms: number }
    /**
     * Throttles calls by a token bucket that fills at `ratePerSecond` and holds `burst` tokens, both at least 0. With 0
     * for both, every call is throttled.
     */
    | { readonly kind: 'throttle'; readonly ratePerSecond: number; readonly burst: number }
    /** Answers with an error of AWS. */
    | {
        readonly kind: 'error'
        readonly status: number
        readonly name: string
        readonly message: string
        readonly headers?: Readonly<Record<string, string>>
      }
    /** Never answers. */
    | { readonly kind: 'hang' }
    /** Cuts the connection without an answer. */
    | { readonly kind: 'reset' }
    /** Answers with the HTML page of a load balancer. */
    | { readonly kind: 'html-503' }
    /** Redirects to the login page of a captive portal. */
    | { readonly kind: 'redirect' }
    /** Answers with bytes that are not HTTP. */
    | { readonly kind: 'not-http' }
    /** Sends half of the answer, then cuts the connection. */
    | { readonly kind: 'half-body' }
    /** Sends half of the answer and keeps the connection open. */
    | { readonly kind: 'slow-body' }
    /** Answers with this text as the body. */
    | { readonly kind: 'body'; readonly text: string }
    /** Answers reads with the state of `forMs` milliseconds ago. */
    | { readonly kind: 'stale'; readonly forMs: number }
    /** Answers with pages that are short or empty and still carry a token. */
    | { readonly kind: 'sparse-pages' }
  )

/**
 * The active faults.
 *
 * @experimental
 */
export interface Faults {
  /** Adds a fault. It ends after `times` calls, or when you call `remove()`. @throws TypeError For an invalid fault. */
  add(fault: Fault): { remove(): void }
  /** Removes all faults. */
  clear(): void
}

const scope = {
  kind: isString,
  action: optional(isActionPattern),
  times: optional(isNonNegative),
  when: optional([(value) => typeof value === 'function', 'a function']),
}

// The options of each kind, apart from the scope.
const kinds: Readonly<Record<Fault['kind'], Readonly<Record<string, Check>>>> = {
  latency: { ms: isNonNegative },
  throttle: { ratePerSecond: isNonNegative, burst: isNonNegative },
  error: {
    status: [(value) => typeof value === 'number' && value >= 400 && value < 600, 'an HTTP status from 400 to 599'],
    name: [(value) => typeof value === 'string' && /^[\w.]+$/.test(value), 'the name of an error'],
    message: isString,
    headers: optional([isObject, 'an object']),
  },
  hang: {},
  reset: {},
  'html-503': {},
  redirect: {},
  'not-http': {},
  'half-body': {},
  'slow-body': {},
  body: { text: isString },
  stale: { forMs: isNonNegative },
  'sparse-pages': {},
}

const parameterReads = ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath']

interface ActiveFault {
  readonly fault: Fault
  timesLeft: number
  tokens: number
  filledAt: number
}

export class FaultList implements Faults {
  readonly #clock: Clock
  readonly #actions: () => readonly string[]
  readonly #active = new Set<ActiveFault>()

  /** @param actions The actions that a fault can name. */
  constructor(clock: Clock, actions: () => readonly string[]) {
    this.#clock = clock
    this.#actions = actions
  }

  add(fault: Fault): { remove(): void } {
    checkKind('add()', fault, kinds, scope)
    if (fault.action !== undefined) checkActions('add()', fault.action, this.#actions())
    const tokens = fault.kind === 'throttle' ? fault.burst : 0
    const active = { fault, timesLeft: fault.times ?? Number.POSITIVE_INFINITY, tokens, filledAt: this.#clock.now() }
    this.#active.add(active)
    return { remove: () => this.#active.delete(active) }
  }

  clear(): void {
    this.#active.clear()
  }

  /** Finds the faults that apply to a call, and counts the call for each. */
  faultsFor(action: string, input: Input): Fault[] {
    return [...this.#active].filter((active) => this.#applies(active, action, input)).map(({ fault }) => fault)
  }

  #applies(active: ActiveFault, action: string, input: Input): boolean {
    const { fault } = active
    if (!appliesTo(fault, action) || fault.when?.(input) === false) return false
    if (fault.kind === 'throttle' && this.#takeToken(active, fault.ratePerSecond, fault.burst)) return false
    active.timesLeft--
    if (active.timesLeft <= 0) this.#active.delete(active)
    return true
  }

  #takeToken(active: ActiveFault, ratePerSecond: number, burst: number): boolean {
    const now = this.#clock.now()
    active.tokens = Math.min(burst, active.tokens + ((now - active.filledAt) / 1_000) * ratePerSecond)
    active.filledAt = now
    if (active.tokens < 1) return false
    active.tokens--
    return true
  }
}

/** The error of a fault; `undefined` for a fault that does not answer with an error. */
export function errorOf(fault: Fault): AwsError | undefined {
  if (fault.kind === 'throttle') return new AwsError('ThrottlingException', 'Rate exceeded')
  if (fault.kind !== 'error') return undefined
  const { name, message, status, headers } = fault
  return new AwsError(name, message, status, { headers })
}

function appliesTo({ kind, action }: Fault, called: string): boolean {
  const patterns = action ?? (kind === 'throttle' ? parameterReads : '*')
  return (typeof patterns === 'string' ? [patterns] : patterns).some((pattern) => matches(pattern, called))
}

/**
 * A failure in the delivery of events.
 *
 * @experimental
 */
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

/**
 * The active faults of delivery.
 *
 * @experimental
 */
export interface EventFaults {
  /** Adds a fault. It ends after `times` events, or when you call `remove()`. @throws TypeError For an invalid fault. */
  add(fault: EventFault): { remove(): void }
  /** Removes all faults. */
  clear(): void
}

export class DeliveryFaults implements EventFaults {
  readonly #context: ServiceContext
  readonly #active = new Set<ActiveEventFault>()
  #heldBack: (() => void)[] = []

  constructor(context: ServiceContext) {
    this.#context = context
  }

  add(fault: EventFault): { remove(): void } {
    checkKind('events.faults.add()', fault, eventKinds, { kind: isString, times: optional(isNonNegative) })
    const active: ActiveEventFault = { fault, timesLeft: fault.times ?? Number.POSITIVE_INFINITY }
    this.#active.add(active)
    return { remove: () => this.#active.delete(active) }
  }

  clear(): void {
    this.#active.clear()
  }

  /** Delivers one event, subject to the first active fault. */
  pass(deliver: () => void): void {
    const { clock, signal } = this.#context
    const [active] = this.#active
    if (active !== undefined && --active.timesLeft <= 0) this.#active.delete(active)
    const { fault } = active ?? {}
    const before = fault?.kind === 'reordered' ? [] : this.#heldBack.splice(0)
    if (fault?.kind === 'reordered') this.#heldBack.push(deliver)
    else if (fault?.kind === 'late') clock.sleep(fault.ms, signal).then(deliver, () => undefined)
    else if (fault?.kind !== 'lost') deliver()
    if (fault?.kind === 'duplicated') deliver()
    for (const late of before) late()
  }
}

const eventKinds: Readonly<Record<EventFault['kind'], Readonly<Record<string, Check>>>> = {
  lost: {},
  duplicated: {},
  reordered: {},
  late: { ms: isNonNegative },
}

interface ActiveEventFault {
  readonly fault: EventFault
  timesLeft: number
}
