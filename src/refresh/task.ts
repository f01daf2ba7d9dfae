import type { Hint } from '../ports.ts'
import { subjectOf } from './hints.ts'

/**
 * How much a flight reads. `full`: all parameters, of which only what moved is decrypted, and all secrets. `poll`: the
 * same, but of the secrets only those that were not read for a while. `secrets`: those alone. `hints`: what is hinted.
 */
export type Scope = 'hints' | 'secrets' | 'poll' | 'full'

/** Why a flight takes off. */
export type Cause =
  | 'start'
  | 'refresh'
  | 'notification'
  | 'poll'
  | 'retry'
  | 'rejected'
  | 'recheck'
  | 'credentials'
  | 'shrunk'
  | 'listening'

/** What a flight is to do. */
export interface RefreshTask {
  readonly scope: Scope
  readonly cause: Cause
  /** Whatever the scope, what these name is read. By subject. */
  readonly hints: ReadonlyMap<string, Hint>
}

/** Whether all parameters are looked at, so that the age of what is served is known. */
export function readsEverything({ scope }: RefreshTask): boolean {
  return scope === 'full' || scope === 'poll'
}

const scopes: readonly Scope[] = ['hints', 'secrets', 'poll', 'full']

/** One piece of work for both; the wider one gives the cause. */
export function mergeTasks(left: RefreshTask | undefined, right: RefreshTask): RefreshTask {
  if (left === undefined) return right
  const isLeftWider = scopes.indexOf(left.scope) >= scopes.indexOf(right.scope)
  const { cause } = isLeftWider ? left : right
  // Neither alone covers the other, and a poll covers both.
  const scopesNeeded = new Set([left.scope, right.scope])
  const isMixed = scopesNeeded.has('hints') && scopesNeeded.has('secrets')
  const scope = isMixed ? 'poll' : isLeftWider ? left.scope : right.scope
  return { scope, cause, hints: new Map([...left.hints, ...right.hints]) }
}

export function task(scope: Scope, cause: Cause, hints: Iterable<Hint> = []): RefreshTask {
  return { scope, cause, hints: new Map([...hints].map((hint) => [subjectOf(hint), hint])) }
}
