import type { $ZodIssue } from 'zod/v4/core'
import type { StoredKey } from '../decode/merge-layers.ts'
import type { ValidationInput } from '../decode/validate.ts'
import { isWritten } from '../decode/written-message.ts'
import type { Problem } from '../errors.ts'
import { accepts, guarded } from '../schema/introspect.ts'
import { toKeyPath } from '../schema/key-path.ts'
import { InexactNumber } from '../schema/parse-json.ts'
import type { Fault } from '../schema/plan-leaf.ts'
import { describeFault } from './faults.ts'
import { IssueDescriber } from './issue-describer.ts'
import { locate } from './locate.ts'
import { PathMap, pathSet } from './path-map.ts'
import { SecretTexts } from './secret-texts.ts'
import { type Suggest, suggester } from './suggest.ts'

/** A rejected candidate with its lookups, which are the same for each of its issues. */
export interface IndexedInput extends ValidationInput {
  readonly suggest: Suggest
  readonly secrets: SecretTexts
  readonly places: {
    readonly stored: PathMap<StoredKey>
    readonly refused: PathMap<true>
    readonly unreadable: PathMap<true>
    /** Whether all parameters under some path could not be read. */
    readonly isPathUnreadable: boolean
  }
}

/**
 * Describes the issues of a rejected candidate, and the texts that did not decode although the schema accepts them.
 *
 * @param data The value that the schema made, if it accepted the candidate.
 */
export async function describeIssues(
  input: ValidationInput,
  issues: readonly $ZodIssue[],
  data: unknown,
): Promise<readonly Problem[]> {
  const problems = await acceptedFaults(input, issues, data)
  if (problems.length > 0) input.onInvalid()
  if (issues.length === 0) return problems
  const flat = issues.flatMap(flatten)
  const indexed = indexInput(input, flat)
  for (const issue of flat) {
    problems.push(...new IssueDescriber(issue, indexed).problems())
    // To find the stored names that resemble a missing one takes some milliseconds.
    await input.pauseIfDue()
  }
  return problems
}

function indexInput(input: ValidationInput, issues: readonly $ZodIssue[]): IndexedInput {
  const { merged, refused, plan, served } = input
  const stored = [...merged.stored.values()]
  const secrets = new SecretTexts(plan, [{ stored: merged.stored }, ...(served === undefined ? [] : [served])])
  // A check gives its issue the input of the check, which may stand anywhere on the path of the issue.
  for (const { input: value, path } of issues)
    for (let length = path.length; length >= 0; length--) secrets.addValue(value, toKeyPath(path.slice(0, length)))
  const places = {
    stored: new PathMap(stored.map((key) => [key.path, key] as const)),
    refused: pathSet(refused),
    unreadable: pathSet(merged.problems.flatMap(({ path }) => (path === undefined ? [] : [path]))),
    isPathUnreadable: merged.problems.some(({ path, failure }) => path === undefined && failure !== undefined),
  }
  return { ...input, suggest: suggester(input), places, secrets }
}

// A schema may accept a text that did not decode: `json(z.string())` accepts text that is not JSON, and
// `z.coerce.boolean()` accepts any text.
async function acceptedFaults(
  { plan, assembled: { faults }, merged }: ValidationInput,
  issues: readonly $ZodIssue[],
  data: unknown,
): Promise<Problem[]> {
  const rejected = pathSet(issues.map(({ path }) => toKeyPath(path)))
  const problems: Problem[] = []
  for (const [id, fault] of faults) {
    const stored = merged.stored.get(id)
    if (stored === undefined || rejected.firstWithin(stored.path)) continue
    if (await isHarmless(fault, stored, data)) continue
    const location = locate(plan.root, stored.path, () => true)
    problems.push(describeFault(fault, stored, location))
  }
  return problems
}

async function isHarmless(fault: Fault, { node, winner }: StoredKey, data: unknown): Promise<boolean> {
  if (fault === 'json-digits') return !holdsInexact(data)
  if (fault === 'depth' || fault === 'boolean' || node.kind !== 'leaf') return false
  const caught = guarded(node.schema)
  return caught !== undefined && !(await accepts(caught, winner.value))
}

function holdsInexact(value: unknown): boolean {
  if (value instanceof InexactNumber) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsInexact)
}

// Of a union whose members all rejected the value, the member that came closest has the most useful issues.
function flatten(issue: $ZodIssue): readonly $ZodIssue[] {
  if (issue.code !== 'invalid_union' || isWritten(issue)) return [issue]
  const [closest] = [...(issue.errors ?? [])]
    .filter((errors) => errors.length > 0)
    .sort((a, b) => weight(a) - weight(b))
  const isOfOneValue = closest?.every(({ path }) => path.length === 0) ?? true
  if (closest === undefined || isOfOneValue) return [issue]
  return closest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(flatten)
}

function weight(errors: readonly $ZodIssue[]): number {
  return errors.length + (errors.some(({ path }) => path.length === 0) ? 100 : 0)
}
