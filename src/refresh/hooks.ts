import type { SecretTexts } from '../diagnostics/secret-texts.ts'
import type { Problem } from '../errors.ts'
import { copyOfThrown, describeThrown, messageOf, withoutMessage } from '../messages/describe-thrown.ts'
import { printable } from '../messages/printable.ts'
import type { Clock } from '../ports.ts'
import { DeadlineReached, race, withDeadline } from '../time/deadline.ts'
import type { Refusal } from './candidate.ts'

/** A function of the user that checks or prepares a candidate before it is published. */
export type Hook = (next: never, previous: never, options: { readonly signal: AbortSignal }) => unknown

/** A call of a hook. */
export interface HookCall {
  readonly name: 'validate' | 'prepare'
  readonly hook: Hook | undefined
  readonly next: unknown
  readonly previous: unknown
  /** The texts that the message of its error must not quote; `undefined` if they could not be gathered. */
  secrets(): Promise<SecretTexts | undefined>
  readonly clock: Clock
  readonly signal: AbortSignal
}

const hookTimeoutMs = 10_000

/** Runs a hook within its time limit. @returns The refusal, if the hook refuses the candidate. */
export async function runHook({
  name,
  hook,
  next,
  previous,
  secrets,
  clock,
  signal,
}: HookCall): Promise<Refusal | undefined> {
  if (hook === undefined) return undefined
  try {
    const answer = await withDeadline(clock, hookTimeoutMs, signal, (limit) => {
      const call = async () => hook(next as never, previous as never, { signal: limit })
      return race(call(), limit)
    })
    return name === 'validate' && answer === false ? refusalOfProblem(returnedFalse) : undefined
  } catch (error) {
    if (signal.aborted && !(signal.reason instanceof DeadlineReached)) throw signal.reason
    return refusalOf(name, error, { secrets: await secrets(), isStartOver: signal.aborted })
  }
}

const codes = { validate: 'VALIDATE_FAILED', prepare: 'PREPARE_FAILED', create: 'RESOURCE_FAILED' } as const

interface Refusing {
  readonly secrets: SecretTexts | undefined
  /** Whether the deadline of the start ended the hook, and not its own limit. */
  readonly isStartOver: boolean
}

/** The refusal for a hook, or for a resource's `create`, that threw or took too long. */
export function refusalOf(name: keyof typeof codes, error: unknown, { secrets, isStartOver }: Refusing): Refusal {
  const about = { code: codes[name] }
  if (error instanceof DeadlineReached) {
    const option = isStartOver ? ', or raise startup.timeoutMs' : ''
    const remedy = `make it faster: the limit is ${error.timeoutMs} ms${option}`
    const detail = `${name}() did not finish in time`
    return { ...refusalOfProblem({ ...about, detail, remedy }), cause: error }
  }
  const message = messageOf(error)
  const isWithheld = message !== undefined && (secrets === undefined || secrets.isQuotedIn(message))
  const reason = message === undefined || isWithheld ? describeThrown(error) : message
  const detail = `${name}() refused the configuration: ${reason}`
  const remedy = isWithheld
    ? {
        remedy: `see this line of code: the message is withheld because it ${secrets === undefined ? 'could quote' : 'quotes'} a secret`,
      }
    : {}
  const cause = causeOf(error, isWithheld ? undefined : message, secrets)
  return { ...refusalOfProblem({ ...about, detail, ...remedy }), cause }
}

// An error may hold more than its message, and a printed error includes its cause.
function causeOf(error: unknown, message: string | undefined, secrets: SecretTexts | undefined): Error {
  if (message === undefined) return withoutMessage(error)
  const isHarmless = secrets?.isEmpty === true && error instanceof Error && printable(message) === message
  return isHarmless ? error : copyOfThrown(error, printable(message))
}

const returnedFalse: Problem = {
  code: 'VALIDATE_FAILED',
  detail: 'validate() refused the configuration: it returned false',
  remedy: 'throw an error that says why: its message is shown here, unless it quotes a secret',
}

function refusalOfProblem(problem: Problem): Refusal {
  return { kind: 'refused', missing: [], unreadable: [], invalid: [problem], retry: 'briefly' }
}
