import { CallFailed, isAboutSubject, isNotFound } from '../aws/errors.ts'
import type { ReadFailure } from '../errors.ts'
import type { KnownParameters, Outcome, StoredParameter } from '../ports.ts'
import { fullName, splitSelector } from '../schema/parameter-name.ts'
import { settleEach } from '../time/settle-all.ts'
import { type AnsweredParameter, type Answers, type Ssm, toOutcome } from './ssm.ts'

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
const namesPerCall = 10

/** Names that sank the batch that they were in: they are asked for alone until one succeeds. */
export type DeniedNames = Set<string>

/** What all readings of one source share. */
export interface NameReading {
  readonly ssm: Ssm
  readonly denied: DeniedNames
  readonly signal: AbortSignal
  /** Where given, names are looked at without decryption first, and what is known is not decrypted again. */
  readonly known?: KnownParameters | undefined
}

/** Reads names and ARNs, with or without selectors, ten a call, all calls side by side. */
export async function readByName(
  names: readonly string[],
  reading: NameReading,
): Promise<ReadonlyMap<string, Outcome<StoredParameter>>> {
  const { known } = reading
  const outcomes: Outcomes = new Map()
  await readWave(names, { ...reading, outcomes, isDecrypting: known === undefined })
  if (known === undefined) return outcomes
  const moved: string[] = []
  for (const [asked, outcome] of outcomes) {
    if (outcome.kind !== 'found' || outcome.found.type !== 'SecureString') continue
    const value = known(fullName(splitSelector(asked).name), outcome.found)
    if (value === undefined) moved.push(asked)
    else outcomes.set(asked, { kind: 'found', found: { ...outcome.found, value } })
  }
  await readWave(moved, { ...reading, outcomes, isDecrypting: true })
  return outcomes
}

/** Pieces of as many names as one call takes. */
export function chunk<Item>(items: readonly Item[], size: number = namesPerCall): Item[][] {
  const chunks: Item[][] = []
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size))
  return chunks
}

/** The answer to a name, with or without a selector, or to an ARN. */
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
  // Not every implementation of the API repeats the selector.
  const { name } = splitSelector(asked)
  const isOnlyOne = all.filter((other) => splitSelector(other).name === name).length === 1
  return isOnlyOne ? parameters.find((answer) => answer.name === fullName(name) || answer.arn === name) : undefined
}

type Outcomes = Map<string, Outcome<StoredParameter>>

interface Wave extends NameReading {
  readonly isDecrypting: boolean
  /** Where the outcomes go, as they come in. */
  readonly outcomes: Outcomes
}

async function readWave(names: readonly string[], wave: Wave): Promise<void> {
  const isDenied = (name: string) => wave.denied.size > 0 && wave.denied.has(splitSelector(name).name)
  const alone = names.filter(isDenied).map((name) => [name])
  const together = chunk(names.filter((name) => !isDenied(name)))
  await settleEach([...together, ...alone], (batch) => readBatch(batch, wave))
}

async function readBatch(names: readonly string[], wave: Wave): Promise<void> {
  const { ssm, denied, outcomes } = wave
  const settle = (outcomeOf: (name: string) => Outcome<StoredParameter>) => {
    for (const name of names) outcomes.set(name, outcomeOf(name))
  }
  try {
    const answers = await ssm.getParameters(names, wave)
    if (denied.size > 0) for (const name of names) denied.delete(splitSelector(name).name)
    settle((name) => outcomeOf(name, names, answers))
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    const { failure } = error
    if (!isAboutSubject(failure)) return settle(() => ({ kind: 'failed', failure }))
    if (names.length > 1) return split(names, wave)
    if (isNotFound(error)) return settle(() => ({ kind: 'missing' }))
    for (const name of names) denied.add(splitSelector(name).name)
    settle(() => ({ kind: 'failed', failure }))
  }
}

// One denied name fails the whole call: halves find it without hiding its neighbours.
async function split(names: readonly string[], wave: Wave): Promise<void> {
  const middle = Math.ceil(names.length / 2)
  await settleEach([names.slice(0, middle), names.slice(middle)], (half) => readBatch(half, wave))
}

function outcomeOf(asked: string, all: readonly string[], { parameters, invalid }: Answers): Outcome<StoredParameter> {
  const answer = answerTo(asked, all, parameters)
  // The plan has the name already: one string serves both.
  if (answer !== undefined) return toOutcome(answer.name === asked ? { ...answer, name: asked } : answer, action)
  return invalid.has(fullName(asked)) ? { kind: 'missing' } : { kind: 'failed', failure: unanswered }
}

const action = 'ssm:GetParameters'
const unanswered: ReadFailure = {
  code: 'AWS_ERROR',
  isTransient: false,
  detail: 'the answer says nothing of this name',
  remedy: 'report it to whoever runs the endpoint',
  action,
}
