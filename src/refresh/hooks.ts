import type { SecretTexts } from '../diagnostics/secret-texts.ts'
import type { Problem } from '../errors.ts'
import { copyOfThrown, describeThrown, messageOf, withoutMessage } from '../messages/describe-thrown.ts'
import { printable } from '../messages/printable.ts'
import type { Clock } from '../ports.ts'
import type { Plan } from '../schema/plan.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { DeadlineReached, race, withDeadline } from '../time/deadline.ts'
import type { Progress, Refusal } from './candidate.ts'

/** A function of the user that checks or prepares a candidate before it is published. */
export type Hook = (next: never, previous: never, options: { readonly signal: AbortSignal }) => unknown

/** The hooks of a config. */
export type Hooks = Readonly<Record<'validate' | 'prepare', Hook | undefined>>

/** The snapshots that the functions of the user get. */
export interface HookContext {
  readonly plan: Plan
  readonly published: Published
  readonly served: Published | undefined
}

const hookTimeoutMs = 10_000

/** Runs the hooks, each within its time limit. @returns The refusal, if one refuses the candidate. */
export async function runHooks(
  hooks: Hooks,
  context: HookContext,
  { clock, signal, progress }: { readonly clock: Clock; readonly signal: AbortSignal; readonly progress: Progress },
): Promise<Refusal | undefined> {
  const { published, served } = context
  for (const name of ['validate', 'prepare'] as const) {
    const hook = hooks[name]
    if (hook === undefined) continue
    try {
      const answer = await withDeadline(clock, hookTimeoutMs, signal, (limit) => {
        const call = async () =>
          hook(published.snapshot.value as never, served?.snapshot.value as never, { signal: limit })
        return race(call(), limit)
      })
      if (name === 'validate' && answer === false) return refusalOf(returnedFalse)
    } catch (error) {
      if (signal.aborted && !(signal.reason instanceof DeadlineReached)) throw signal.reason
      progress.stage = 'describing'
      // The deadline of the start ended the hook, or its own limit.
      return refuseThrown(name, error, await secretsOf(context), signal.aborted ? ', or raise startup.timeoutMs' : '')
    }
  }
  return undefined
}

/** The refusal for the `create` of a resource that threw or took too long. */
export async function refuseCreate(error: unknown, context: HookContext): Promise<Refusal> {
  return refuseThrown('create', error, await secretsOf(context))
}

/** The texts that a message must not quote; `undefined` if they could not be gathered. */
async function secretsOf({ plan, published, served }: HookContext): Promise<SecretTexts | undefined> {
  const configs = served === undefined ? [published] : [published, served]
  const known = configs.map(({ stored, snapshot }) => ({ stored, value: snapshot.value }))
  const diagnostics = await import('../diagnostics/diagnostics.ts').catch(() => undefined)
  return diagnostics && new diagnostics.SecretTexts(plan, known)
}

const codes = { validate: 'VALIDATE_FAILED', prepare: 'PREPARE_FAILED', create: 'RESOURCE_FAILED' } as const

function refuseThrown(name: keyof typeof codes, error: unknown, secrets: SecretTexts | undefined, late = ''): Refusal {
  const about = { code: codes[name] }
  if (error instanceof DeadlineReached) {
    const remedy = `make it faster: the limit is ${error.timeoutMs} ms${late}`
    const detail = `${name}() did not finish in time`
    return { ...refusalOf({ ...about, detail, remedy }), cause: error }
  }
  const message = messageOf(error)
  const isWithheld = message !== undefined && (secrets === undefined || secrets.isQuotedIn(message))
  const reason = message === undefined || isWithheld ? describeThrown(error) : message
  const detail = `${name}() refused the configuration: ${reason}`
  const quoting = secrets === undefined ? 'could quote' : 'quotes'
  const remedy = `see this line of code: the message is withheld because it ${quoting} a secret`
  const cause = causeOf(error, isWithheld ? undefined : message, secrets)
  return { ...refusalOf({ ...about, detail, ...(isWithheld && { remedy }) }), cause }
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

function refusalOf(problem: Problem): Refusal {
  return { kind: 'refused', missing: [], unreadable: [], invalid: [problem], retry: 'briefly' }
}
