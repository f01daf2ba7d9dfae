import type { ReadFailure } from '../errors.ts'
import type { HierarchyReading, HierarchyRequest } from '../ports.ts'
import { splitSelector } from '../schema/names.ts'
import { settleEach } from '../time/settle.ts'
import { isDenied, type RefusedBatch, readBatch, type Wave } from './read-batch.ts'
import { chunk } from './routes.ts'

// If more batches than these are refused, the names of so many batches are read one by one as samples.
const samples = 3

/**
 * One denied name fails the whole call. A few refused batches are read by halves, which finds the name and reads its
 * neighbours. Of many refused batches, some are read as samples. The others count as denied like the samples, unless a
 * name of the same path can be read: to read each name would take one call a name. `unsent` batches count as refused.
 */
export async function findDenied(
  refused: readonly RefusedBatch[],
  unsent: readonly (readonly string[])[],
  wave: Wave,
): Promise<void> {
  const [first] = refused
  if (first === undefined) return
  const isKnown = (name: string) => isDenied(name, wave.denied)
  const fresh = refused.filter(({ names }) => !names.every(isKnown))
  const known = refused.filter(({ names }) => names.every(isKnown))
  const others = unsent.map((names) => ({ names, failure: first.failure }))
  if (fresh.length + unsent.length <= samples) {
    await settleEach(fresh, ({ names }) => split(names, wave))
    return deny([...known, ...others], wave)
  }
  const picked = [0, 0.5, 1].flatMap((share) => fresh[Math.floor(share * (fresh.length - 1))] ?? [])
  await settleEach([...new Set(picked.flatMap(({ names }) => names))], async (name) => {
    await readBatch([name], wave)
  })
  const deniedPaths = new Set(picked.flatMap(({ names }) => names.filter(isKnown).map(parentOf)))
  const isAllDenied = picked.every(({ names }) => names.every(isKnown))
  const readable = new Set([...wave.outcomes].flatMap(([name, { kind }]) => (kind === 'failed' ? [] : parentOf(name))))
  const isPresumed = ({ names }: RefusedBatch) =>
    names.map(parentOf).every((path) => !readable.has(path) && (isAllDenied || deniedPaths.has(path)))
  const remaining = [...fresh.filter((batch) => !picked.includes(batch)), ...others]
  await settleEach(
    remaining.filter((batch) => !isPresumed(batch)),
    ({ names }) => split(names, wave),
  )
  deny([...known, ...remaining.filter(isPresumed)], wave)
}

/**
 * Adds the option that may avoid a denial: a role that may not read names may be allowed to walk the path. A failure
 * that all names share is reported once, for the path.
 */
export function describeDenied(
  { path }: HierarchyRequest,
  names: readonly string[],
  { parameters, failures }: HierarchyReading,
): HierarchyReading {
  const [first, ...others] = failures.values()
  const isShared =
    first !== undefined &&
    others.length > 0 &&
    failures.size === names.length &&
    first.code !== 'DECRYPTION_FAILED' &&
    others.every(({ code }) => code === first.code)
  if (!isShared) {
    return { parameters, failures: new Map([...failures].map(([name, failure]) => [name, withOption(failure)])) }
  }
  const remedy = `allow ssm:GetParameters on parameter${path === '/' ? '' : path}/*`
  const failure = first.code === 'ACCESS_DENIED' ? withOption({ ...first, remedy }) : first
  return { parameters, failures: new Map(), failure }
}

function withOption(failure: ReadFailure): ReadFailure {
  if (failure.code !== 'ACCESS_DENIED') return failure
  return { ...failure, remedy: `${failure.remedy}, or set strategy: 'by-path'` }
}

function parentOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/'))
}

function deny(batches: readonly RefusedBatch[], { denied, outcomes }: Wave): void {
  for (const { names, failure } of batches) {
    for (const name of names) {
      denied.add(splitSelector(name).name)
      if (!outcomes.has(name)) outcomes.set(name, { kind: 'failed', failure })
    }
  }
}

/** Reads the names of a refused batch by halves: the denied name may be in one half only. */
async function split(names: readonly string[], wave: Wave): Promise<void> {
  await settleEach(chunk(names, Math.ceil(names.length / 2)), async (half) => {
    const refused = await readBatch(half, wave)
    if (refused !== undefined && half.length > 1) await split(half, wave)
  })
}
