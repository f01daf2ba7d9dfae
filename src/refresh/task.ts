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
  /** By subject. Every scope includes the names of these hints. */
  readonly hints: PendingHints
}

export type PendingHints = ReadonlyMap<string, PendingHint>

/** A hint whose change has not been read yet. */
export interface PendingHint {
  readonly hint: Hint
  /** How often it was read, and the parameter had not changed yet. */
  readonly attempts: number
  /** When it is read again. A new hint waits for the end of its burst instead. */
  readonly dueAt?: number | undefined
}

export function task(scope: Scope, cause: Cause, hints: PendingHints = new Map()): RefreshTask {
  return { scope, cause, hints }
}

/** Whether the refresh reads all parameters, so that it verifies the whole snapshot. */
export function readsEverything({ scope }: RefreshTask): boolean {
  return scope === 'full' || scope === 'poll'
}

const scopes: readonly Scope[] = ['hints', 'secrets', 'poll', 'full']

/** One task that does the work of all. The widest one gives the cause. */
export function mergeTasks(first: RefreshTask, ...others: readonly (RefreshTask | undefined)[]): RefreshTask {
  return others.reduce<RefreshTask>((merged, next) => (next === undefined ? merged : mergeTwo(merged, next)), first)
}

function mergeTwo(left: RefreshTask, right: RefreshTask): RefreshTask {
  const isLeftWider = scopes.indexOf(left.scope) >= scopes.indexOf(right.scope)
  const { cause } = isLeftWider ? left : right
  // `hints` and `secrets` do not include each other, and `poll` includes both.
  const isMixed = left.scope !== right.scope && !readsEverything(left) && !readsEverything(right)
  const scope = isMixed ? 'poll' : isLeftWider ? left.scope : right.scope
  return { scope, cause, hints: new Map([...left.hints, ...right.hints]) }
}
