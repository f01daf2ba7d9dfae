import type { ReadFailure } from '../errors.ts'
import type { Outcome, StoredParameter } from '../ports.ts'
import { fullName, splitSelector } from '../schema/names.ts'
import { AwsCallError, isAboutSubject, isNotFound } from './call-error.ts'
import { type AnsweredParameter, type ParameterStore, toOutcome } from './parameter-store.ts'

/** One of two waves of batches, which are read in parallel. */
export interface Wave {
  readonly ssm: ParameterStore
  /** Names that made AWS refuse their batch: they are read alone until a read succeeds. */
  readonly denied: Set<string>
  readonly signal: AbortSignal
  readonly isDecrypting: boolean
  /** Receives each outcome when it arrives. */
  readonly outcomes: Map<string, Outcome<StoredParameter>>
}

/** A batch that AWS refused because of a name in it. */
export interface RefusedBatch {
  readonly names: readonly string[]
  readonly failure: ReadFailure
}

/** Whether a name, with or without a selector, made AWS refuse its batch. */
export function isDenied(name: string, denied: ReadonlySet<string>): boolean {
  return denied.size > 0 && denied.has(splitSelector(name).name)
}

/**
 * Reads a batch. @returns The batch, if AWS refused it because of a name in it. Its names have no outcome then, unless it
 * has only one name.
 */
export async function readBatch(names: readonly string[], wave: Wave): Promise<RefusedBatch | undefined> {
  const { ssm, denied, outcomes } = wave
  try {
    const { parameters, invalid } = await ssm.getParameters(names, wave)
    for (const name of names) {
      if (denied.size > 0) denied.delete(splitSelector(name).name)
      const answer = answerTo(name, names, parameters)
      // Reuses the string of the plan, to save memory.
      if (answer !== undefined) outcomes.set(name, toOutcome(answer, action, name))
      else outcomes.set(name, invalid.has(fullName(name)) ? missing : unanswered)
    }
    return undefined
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error
    const { failure } = error
    const isRefused = isAboutSubject(error)
    if (isRefused && names.length > 1) return { names, failure }
    const isMissing = isRefused && isNotFound(error)
    for (const name of names) {
      outcomes.set(name, isMissing ? missing : { kind: 'failed', failure })
      if (isRefused && !isMissing) denied.add(splitSelector(name).name)
    }
    return isRefused && !isMissing ? { names, failure } : undefined
  }
}

/** The answer for a name, with or without a selector, or for an ARN. */
export function answerTo(
  asked: string,
  all: readonly string[],
  parameters: readonly AnsweredParameter[],
): AnsweredParameter | undefined {
  const full = fullName(asked)
  const exact = parameters.find(({ name, arn, selector }) =>
    selector === '' ? name === full || arn === asked : `${name}${selector}` === full || `${arn}${selector}` === asked,
  )
  if (exact !== undefined) return exact
  // Some implementations of the API do not repeat the selector.
  const { name } = splitSelector(asked)
  const isOnlyOne = all.filter((other) => splitSelector(other).name === name).length === 1
  return isOnlyOne ? parameters.find((answer) => answer.name === fullName(name) || answer.arn === name) : undefined
}

const action = 'ssm:GetParameters'
const missing = { kind: 'missing' } as const
const unanswered = {
  kind: 'failed',
  failure: {
    code: 'AWS_ERROR',
    isTransient: false,
    detail: 'the answer does not mention this name',
    remedy: 'report this to the operator of the endpoint',
    action,
  },
} as const
