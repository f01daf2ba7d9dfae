import type { Clock } from '../ports.ts'
import { AwsError } from './aws-error.ts'
import { aNumber, anAction, aText, type Check, checkGiven, isObject, optional } from './check-given.ts'
import type { Input } from './input.ts'
import { checkActions, matches } from './policy.ts'

/** What a fault hits. */
export interface FaultScope {
  /** Such as `ssm:GetParameters`, or `ssm:*`; every action when absent, the parameter reads for `throttle`. */
  readonly action?: string | readonly string[]
  /** How often it happens before it is over. */
  readonly times?: number
  /** For which requests it happens. @default all */
  readonly when?: (input: Readonly<Record<string, unknown>>) => boolean
}

/** Something that goes wrong on demand. */
export type Fault = FaultScope &
  (
    | { readonly kind: 'latency'; readonly ms: number }
    /** A token bucket on the clock. */
    | { readonly kind: 'throttle'; readonly ratePerSecond: number; readonly burst: number }
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
    /** A page of HTML, as a load balancer sends it. */
    | { readonly kind: 'html-503' }
    /** A redirect to a login page, as a captive portal sends it. */
    | { readonly kind: 'redirect' }
    /** Bytes that are not HTTP. */
    | { readonly kind: 'not-http' }
    /** Half of the answer, then the end of the connection. */
    | { readonly kind: 'half-body' }
    /** Half of the answer, and never the rest. */
    | { readonly kind: 'slow-body' }
    /** Answers with something else. */
    | { readonly kind: 'body'; readonly text: string }
    /** Reads answer as of so many milliseconds ago. */
    | { readonly kind: 'stale'; readonly forMs: number }
    /** Pages that are short or empty and still carry a token. */
    | { readonly kind: 'sparse-pages' }
  )

/** The faults that are on. */
export interface Faults {
  /** Has it happen from now on, until it has happened often enough or is removed. @throws TypeError when it is none. */
  add(fault: Fault): { remove(): void }
  /** Removes all of them. */
  clear(): void
}

const scope = {
  kind: aText,
  action: optional(anAction),
  times: optional(aNumber),
  when: optional([(value) => typeof value === 'function', 'a function']),
}

// What is asked of each besides.
const kinds: Readonly<Record<Fault['kind'], Readonly<Record<string, Check>>>> = {
  latency: { ms: aNumber },
  throttle: { ratePerSecond: aNumber, burst: aNumber },
  error: {
    status: [(value) => typeof value === 'number' && value >= 400 && value < 600, 'an HTTP status from 400 to 599'],
    name: [(value) => typeof value === 'string' && /^[\w.]+$/.test(value), 'the name of an error'],
    message: aText,
    headers: optional([isObject, 'an object']),
  },
  hang: {},
  reset: {},
  'html-503': {},
  redirect: {},
  'not-http': {},
  'half-body': {},
  'slow-body': {},
  body: { text: aText },
  stale: { forMs: aNumber },
  'sparse-pages': {},
}

function checkFault(fault: unknown): void {
  const given = isObject(fault) ? fault.kind : undefined
  const known = Object.entries(kinds).find(([kind]) => kind === given)
  if (known === undefined) throw new TypeError(`add(): kind must be one of ${Object.keys(kinds).join(', ')}`)
  checkGiven(`add(): ${known[0]}`, fault, { ...scope, ...known[1] })
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

  /** @param actions Those that a fault can name. */
  constructor(clock: Clock, actions: () => readonly string[]) {
    this.#clock = clock
    this.#actions = actions
  }

  add(fault: Fault): { remove(): void } {
    checkFault(fault)
    if (fault.action !== undefined) checkActions('add()', fault.action, this.#actions())
    const tokens = fault.kind === 'throttle' ? fault.burst : 0
    const active = { fault, timesLeft: fault.times ?? Number.POSITIVE_INFINITY, tokens, filledAt: this.#clock.now() }
    this.#active.add(active)
    return { remove: () => this.#active.delete(active) }
  }

  clear(): void {
    this.#active.clear()
  }

  /** The faults that hit a call, each of which thereby happens once more. */
  strike(action: string, input: Input): Fault[] {
    return [...this.#active].filter((active) => this.#isHit(active, action, input)).map(({ fault }) => fault)
  }

  #isHit(active: ActiveFault, action: string, input: Input): boolean {
    const { fault } = active
    if (!concerns(fault, action) || fault.when?.(input) === false) return false
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

/** The error that a fault answers with, if it answers with one. */
export function errorOf(fault: Fault): AwsError | undefined {
  if (fault.kind === 'throttle') return new AwsError('ThrottlingException', 'Rate exceeded')
  if (fault.kind !== 'error') return undefined
  return new AwsError(
    fault.name,
    fault.message,
    fault.status,
    fault.headers === undefined ? {} : { headers: fault.headers },
  )
}

function concerns({ kind, action }: Fault, called: string): boolean {
  const patterns = action ?? (kind === 'throttle' ? parameterReads : '*')
  return (typeof patterns === 'string' ? [patterns] : patterns).some((pattern) => matches(pattern, called))
}
