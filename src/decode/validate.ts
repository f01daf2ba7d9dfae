import type { $ZodIssue, $ZodType } from 'zod/v4/core'
import { type Location, locate } from '../diagnostics/locate.ts'
import { type IndexedInput, indexInput, type ValidationInput } from '../diagnostics/validation-input.ts'
import { problemOf, toProblems } from '../diagnostics/validation-problems.ts'
import { isWritten, wordForUnwritten } from '../diagnostics/written-message.ts'
import type { Problem } from '../errors.ts'
import { describeThrown, withoutMessage } from '../messages/describe-thrown.ts'
import { accepts, guarded } from '../schema/introspect.ts'
import { toKeyPath } from '../schema/key-path.ts'
import type { Fault } from '../schema/leaf-decoders.ts'
import { holdsInexact } from '../schema/parse-json.ts'
import { PathMap } from '../schema/path-map.ts'
import type { StoredKey } from './merge-layers.ts'

/** Zod's verdict. */
export type ValidationResult =
  | { readonly kind: 'valid'; readonly value: unknown }
  | {
      readonly kind: 'invalid'
      readonly missing: readonly Problem[]
      readonly invalid: readonly Problem[]
      readonly cause?: Error
    }

/** Validates what was assembled; issues come back as problems that name parameters and quote nothing. */
export async function validate(
  subject: ValidationInput,
  pauseIfDue: () => Promise<void> | undefined,
): Promise<ValidationResult> {
  try {
    const result = await safeParse(subject.schema, subject.assembled.input)
    const issues = result.success ? [] : result.error.issues
    const forced = await overlookedFaults(subject, issues, result.data)
    if (result.success && forced.length === 0) return { kind: 'valid', value: result.data }
    const flat = issues.flatMap((issue) => flatten(issue))
    const indexed = indexInput(subject, flat)
    return sort([...forced, ...(await describeIssues(flat, indexed, pauseIfDue))])
  } catch (error) {
    const detail = `the schema threw ${describeThrown(error)}`
    const remedy = 'let transforms and refinements add issues (ctx.addIssue, z.NEVER) instead of throwing'
    return {
      kind: 'invalid',
      missing: [],
      invalid: [{ code: 'SCHEMA_THREW', detail, remedy }],
      cause: withoutMessage(error),
    }
  }
}

interface SafeParseResult {
  readonly success: boolean
  readonly data?: unknown
  readonly error: { readonly issues: readonly $ZodIssue[] }
}

type ParseAsync = (input: unknown, context: object) => Promise<SafeParseResult>

// On the instance, so that the zod that made the schema is the zod that runs it. The input of an issue is for
// withholding messages that quote it.
async function safeParse(schema: $ZodType, input: unknown): Promise<SafeParseResult> {
  const { safeParseAsync } = schema as unknown as { safeParseAsync: ParseAsync }
  return safeParseAsync.call(schema, input, { error: wordForUnwritten, reportInput: true })
}

async function describeIssues(
  issues: readonly $ZodIssue[],
  indexed: IndexedInput,
  pauseIfDue: () => Promise<void> | undefined,
): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const issue of issues) {
    problems.push(...toProblems(issue, indexed))
    // To find the stored names that resemble a missing one takes some milliseconds.
    await pauseIfDue()
  }
  return problems
}

function sort(problems: readonly Problem[]): ValidationResult {
  const isMissing = ({ code }: Problem) => code.startsWith('MISSING_')
  return {
    kind: 'invalid',
    missing: problems.filter(isMissing),
    invalid: problems.filter((problem) => !isMissing(problem)),
  }
}

// Of a union whose members all refused, the member that came closest tells what is wrong.
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

// A schema may be content with text that is none of what it stands for: `json(z.string())` with text that is not JSON,
// or `z.coerce.boolean()` with any text at all.
async function overlookedFaults(
  subject: ValidationInput,
  issues: readonly $ZodIssue[],
  data: unknown,
): Promise<Problem[]> {
  const problems: Problem[] = []
  if (subject.assembled.faults.size === 0) return problems
  const told = new PathMap(issues.map(({ path }) => [toKeyPath(path), true] as const))
  for (const [key, fault] of subject.assembled.faults) {
    const stored = subject.overlay.stored.get(key)
    if (stored === undefined || told.firstWithin(stored.path)) continue
    const location = locate(subject.plan.root, stored.path, () => true)
    if (!(await isHarmless(fault, { location, stored, data }))) problems.push(problemOf(fault, stored, location))
  }
  return problems
}

interface Overlooked {
  readonly location: Location
  readonly stored: StoredKey
  /** What the schema made of everything. */
  readonly data: unknown
}

async function isHarmless(fault: Fault, { location, stored, data }: Overlooked): Promise<boolean> {
  if (fault === 'json-digits') return !holdsInexact(data)
  return fault !== 'depth' && fault !== 'boolean' && (await isCaught(location, stored))
}

async function isCaught({ leaf }: Location, { winner }: StoredKey): Promise<boolean> {
  const inner = leaf === undefined ? undefined : guarded(leaf.schema)
  return inner !== undefined && !(await accepts(inner, winner.value))
}
