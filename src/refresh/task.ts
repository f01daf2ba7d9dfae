import type { Hint } from '../ports.ts'

/**
 * How much a refresh reads. `full`: all parameters and all secrets; only changed parameters are decrypted. `poll`: the
 * same, but only the secrets that are due. `secrets`: only the secrets that are due. `hints`: only the hinted names.
 */
export type Scope = 'hints' | 'secrets' | 'poll' | 'full'

/**
 * Why a refresh runs. `retry`: the last one failed. `recheck`: a rejected candidate, a hint whose parameter had not
 * changed yet, or notifications that may have been missed. `credentials`: `retryOnAuthError()`.
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
