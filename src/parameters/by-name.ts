import type { Parameter } from '@aws-sdk/client-ssm'
import type { Outcome, StoredParameter } from '../ports.ts'
import { settleAll } from '../refresh/settle-all.ts'
import { splitSelector } from '../schema/parameter-name.ts'
import { CallFailed } from './aws-errors.ts'
import { type Ssm, toStored } from './ssm.ts'

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
const namesPerCall = 10

/** Remembers which names sink the batch that they are in, so that from then on they are asked for alone. */
export type DeniedNames = Set<string>

/** Reads names and ARNs, with or without selectors, ten a call, all calls side by side. */
export async function readByName(
  ssm: Ssm,
  names: readonly string[],
  denied: DeniedNames,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Outcome<StoredParameter>>> {
  const alone = names.filter((name) => denied.has(name)).map((name) => [name])
  const together = chunk(names.filter((name) => !denied.has(name)))
  const read = await settleAll([...together, ...alone].map((batch) => readBatch(ssm, batch, denied, signal)))
  return new Map(read.flat())
}

/** Pieces of as many names as one call takes. */
export function chunk<Item>(items: readonly Item[]): Item[][] {
  const chunks: Item[][] = []
  for (let start = 0; start < items.length; start += namesPerCall) chunks.push(items.slice(start, start + namesPerCall))
  return chunks
}

type Settled = readonly [string, Outcome<StoredParameter>]

async function readBatch(
  ssm: Ssm,
  names: readonly string[],
  denied: DeniedNames,
  signal: AbortSignal,
): Promise<Settled[]> {
  try {
    const { Parameters = [] } = await ssm.getParameters(names, signal)
    for (const name of names) denied.delete(name)
    return match(names, Parameters)
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    const { failure } = error
    if (!failure.isTransient && names.length > 1) return split(ssm, names, denied, signal)
    if (!failure.isTransient) for (const name of names) denied.add(name)
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

function match(names: readonly string[], parameters: readonly Parameter[]): Settled[] {
  const byName = new Map<string, Parameter>()
  for (const parameter of parameters) {
    byName.set(identity(parameter.Name ?? '', parameter.Selector), parameter)
    if (parameter.ARN !== undefined) byName.set(identity(parameter.ARN, parameter.Selector), parameter)
  }
  return names.map((asked) => {
    const { name, selector } = splitSelector(asked)
    const isOnlyOne = names.filter((other) => splitSelector(other).name === name).length === 1
    // Not every implementation of the API repeats the selector.
    const answer =
      byName.get(identity(name, selector)) ?? (isOnlyOne ? byName.get(identity(name, undefined)) : undefined)
    const found = answer === undefined ? undefined : toStored(answer)
    return [asked, found === undefined ? { kind: 'missing' } : { kind: 'found', found }]
  })
}

function identity(name: string, selector: string | undefined): string {
  const full = name.startsWith('arn:') || name.startsWith('/') ? name : `/${name}`
  return `${full} ${selector?.replace(/^:/, '') ?? ''}`
}
