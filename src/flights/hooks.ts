import type { Problem } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { describeThrown, withoutMessage } from '../schema/thrown.ts'
import { DeadlineReached, race, withDeadline } from '../time/deadline.ts'
import type { Refusal } from './candidate.ts'

/** What the user does with a candidate before it is published. */
export type Hook = (next: never, previous: never, options: { readonly signal: AbortSignal }) => unknown

/** What a hook is called with. */
export interface HookCall {
  readonly name: 'validate' | 'prepare'
  readonly hook: Hook | undefined
  readonly next: unknown
  readonly previous: unknown
  /** Whether what it throws could quote a secret. */
  readonly isSecret: boolean
  readonly clock: Clock
  readonly signal: AbortSignal
}

const hookTimeoutMs = 10_000

/** Runs a hook within its time. @returns Why the candidate is refused, if it is. */
export async function runHook({
  name,
  hook,
  next,
  previous,
  isSecret,
  clock,
  signal,
}: HookCall): Promise<Refusal | undefined> {
  if (hook === undefined) return undefined
  try {
    const verdict = await withDeadline(clock, hookTimeoutMs, signal, (limit) => {
      const call = async () => hook(next as never, previous as never, { signal: limit })
      return race(call(), limit)
    })
    return name === 'validate' && verdict === false ? refusalOfProblem(returnedFalse) : undefined
  } catch (error) {
    if (signal.aborted && !(signal.reason instanceof DeadlineReached)) throw signal.reason
    return refusalOf(name, error, isSecret)
  }
}

const codes = { validate: 'VALIDATE_FAILED', prepare: 'PREPARE_FAILED', create: 'RESOURCE_FAILED' } as const

/** Why a candidate is refused of which one of the user's functions thinks ill. */
export function refusalOf(name: keyof typeof codes, error: unknown, isSecret: boolean): Refusal {
  const code = codes[name]
  const limitMs = error instanceof DeadlineReached ? error.timeoutMs : undefined
  const isLate = limitMs !== undefined
  const said = !isSecret && error instanceof Error ? error.message : describeThrown(error)
  const detail = isLate ? `${name}() did not finish in time` : `${name}() refused the configuration: ${said}`
  const withheld = isSecret ? 'its message is withheld, for it could quote a secret' : undefined
  const remedy = isLate ? `let it do less: the limit is ${limitMs} ms` : withheld
  const problem = { code, detail, ...(remedy !== undefined && { remedy }) } as const
  const cause = isSecret || !(error instanceof Error) ? withoutMessage(error) : error
  return { ...refusalOfProblem(problem), cause }
}

const returnedFalse: Problem = {
  code: 'VALIDATE_FAILED',
  detail: 'validate() refused the configuration: it returned false',
  remedy: 'throw an error there that says why',
}

function refusalOfProblem(problem: Problem): Refusal {
  return { kind: 'refused', missing: [], unreadable: [], invalid: [problem], outlook: 'settled' }
}
