import type { ConfigError } from '../errors.ts'
import type { Hint } from '../ports.ts'

/** The state of a live config. */
export type ConfigState = 'initializing' | 'ready' | 'stale' | 'failed' | 'closed'

/** Why a config is stale. */
export type StaleReason = 'source-error' | 'candidate-rejected' | 'from-backup' | 'age-exceeded'

/** Everything that decides when and how to refresh. Immutable. All times in milliseconds on the loop's steady clock. */
export interface RefreshState {
  readonly state: ConfigState
  readonly reason?: StaleReason | undefined
  /** When the config entered this state. */
  readonly since: number
  /** When a refresh last found that the snapshot equals the store. */
  readonly verifiedAt?: number | undefined
  /** Counts the refreshes. The outcome of an earlier generation is dropped. */
  readonly generation: number
  readonly running?: RefreshTask | undefined
  /** The work of a refresh that failed or was interrupted. The next refresh includes it. */
  readonly unfinished?: { readonly task: RefreshTask; readonly dueAt: number } | undefined
  /** Failures without a minute of health between them. */
  readonly failures: number
  readonly healthySince?: number | undefined
  /** Between Lambda invocations: only `refresh()` starts a refresh. */
  readonly isSuspended: boolean
  /** Rejections in a row of the current candidate. */
  readonly rejections: number
  /** When a rejected candidate (scope `poll`) or a held-back one (scope `full`) is read again. */
  readonly recheck?: { readonly dueAt: number; readonly scope: 'poll' | 'full' } | undefined
  readonly hints: WaitingHints
  readonly health: NotificationHealth
  /** The poll interval by what a poll costs. */
  readonly pollMs: number
  readonly timers: Readonly<Timers>
}

/** The hints that wait for a refresh. */
export interface WaitingHints {
  readonly pending: PendingHints
  /** The hints that arrived since the last refresh started. */
  readonly burst?: HintBurst | undefined
  /** When hints last named many parameters that are not stored. */
  readonly unknownNamesAt: number
}

export interface HintBurst {
  readonly startedAt: number
  /** The random delay that spreads the instances of a fleet. */
  readonly splayMs: number
  readonly dueAt: number
  /** Too many parameters were hinted to read them one by one, so the refresh reads everything. */
  readonly isFlooded: boolean
}

/** How reliable notifications have been. */
export interface NotificationHealth {
  /** Whether every source reports that it can listen. */
  readonly isHealthy: boolean
  /** When the last message arrived, or listening began. */
  readonly lastMessageAt: number
  /** The longest time without a message; older silences count less. */
  readonly longestSilenceMs: number
  /** Changes that polling found while notifications seemed to work. */
  readonly missed: number
  readonly missedAt: number
}

/** When each kind of refresh is due. `refresh` and `reread` are due at once. */
export type Timers = Record<TimerName, number>

export type TimerName = 'refresh' | 'reread' | 'poll' | 'secrets' | 'subscribed'

/** The time of what is not scheduled. */
export const unscheduled: number = Number.POSITIVE_INFINITY

/** The options of a config that the reducer needs. */
export interface RefreshRules {
  /** `warm`: a start uses the backup or the shared reading before it reads AWS. Without one, it is `strict`. */
  readonly mode: 'strict' | 'background' | 'warm'
  /** The poll interval in milliseconds; `undefined` derives it from the cost of a poll, `false` turns polling off. */
  readonly pollEveryMs: number | false | undefined
  readonly splayMs: number
  readonly maxStaleMs: number | undefined
  /** Whether the process may be frozen between invocations, so that it starts suspended. @default false */
  readonly isInvoked?: boolean
}

/** What happens to a live config. `chance` is random, in [0, 1). */
export type RefreshEvent = EventDetails & { readonly at: number; readonly chance: number }

export type EventDetails<Published = unknown> =
  | { readonly type: 'started' }
  /** `refresh()` was called. */
  | { readonly type: 'refreshRequested' }
  /** Hints that the plan covers, about changes that are not in the snapshot. */
  | { readonly type: 'hintReceived'; readonly hints: readonly Hint[] }
  /** `retryOnAuthError()` needs these names read at once. */
  | { readonly type: 'rereadRequested'; readonly hints: readonly Hint[] }
  /** Listening works from now on. Earlier notifications may have been lost. */
  | { readonly type: 'subscribed' }
  /** Whether every notification source can listen has changed. */
  | { readonly type: 'healthChanged'; readonly isHealthy: boolean }
  /** A notification source received a message of any content. */
  | { readonly type: 'messageReceived' }
  | { readonly type: 'timerFired' }
  | { readonly type: 'refreshFinished'; readonly generation: number; readonly outcome: RefreshOutcome<Published> }
  /** The first of the concurrent invocations has started. */
  | { readonly type: 'resumed' }
  /** The last of the concurrent invocations has ended. */
  | { readonly type: 'suspended' }
  | { readonly type: 'closed' }

/**
 * How a refresh ended. `rejected`: the candidate is invalid. `held-back`: it lost most parameters. `failed`: AWS could not
 * be read. `restored`: the same, but there was a backup; without an error, AWS was not read yet.
 */
