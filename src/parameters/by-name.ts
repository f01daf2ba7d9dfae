import type { ReadFailure } from '../errors.ts'
import type { Outcome, StoredParameter } from '../ports.ts'
import { settleAll } from '../refresh/settle-all.ts'
import { fullName, splitSelector } from '../schema/parameter-name.ts'
import { CallFailed, isAboutSubject, isNotFound } from './aws-errors.ts'
import { type AnsweredParameter, type Answers, type Ssm, toStored } from './ssm.ts'

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
const namesPerCall = 10

/** Names that sank the batch that they were in: they are asked for alone until one succeeds. */
export type DeniedNames = Set<string>

/** Reads names and ARNs, with or without selectors, ten a call, all calls side by side. */
export async function readByName(
  ssm: Ssm,
  names: readonly string[],
  denied: DeniedNames,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Outcome<StoredParameter>>> {
  const isDenied = (name: string) => denied.has(splitSelector(name).name)
  const alone = names.filter(isDenied).map((name) => [name])
  const together = chunk(names.filter((name) => !isDenied(name)))
  const read = await settleAll([...together, ...alone].map((batch) => readBatch(ssm, batch, denied, signal)))
  return new Map(read.flat())
}

/** Pieces of as many names as one call takes. */
export function chunk<Item>(items: readonly Item[]): Item[][] {
  const chunks: Item[][] = []
  for (let start = 0; start < items.length; start += namesPerCall) chunks.push(items.slice(start, start + namesPerCall))
  return chunks
}

/** The answer to a name, with or without a selector, or to an ARN. */
export function answerTo(
  asked: string,
  all: readonly string[],
  parameters: readonly AnsweredParameter[],
): AnsweredParameter | undefined {
  const exact = parameters.find(
    ({ name, arn, selector }) => `${name}${selector}` === fullName(asked) || `${arn}${selector}` === asked,
  )
  if (exact !== undefined) return exact
  // Not every implementation of the API repeats the selector.
  const { name } = splitSelector(asked)
  const isOnlyOne = all.filter((other) => splitSelector(other).name === name).length === 1
  return isOnlyOne ? parameters.find((answer) => answer.name === fullName(name) || answer.arn === name) : undefined
}

type Settled = readonly [string, Outcome<StoredParameter>]

async function readBatch(
  ssm: Ssm,
  names: readonly string[],
  denied: DeniedNames,
  signal: AbortSignal,
): Promise<Settled[]> {
  try {
    const answers = await ssm.getParameters(names, signal)
    for (const name of names) denied.delete(splitSelector(name).name)
    return names.map((name) => [name, outcomeOf(name, names, answers)])
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    const { failure } = error
    if (!isAboutSubject(failure)) return names.map((name) => [name, { kind: 'failed', failure }])
    if (names.length > 1) return split(ssm, names, denied, signal)
    if (isNotFound(error)) return names.map((name) => [name, { kind: 'missing' }])
    for (const name of names) denied.add(splitSelector(name).name)
    return names.map((name) => [name, { kind: 'failed', failure }])
  }
}

// One denied name fails the whole call: halves find it without hiding its neighbours.
async function split(ssm: Ssm, names: readonly string[], denied: DeniedNames, signal: AbortSignal): Promise<Settled[]> {
  const middle = Math.ceil(names.length / 2)
  const halves = [names.slice(0, middle), names.slice(middle)]
  const settled = await settleAll(halves.map((half) => readBatch(ssm, half, denied, signal)))
  return settled.flat()
}

function outcomeOf(asked: string, all: readonly string[], { parameters, invalid }: Answers): Outcome<StoredParameter> {
  const answer = answerTo(asked, all, parameters)
  const found = answer === undefined ? undefined : toStored(answer)
  if (found !== undefined) return { kind: 'found', found }
  return invalid.has(fullName(asked)) ? { kind: 'missing' } : { kind: 'failed', failure: unanswered }
}

const unanswered: ReadFailure = {
  code: 'AWS_ERROR',
  isTransient: false,
  detail: 'the answer says nothing of this name',
  remedy: 'report it to whoever runs the endpoint',
  action: 'ssm:GetParameters',
}
