import type { ReadFailure } from '../errors.ts'
import type { KnownParameters, Outcome, StoredParameter } from '../ports.ts'
import { fullName, splitSelector } from '../schema/parameter-name.ts'
import { settleEach } from '../time/settle.ts'
import { maxCalls } from './call.ts'
import { AwsCallError, isAboutSubject, isNotFound } from './call-error.ts'
import { type AnsweredParameter, type Answers, type ParameterStore, toOutcome } from './parameter-store.ts'

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
const namesPerCall = 10

/** Names that sank the batch that they were in: they are asked for alone until one succeeds. */
export type DeniedNames = Set<string>

/** What all readings of one source share. */
export interface NameReading {
  readonly ssm: ParameterStore
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
  await readWave(names, { ...reading, outcomes, refusal: {}, isDecrypting: known === undefined })
  if (known === undefined) return outcomes
  const moved: string[] = []
  for (const [asked, outcome] of outcomes) {
    if (outcome.kind !== 'found' || outcome.found.type !== 'SecureString') continue
    const value = known(fullName(splitSelector(asked).name), outcome.found)
    if (value === undefined) moved.push(asked)
    else outcomes.set(asked, { kind: 'found', found: { ...outcome.found, value } })
  }
  await readWave(moved, { ...reading, outcomes, refusal: {}, isDecrypting: true })
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
  /** Why AWS refused the last batch that it refused. */
  readonly refusal: { last?: ReadFailure }
}

// What is sent before the first answer can come. While all of it is denied, the other batches wait.
const trialBatches = maxCalls
// Names that were denied before, and are so few that each is asked for by a call of its own.
const fewNames = 20

async function readWave(names: readonly string[], wave: Wave): Promise<void> {
  const isDenied = (name: string) => wave.denied.size > 0 && wave.denied.has(splitSelector(name).name)
  const denied = names.filter(isDenied)
  const together = chunk(names.filter((name) => !isDenied(name)))
  const known = chunk(denied, denied.length > fewNames ? namesPerCall : 1)
  const trial = together.length === 0 ? Math.min(trialBatches, fewNames) : trialBatches
  const batches = spread(
    [
      ...together.map((batch) => ({ names: batch, isKnown: false })),
      ...known.map((batch) => ({ names: batch, isKnown: true })),
    ],
    trial,
  )
  const gate = new Gate(Math.min(trial, batches.length))
  const refused: Batch[] = []
  const unasked: Batch[] = []
  await settleEach([...batches.entries()], async ([index, batch]) => {
    if (index >= trial && !(await gate.opens)) {
      unasked.push(batch)
      return
    }
    const isRefused = await readBatch(batch.names, wave)
    if (isRefused) refused.push(batch)
    gate.count(isRefused)
  })
  await findDenied(refused, unasked, wave)
}

interface Batch {
  readonly names: readonly string[]
  /** Whether each of its names was denied before. */
  readonly isKnown: boolean
}

// What comes first is taken from everywhere: what a role may not read is mostly one path, whose names stand together.
function spread(batches: readonly Batch[], trial: number): readonly Batch[] {
  if (batches.length <= trial) return batches
  const first = new Set(
    Array.from({ length: trial }, (_, index) => batches[Math.floor((index * batches.length) / trial)]),
  )
  return [...batches.filter((batch) => first.has(batch)), ...batches.filter((batch) => !first.has(batch))]
}

/** Opens with the first batch that is not refused; stays shut when all that were tried are. */
class Gate {
  readonly opens: Promise<boolean>
  #settle: (isOpen: boolean) => void = () => undefined
  #remaining: number

  constructor(tried: number) {
    this.#remaining = tried
    this.opens = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  count(isRefused: boolean): void {
    this.#remaining--
    if (!isRefused) this.#settle(true)
    else if (this.#remaining === 0) this.#settle(false)
  }
}

// With more refused batches than these, the names of a few batches are read one by one, as samples of the others.
const samples = 3

/**
 * One denied name fails the whole call. Where few batches were refused, halves find it without hiding its neighbours.
 * Where many were, the rest counts as denied like the samples, except where a name of the same path can be read: to ask
 * for each would take a call a name.
 */
async function findDenied(refused: readonly Batch[], unasked: readonly Batch[], wave: Wave): Promise<void> {
  const fresh = refused.filter(({ isKnown, names }) => !isKnown && names.length > 1)
  const known = refused.filter(({ isKnown, names }) => isKnown || names.length === 1)
  if (fresh.length + unasked.length <= samples) {
    await settleEach(fresh, ({ names }) => split(names, wave))
    return deny([...known, ...unasked], wave)
  }
  const picked = [0, 0.5, 1].flatMap((share) => fresh[Math.floor(share * (fresh.length - 1))] ?? [])
  const sampled = new Set(picked)
  await settleEach(
    [...sampled].flatMap(({ names }) => names),
    (name) => split([name], wave),
  )
  const isDenied = (name: string) => wave.denied.has(splitSelector(name).name)
  const deniedPaths = new Set(picked.flatMap(({ names }) => names.filter(isDenied).map(parentOf)))
  const isAllDenied = picked.every(({ names }) => names.every(isDenied))
  const readable = new Set([...wave.outcomes].flatMap(([name, { kind }]) => (kind === 'failed' ? [] : parentOf(name))))
  const isPresumed = ({ names }: Batch) =>
    names.map(parentOf).every((path) => !readable.has(path) && (isAllDenied || deniedPaths.has(path)))
  const others = [...fresh.filter((batch) => !sampled.has(batch)), ...unasked]
  await settleEach(
    others.filter((batch) => !isPresumed(batch)),
    ({ names }) => split(names, wave),
  )
  deny([...known, ...others.filter(isPresumed)], wave)
}

function parentOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/'))
}

function deny(batches: readonly Batch[], { denied, refusal, outcomes }: Wave): void {
  const failure = refusal.last
  if (failure === undefined) return
  for (const name of batches.flatMap(({ names }) => names)) {
    denied.add(splitSelector(name).name)
    if (!outcomes.has(name)) outcomes.set(name, { kind: 'failed', failure })
  }
}

/** @returns Whether the whole batch was refused for what is in it, so that its names have no outcome yet. */
async function readBatch(names: readonly string[], wave: Wave): Promise<boolean> {
  const { ssm, denied, outcomes, refusal } = wave
  const settle = (outcomeOf: (name: string) => Outcome<StoredParameter>) => {
    for (const name of names) outcomes.set(name, outcomeOf(name))
  }
  try {
    const answers = await ssm.getParameters(names, wave)
    if (denied.size > 0) for (const name of names) denied.delete(splitSelector(name).name)
    settle((name) => outcomeOf(name, names, answers))
    return false
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error
    const { failure } = error
    const isRefused = isAboutSubject(error)
    if (isRefused) refusal.last = failure
    if (isRefused && names.length > 1) return true
    if (isRefused && isNotFound(error)) settle(() => ({ kind: 'missing' }))
    else settle(() => ({ kind: 'failed', failure }))
    if (isRefused && !isNotFound(error)) for (const name of names) denied.add(splitSelector(name).name)
    return isRefused && !isNotFound(error)
  }
}

/** Reads the names of a refused batch by halves: the denied name may be in only one of them. */
async function split(names: readonly string[], wave: Wave): Promise<void> {
  const middle = Math.ceil(names.length / 2)
  const halves = names.length === 1 ? [names] : [names.slice(0, middle), names.slice(middle)]
  await settleEach(halves, async (half) => {
    const isRefused = await readBatch(half, wave)
    if (isRefused && half.length > 1) await split(half, wave)
  })
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
