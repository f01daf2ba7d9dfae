import type { $ZodIssue, $ZodType } from 'zod/v4/core'
import type { Problem } from '../errors.ts'
import { describeThrown, withoutMessage } from '../messages/describe-thrown.ts'
import type { Reading } from '../ports.ts'
import { formatKey, type KeyPath, keyOf, toKeyPath } from '../schema/key-path.ts'
import type { Plan } from '../schema/plan.ts'
import { candidateNames, type Layers } from '../schema/read-request.ts'
import type { Assembled } from './assemble.ts'
import type { MergedLayers, StoredKey } from './merge-layers.ts'
import { wordForUnwritten } from './written-message.ts'

/** An assembled candidate, and the facts that its problems are described with. */
export interface ValidationInput {
  readonly schema: $ZodType
  readonly plan: Plan
  readonly layers: Layers
  /** The stored values, those of references included. */
  readonly merged: MergedLayers
  readonly assembled: Assembled
  /** The snapshot in use: messages must not quote its secrets either. */
  readonly served?: { readonly stored: ReadonlyMap<string, StoredKey>; readonly value: unknown } | undefined
  /** Keys with a known problem. */
  readonly refused: readonly KeyPath[]
  readonly reading: Reading
  /** The stored values before references were followed. */
  readonly unfollowed: MergedLayers
  /** The reason why not all stored names are known. */
  readonly obstacle?: string | undefined
  /** Called when the schema has rejected the candidate, before its problems are described. */
  onInvalid(): void
  pauseIfDue(): Promise<void> | undefined
}

export interface ValidCandidate {
  readonly kind: 'valid'
  readonly value: unknown
  /** The stored keys. Those whose value holds a copy of a secret are sensitive. */
  readonly stored: ReadonlyMap<string, StoredKey>
  /** The paths to which checks of the schema copied a secret. */
  readonly copies: readonly KeyPath[]
}

/** The value that the schema made, or the problems that it found. */
export type ValidationResult =
  | ValidCandidate
  | {
      readonly kind: 'invalid'
      readonly missing: readonly Problem[]
      readonly invalid: readonly Problem[]
      readonly cause?: Error
    }

/** Validates an assembled candidate. The problems name parameters and quote no value. */
export async function validate(input: ValidationInput): Promise<ValidationResult> {
  try {
    // Calls the schema's own method, so that the copy of zod that made the schema runs it. Issues carry their input,
    // because a message that quotes it may have to be withheld.
    const { safeParseAsync } = input.schema as unknown as { safeParseAsync: ParseAsync }
    const context = { error: wordForUnwritten, reportInput: true }
    const { success, data, error } = await safeParseAsync.call(input.schema, input.assembled.input, context)
    if (success && input.assembled.faults.size === 0) return await accept(input, data)
    const issues = success ? [] : error.issues
    if (!success) input.onInvalid()
    const problems = await describeProblems(input, issues, data)
    if (success && problems.length === 0) return await accept(input, data)
    const isMissing = ({ code }: Problem) => code.startsWith('MISSING_')
    const invalid = problems.filter((problem) => !isMissing(problem))
    return { kind: 'invalid', missing: problems.filter(isMissing), invalid }
  } catch (error) {
    const detail = `the schema threw ${describeThrown(error)}`
    const remedy = 'let transforms and refinements add issues (ctx.addIssue, z.NEVER) instead of throwing'
    const invalid = [{ code: 'SCHEMA_THREW', detail, remedy } as const]
    return { kind: 'invalid', missing: [], invalid, cause: withoutMessage(error) }
  }
}

// `check()`, `refine()` and `superRefine()` may change the object that they are given. If the search for copies cannot be
// loaded, everything counts as secret.
async function accept({ plan, merged, pauseIfDue }: ValidationInput, value: unknown): Promise<ValidCandidate> {
  const { stored } = merged
  const mayHoldCopies = plan.hasChecks && [...stored.values()].some(({ isSensitive }) => isSensitive)
  if (!mayHoldCopies) return { kind: 'valid', value, stored, copies: [] }
  await pauseIfDue()
  const diagnostics = await import('../diagnostics/diagnostics.ts').catch(() => undefined)
  if (diagnostics !== undefined) return { kind: 'valid', value, ...diagnostics.findCopies(plan, { value, stored }) }
  const secret = [...stored].map(([id, key]) => [id, { ...key, isSensitive: true }] as const)
  return { kind: 'valid', value, stored: new Map(secret), copies: [[]] }
}

type ParseAsync = (
  input: unknown,
  context: object,
) => Promise<{ success: boolean; data?: unknown; error: { issues: readonly $ZodIssue[] } }>

/** The problems of a rejected candidate. Of an accepted one, the texts that did not decode and should have. */
async function describeProblems(
  input: ValidationInput,
  issues: readonly $ZodIssue[],
  data: unknown,
): Promise<readonly Problem[]> {
  const diagnostics = await import('../diagnostics/diagnostics.ts').catch((error: unknown) => describeThrown(error))
  if (typeof diagnostics !== 'string') return diagnostics.describeIssues(input, issues, data)
  const remedy = `install liveparam again: the module that describes problems could not be loaded (${diagnostics})`
  const { plan, layers, merged, assembled } = input
  const ids = new Set([...issues.map(({ path }) => keyOf(toKeyPath(path))), ...assembled.faults.keys()])
  return [...ids].map((id) => {
    // A check may put a value into the path of its issue, so only keys of the plan are named.
    const leaf = plan.byId.get(id)
    const key = leaf && { key: formatKey(leaf.path) }
    const parameter = merged.stored.get(id)?.winner.parameter
    if (leaf === undefined || parameter !== undefined) {
      const about = { ...key, ...(parameter !== undefined && { parameter }) }
      return { code: 'INVALID_VALUE', ...about, detail: 'the schema rejected a stored value', remedy }
    }
    const names = candidateNames(leaf, layers).join(' or ')
    return { code: 'MISSING_PARAMETER', ...key, parameter: names, detail: 'no value was read', remedy }
  })
}
