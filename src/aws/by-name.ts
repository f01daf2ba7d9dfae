import type { ReadFailure } from '../errors.ts'
import type { KnownParameters, Outcome, StoredParameter } from '../ports.ts'
import { fullName, splitSelector } from '../schema/names.ts'
import { settleEach } from '../time/settle.ts'
import { maxCalls } from './call.ts'
import { AwsCallError, isAboutSubject, isNotFound } from './call-error.ts'
import { type AnsweredParameter, type Answers, type ParameterStore, toOutcome } from './parameter-store.ts'

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
const namesPerCall = 10

/** Names that made AWS refuse their batch: they are read alone until a read succeeds. */
export type DeniedNames = Set<string>

/** The state that all readings of one source share. */
export interface NameReading {
  readonly ssm: ParameterStore
  readonly denied: DeniedNames
  readonly signal: AbortSignal
  /** If given, names are first read without decryption, and known values are not decrypted again. */
  readonly known?: KnownParameters | undefined
}

/** Reads names and ARNs, with or without selectors, ten a call and all calls in parallel. */
export async function readByName(
  names: readonly string[],
  reading: NameReading,
): Promise<ReadonlyMap<string, Outcome<StoredParameter>>> {
  const { known } = reading
  const outcomes: Outcomes = new Map()
  await readWave(names, { ...reading, outcomes, refusal: {}, isDecrypting: known === undefined })
  if (known === undefined) return outcomes
  const changed: string[] = []
  for (const [asked, outcome] of outcomes) {
    if (outcome.kind !== 'found' || outcome.found.type !== 'SecureString') continue
    const value = known(fullName(splitSelector(asked).name), outcome.found)
    if (value === undefined) changed.push(asked)
    else outcomes.set(asked, { kind: 'found', found: { ...outcome.found, value } })
  }
  await readWave(changed, { ...reading, outcomes, refusal: {}, isDecrypting: true })
  return outcomes
}

/** Splits items into batches of the size that one call accepts. */
export function chunk<Item>(items: readonly Item[], size: number = namesPerCall): Item[][] {
  const chunks: Item[][] = []
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size))
  return chunks
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

type Outcomes = Map<string, Outcome<StoredParameter>>

interface Wave extends NameReading {
  readonly isDecrypting: boolean
  /** Receives each outcome when it arrives. */
  readonly outcomes: Outcomes
  /** The reason of the last refused batch. */
  readonly refusal: { last?: ReadFailure }
}

// The batches that are sent before the first answer arrives. If AWS refuses all of them, the others are not sent.
const trialBatches = maxCalls
// Up to so many names that were denied before are read one by one.
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
  const result = new TrialResult(Math.min(trial, batches.length))
  const refused: Batch[] = []
  const unsent: Batch[] = []
  await settleEach([...batches.entries()], async ([index, batch]) => {
    if (index >= trial && !(await result.isAnyAccepted)) {
      unsent.push(batch)
      return
    }
    const isRefused = await readBatch(batch.names, wave)
    if (isRefused) refused.push(batch)
    result.count(isRefused)
  })
  await findDenied(refused, unsent, wave)
}

interface Batch {
  readonly names: readonly string[]
  /** Whether all of its names were denied before. */
  readonly isKnown: boolean
}

// The trial takes batches from the whole list: a role is usually denied one path, whose names are adjacent.
function spread(batches: readonly Batch[], trial: number): readonly Batch[] {
  if (batches.length <= trial) return batches
  const first = new Set(
    Array.from({ length: trial }, (_, index) => batches[Math.floor((index * batches.length) / trial)]),
  )
  return [...batches.filter((batch) => first.has(batch)), ...batches.filter((batch) => !first.has(batch))]
}

/** The result of the trial: known with the first accepted batch, or when all are refused. */
class TrialResult {
  readonly isAnyAccepted: Promise<boolean>
  #settle: (isAnyAccepted: boolean) => void = () => undefined
  #remaining: number

  constructor(batches: number) {
    this.#remaining = batches
    this.isAnyAccepted = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  count(isRefused: boolean): void {
    this.#remaining--
    if (!isRefused) this.#settle(true)
    else if (this.#remaining === 0) this.#settle(false)
  }
}

// If more batches than these are refused, the names of so many batches are read one by one as samples.
const samples = 3

/**
 * One denied name fails the whole call. A few refused batches are read by halves, which finds the name and reads its
 * neighbours. Of many refused batches, some are read as samples. The others count as denied like the samples, unless a
 * name of the same path can be read: to read each name would take one call a name.
 */
async function findDenied(refused: readonly Batch[], unsent: readonly Batch[], wave: Wave): Promise<void> {
  const fresh = refused.filter(({ isKnown, names }) => !isKnown && names.length > 1)
  const known = refused.filter(({ isKnown, names }) => isKnown || names.length === 1)
  if (fresh.length + unsent.length <= samples) {
    await settleEach(fresh, ({ names }) => split(names, wave))
    return deny([...known, ...unsent], wave)
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
  const others = [...fresh.filter((batch) => !sampled.has(batch)), ...unsent]
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

/** @returns Whether AWS refused the batch because of a name in it, so that its names have no outcome yet. */
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

/** Reads the names of a refused batch by halves: the denied name may be in one half only. */
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
  // Reuse the string of the plan, to save memory.
  if (answer !== undefined) return toOutcome(answer.name === asked ? { ...answer, name: asked } : answer, action)
  return invalid.has(fullName(asked)) ? { kind: 'missing' } : { kind: 'failed', failure: unanswered }
}

const action = 'ssm:GetParameters'
const unanswered: ReadFailure = {
  code: 'AWS_ERROR',
  isTransient: false,
  detail: 'the answer does not mention this name',
  remedy: 'report this to the operator of the endpoint',
  action,
}
