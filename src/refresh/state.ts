import type { Hint } from '../ports.ts'
import { type NotificationHealth, noHealth } from './push.ts'
import type { RefreshTask } from './task.ts'

/** Where a live config is in its life. */
export type ConfigState = 'initializing' | 'ready' | 'stale' | 'failed' | 'closed'

/** Why it serves an old snapshot on purpose. */
export type StaleReason = 'source-error' | 'candidate-rejected' | 'age-exceeded'

/** Everything that decides what happens next. Immutable. All times in milliseconds on the config's clock. */
export interface RefreshState {
  readonly state: ConfigState
  readonly reason?: StaleReason
  /** When the state and its reason came to be. */
  readonly since: number
  /** When what is served was last known to be what is stored. */
  readonly verifiedAt?: number
  /** Counts the flights: whatever lands with another number is late. */
  readonly generation: number
  readonly running?: RefreshTask
  /** What a failed flight was to do, and still has to be done. */
  readonly unfinished?: RefreshTask
  /** Failures without a minute of health between them. */
  readonly failures: number
  /** Nobody is invoked: nothing happens but what is asked for. */
  readonly isSuspended: boolean
  /** Flights in a row that were cut short by a suspension. */
  readonly interruptions: number
  readonly healthySince?: number
  /** Looks at a candidate that was rejected, one after the other. */
  readonly rejections: number
  readonly pendingHints: ReadonlyMap<string, Hint>
  /** More parameters were hinted than are worth remembering one by one: everything is read instead. */
  readonly isFlooded: boolean
  /** When hints last named many parameters that are not stored. */
  readonly unknownNamesAt?: number
  /** The first of them. */
  readonly hintedSince?: number
  /** How long this instance waits, so that not all of a fleet read at once. */
  readonly hintSplayMs: number
  readonly unconfirmed: ReadonlyMap<string, PendingHint>
  readonly health: NotificationHealth
  /** How often to poll by what a poll costs. */
  readonly pollMs: number
  readonly timers: Timers
  /** The time of the last event. */
  readonly at: number
}

/** Something that has to have moved, and has not yet. */
export interface PendingHint {
  readonly hint: Hint
  /** How often it was looked at again. */
  readonly attempts: number
  readonly dueAt: number
}

/** When what is to happen. */
export type Timers = Readonly<Partial<Record<TimerName, number>>>

/** What can be due. */
export type TimerName =
  | 'asked'
  | 'hints'
  | 'doubts'
  | 'poll'
  | 'secrets'
  | 'retry'
  | 'rejected'
  | 'shrunk'
  | 'listening'
  | 'age'

/** What does not change in a life. */
export interface RefreshRules {
  readonly mode: 'strict' | 'background'
  /** A number of milliseconds that wins over the cost of a poll; `false` for never. */
  readonly pollEveryMs: number | false | undefined
  readonly splayMs: number
  readonly maxStaleMs: number | undefined
  /** The process may stand still whenever nobody is invoked, so it begins suspended. @default false */
  readonly isInvoked?: boolean
}

/** What happens to a live config. `chance` is in [0, 1). */
export type RefreshEvent = { readonly at: number; readonly chance: number } & EventDetails

export type EventDetails =
  | { readonly type: 'started' }
  /** Somebody calls `refresh()`. */
  | { readonly type: 'refreshRequested' }
  /** Hints that are covered and not held. */
  | { readonly type: 'hintReceived'; readonly hints: readonly Hint[] }
  /** What these name is to be looked at now, whether or not somebody has heard of a change. */
  | { readonly type: 'rereadRequested'; readonly hints: readonly Hint[] }
  /** Listening works from now on: what was told before may have been missed. */
  | { readonly type: 'subscribed' }
  /** Whether every notification source can listen is another matter than before. */
  | { readonly type: 'healthChanged'; readonly isHealthy: boolean }
  /** A notification has arrived, whatever it says. */
  | { readonly type: 'messageReceived' }
  /** The time of something that is due. */
  | { readonly type: 'timerFired' }
  | { readonly type: 'refreshFinished'; readonly generation: number; readonly summary: RefreshSummary }
  /** Somebody is invoked. */
  | { readonly type: 'resumed' }
  /** The last of those who were invoked has ended. */
  | { readonly type: 'suspended' }
  | { readonly type: 'closed' }

/** How a flight ended. */
export interface RefreshSummary {
  /**
   * `rejected`: what is stored was read, and cannot be used. `shrunk`: so much is gone that it is looked at twice.
   * `failed`: it could not be read.
   */
  readonly outcome: 'published' | 'unchanged' | 'rejected' | 'held-back' | 'failed'
  /** How many calls a poll takes. */
  readonly pollCalls: number
  /** Hints whose parameters are still as they were. */
  readonly unconfirmed: readonly Hint[]
  /** Whether many hints named parameters that are not stored. */
  readonly hasUnknownNames?: boolean
  /** When secrets are to be read again. */
  readonly secretsDueAt: number | undefined
}

/** What the reducer wants done, in this order. */
export type Effect =
  | { readonly type: 'refresh'; readonly generation: number; readonly task: RefreshTask }
  /** Break off the flight that is under way. */
  | { readonly type: 'abort'; readonly generation: number }
  /** Publish what the flight that has just landed brings. */
  | { readonly type: 'commit' }
  /** What was served is known to be right as of now. */
  | { readonly type: 'verify' }
  | { readonly type: 'emit'; readonly event: EmittedEvent }

export type EmittedEvent = 'ready' | 'changed' | 'unchanged' | 'stale' | 'recovered' | 'rejected' | 'failed' | 'closed'

/** The life of a config that has not been started. */
export const initialState: RefreshState = Object.freeze({
  state: 'initializing',
  since: 0,
  generation: 0,
  failures: 0,
  isSuspended: false,
  interruptions: 0,
  rejections: 0,
  pendingHints: new Map(),
  isFlooded: false,
  hintSplayMs: 0,
  unconfirmed: new Map(),
  health: noHealth,
  pollMs: 0,
  timers: {},
  at: 0,
})

/** When {@link EventDetails} `woke` is next to be sent. */
export function nextTimerAt({ timers, running, failures, state, isSuspended }: RefreshState): number | undefined {
  if (state === 'closed') return undefined
  if (isSuspended) return running === undefined ? timers.asked : undefined
  if (state === 'failed' && running === undefined && timers.retry === undefined) return timers.asked
  const kinds =
    running !== undefined ? whileRunning : failures > 0 && timers.retry !== undefined ? whileFailing : timerNames
  let earliest: number | undefined
  // Each invocation asks for it, several times.
  for (const kind of kinds) {
    const at = timers[kind]
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at
  }
  return earliest
}

const whileRunning: readonly TimerName[] = ['age']
// Until AWS answers again, nothing but a call of refresh() adds to the calls.
const whileFailing: readonly TimerName[] = ['age', 'asked', 'retry']
/** In the order in which they are merged into one flight. */
export const timerNames: readonly TimerName[] = [
  ...whileFailing,
  'hints',
  'doubts',
  'poll',
  'secrets',
  'rejected',
  'shrunk',
  'listening',
]
