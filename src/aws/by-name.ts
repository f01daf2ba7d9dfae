import type { ReadFailure } from '../errors.ts'
import type { HierarchyReading, HierarchyRequest, KnownParameters, Outcome, StoredParameter } from '../ports.ts'
import { askedName, fullName, splitSelector } from '../schema/names.ts'
import { settleAll, settleEach } from '../time/settle.ts'
import { maxCalls } from './call.ts'
import { isDenied, type RefusedBatch, readBatch, type Wave } from './read-batch.ts'
import { chunk, namesPerCall } from './routes.ts'

/** The state that all readings of one source share. */
export interface NameReading extends Pick<Wave, 'ssm' | 'denied' | 'signal'> {
  /** If given, names are first read without decryption, and known values are not decrypted again. */
  readonly known?: KnownParameters | undefined
}

/** Reads names and ARNs, with or without selectors, ten a call and all calls in parallel. */
export async function readByName(
  names: readonly string[],
  { known, ...reading }: NameReading,
): Promise<ReadonlyMap<string, Outcome<StoredParameter>>> {
  const outcomes: Wave['outcomes'] = new Map()
  await readWave(names, { ...reading, outcomes, isDecrypting: known === undefined })
  if (known === undefined) return outcomes
  const changed: string[] = []
  for (const [asked, outcome] of outcomes) {
    if (outcome.kind !== 'found' || outcome.found.type !== 'SecureString') continue
    const value = known(fullName(splitSelector(asked).name), outcome.found)
    if (value === undefined) changed.push(asked)
    else outcomes.set(asked, { kind: 'found', found: { ...outcome.found, value } })
  }
  await readWave(changed, { ...reading, outcomes, isDecrypting: true })
  return outcomes
}

/** The parameters of a hierarchy among the outcomes of names. */
export async function pickHierarchy(
  request: HierarchyRequest,
  names: readonly string[],
  outcomes: ReadonlyMap<string, Outcome<StoredParameter>>,
): Promise<HierarchyReading> {
  const reading = gather(names.map((name) => [name, outcomes.get(askedName(request, name))]))
  if (reading.failures.size === 0) return reading
  const { describeDenied } = await import('./denied-names.ts')
  return describeDenied(request, names, reading)
}

/** The parameters that were found, and the failures of others. */
export function gather(
  outcomes: readonly (readonly [name: string, Outcome<StoredParameter> | undefined])[],
): HierarchyReading {
  const parameters: StoredParameter[] = []
  const failures = new Map<string, ReadFailure>()
  for (const [name, outcome] of outcomes) {
    if (outcome?.kind === 'found') parameters.push(outcome.found)
    else if (outcome?.kind === 'failed') failures.set(name, outcome.failure)
  }
  return { parameters, failures }
}

// The batches that are sent before the first answer arrives. If AWS refuses all of them, the others are not sent.
const trialBatches = maxCalls
// Up to so many names that were denied before are read one by one.
const fewNames = 20

async function readWave(names: readonly string[], wave: Wave): Promise<void> {
  if (names.length === 0) return
  const denied = names.filter((name) => isDenied(name, wave.denied))
  const together = denied.length === 0 ? names : names.filter((name) => !isDenied(name, wave.denied))
  const batches = [...chunk(together), ...chunk(denied, denied.length > fewNames ? namesPerCall : 1)]
  // The trial takes batches from the whole list: a role is usually denied one path, whose names are adjacent.
  const share = (together.length === 0 ? fewNames : trialBatches) / batches.length
  const isTried = (index: number) => share >= 1 || Math.floor((index + 1) * share) > Math.floor(index * share)
  const others = batches.filter((_, index) => !isTried(index))
  const refused: RefusedBatch[] = []
  const send = async (batch: readonly string[]) => {
    const refusal = await readBatch(batch, wave)
    if (refusal !== undefined) refused.push(refusal)
    return refusal === undefined
  }
  const trial = batches.filter((_, index) => isTried(index)).map(send)
  const isAnyAccepted = others.length > 0 && (await isAny(trial))
  await settleAll([...trial, settleEach(isAnyAccepted ? others : [], send)])
  if (refused.length === 0) return
  const { findDenied } = await import('./denied-names.ts')
  await findDenied(refused, isAnyAccepted ? [] : others, wave)
}

/** Whether one of the promises resolves with true: known when the first does. */
function isAny(promises: readonly Promise<boolean>[]): Promise<boolean> {
  return Promise.any(promises.map(async (promise) => (await promise) || Promise.reject())).catch(() => false)
}