export type RefreshOutcome<Published = unknown> = { readonly task: RefreshTask } & (
  | ({ readonly kind: 'published'; readonly published: Published } & Findings)
  | ({ readonly kind: 'unchanged' } & Findings)
  | ({ readonly kind: 'rejected' | 'held-back'; readonly error: ConfigError } & Findings)
  | { readonly kind: 'failed'; readonly error: ConfigError }
  | { readonly kind: 'restored'; readonly published: Published; readonly ageMs: number; readonly error?: ConfigError }
)

/** What a reading shows about the next ones. */
export interface Findings {
  /** How many calls a poll makes. */
  readonly pollCalls: number
  /** The hints whose parameters have not changed yet. */
  readonly unconfirmed: readonly Hint[]
  /** Whether many hints named parameters that are not stored. */
  readonly hasUnknownNames: boolean
  /** When the secrets have to be read again; `undefined` without secrets. */
  readonly secretsDueInMs: number | undefined
  /** The age of the reading in milliseconds. */
  readonly ageMs: number
}

/** What the loop does after an event, in this order. */
export type Effect =
  | { readonly type: 'refresh'; readonly generation: number; readonly task: RefreshTask }
  /** Abort the running refresh. */
  | { readonly type: 'abort'; readonly generation: number }
  /** Publish the snapshot of the refresh that just finished. */
  | { readonly type: 'commit' }
  /** Mark the current snapshot as verified now. */
  | { readonly type: 'verify' }
  | { readonly type: 'emit'; readonly event: EmittedEvent }

export type EmittedEvent = 'ready' | 'changed' | 'unchanged' | 'stale' | 'recovered' | 'rejected' | 'failed' | 'closed'

/** The state of a config that has not started. */
export const initialState: RefreshState = Object.freeze({
  state: 'initializing',
  since: 0,
  generation: 0,
  failures: 0,
  isSuspended: false,
  rejections: 0,
  hints: { pending: new Map(), unknownNamesAt: Number.NEGATIVE_INFINITY },
  health: {
    isHealthy: false,
    lastMessageAt: 0,
    longestSilenceMs: 0,
    missed: 0,
    missedAt: Number.NEGATIVE_INFINITY,
  },
  pollMs: 0,
  timers: {
    refresh: unscheduled,
    reread: unscheduled,
    poll: unscheduled,
    secrets: unscheduled,
    subscribed: unscheduled,
  },
})

/**
 * How much a refresh reads. `full`: all parameters and all secrets; only changed parameters are decrypted. `poll`: the
 * same, but only the secrets that are due. `secrets`: only the secrets that are due. `hints`: only the hinted names.
 */
export type Scope = 'hints' | 'secrets' | 'poll' | 'full'

/**
 * Why a refresh runs. `retry`: the last one failed. `recheck`: a rejected candidate, a hint whose parameter had not
 * changed yet, notifications that may have been missed, or what another instance read for the shared cache.
 * `credentials`: `retryOnAuthError()`.
 */
export type Cause = 'start' | 'refresh' | 'notification' | 'poll' | 'retry' | 'recheck' | 'credentials'

/** What one refresh does. */
export interface RefreshTask {
  readonly scope: Scope
  readonly cause: Cause
  /** Every scope includes the names of these hints. */
  readonly hints: PendingHints
  /** How often in a row the end of an invocation interrupted it. */
  readonly interruptions: number
}

/** By the subject of the hint. */
export type PendingHints = ReadonlyMap<string, PendingHint>

/** A hint whose change has not been read yet. */
export interface PendingHint {
  readonly hint: Hint
  /** How often it was read, and the parameter had not changed yet. */
  readonly attempts: number
  /** When it is read again. A new hint waits for the end of its burst instead. */
  readonly dueAt: number
}

/** The identity of the hinted value. A later hint with the same subject replaces an earlier one. */
export function subjectOf({ kind, name, arn, label = '' }: Hint): string {
  return `${kind} ${kind === 'parameter' ? name : (arn ?? name)} ${label}`
}

export function task(scope: Scope, cause: Cause, hints: PendingHints = new Map()): RefreshTask {
  return { scope, cause, hints, interruptions: 0 }
}

/** Whether the refresh reads all parameters, so that it verifies the whole snapshot. */
export function readsEverything({ scope }: Pick<RefreshTask, 'scope'>): boolean {
  return scope === 'full' || scope === 'poll'
}

const scopes: readonly Scope[] = ['hints', 'secrets', 'poll', 'full']

/** One task that does the work of all. The first of the widest ones gives the cause. */
export function mergeTasks(first: RefreshTask, ...others: readonly MaybeTask[]): RefreshTask
export function mergeTasks(...tasks: readonly MaybeTask[]): RefreshTask | undefined
export function mergeTasks(...tasks: readonly MaybeTask[]): RefreshTask | undefined {
  let merged: RefreshTask | undefined
  for (const next of tasks) {
    if (typeof next !== 'object') continue
    if (merged === undefined) {
      merged = next
      continue
    }
    const isWider = scopes.indexOf(next.scope) > scopes.indexOf(merged.scope)
    const { scope, cause } = isWider ? next : merged
    const narrowest = isWider ? merged.scope : next.scope
    merged = {
      // Hints and secrets do not include each other.
      scope: scope === 'secrets' && narrowest === 'hints' ? 'poll' : scope,
      cause,
      hints: new Map([...merged.hints, ...next.hints]),
      interruptions: Math.max(merged.interruptions, next.interruptions),
    }
  }
  return merged
}

type MaybeTask = RefreshTask | false | undefined
