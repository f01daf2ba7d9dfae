import type { $ZodIssue, $ZodType } from 'zod/v4/core'
import type { Problem } from '../errors.ts'
import { describeThrown, withoutMessage } from '../messages/describe-thrown.ts'
import type { Reading } from '../ports.ts'
import { accepts, guarded } from '../schema/introspect.ts'
import { formatKey, type KeyPath, keyOf, PathMap, toKeyPath } from '../schema/key-path.ts'
import type { Fault } from '../schema/leaf-decoders.ts'
import { holdsInexact } from '../schema/parse-json.ts'
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

/** The value that the schema made, or the problems that it found. */
export type ValidationResult =
  | { readonly kind: 'valid'; readonly value: unknown }
  | {
      readonly kind: 'invalid'
      readonly missing: readonly Problem[]
      readonly invalid: readonly Problem[]
      readonly cause?: Error
    }

/** A stored text that did not decode. */
export interface Undecoded {
  readonly fault: Fault
  readonly stored: StoredKey
}

/** Validates an assembled candidate. The problems name parameters and quote no value. */
export async function validate(input: ValidationInput): Promise<ValidationResult> {
  try {
    const result = await safeParse(input.schema, input.assembled.input)
    const issues = result.success ? [] : result.error.issues
    const undecoded = await acceptedFaults(input, issues, result.data)
    if (result.success && undecoded.length === 0) return { kind: 'valid', value: result.data }
    input.onInvalid()
    return sort(await describeProblems(input, issues, undecoded))
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

// Calls the schema's own method, so that the copy of zod that made the schema runs it. Issues carry their input, because
// a message that quotes it may have to be withheld.
async function safeParse(schema: $ZodType, input: unknown): Promise<SafeParseResult> {
  const { safeParseAsync } = schema as unknown as { safeParseAsync: ParseAsync }
  return safeParseAsync.call(schema, input, { error: wordForUnwritten, reportInput: true })
}

// A schema may accept a text that did not decode: `json(z.string())` accepts text that is not JSON, and
// `z.coerce.boolean()` accepts any text.
async function acceptedFaults(
  { assembled: { faults }, merged }: ValidationInput,
  issues: readonly $ZodIssue[],
  data: unknown,
): Promise<Undecoded[]> {
  const accepted: Undecoded[] = []
  if (faults.size === 0) return accepted
  const rejected = new PathMap(issues.map(({ path }) => [toKeyPath(path), true] as const))
  for (const [id, fault] of faults) {
    const stored = merged.stored.get(id)
    if (stored === undefined || rejected.firstWithin(stored.path)) continue
    if (!(await isHarmless(fault, stored, data))) accepted.push({ fault, stored })
  }
  return accepted
}

async function isHarmless(fault: Fault, { node, winner }: StoredKey, data: unknown): Promise<boolean> {
  if (fault === 'json-digits') return !holdsInexact(data)
  if (fault === 'depth' || fault === 'boolean' || node.kind !== 'leaf') return false
  const caught = guarded(node.schema)
  return caught !== undefined && !(await accepts(caught, winner.value))
}

async function describeProblems(
  input: ValidationInput,
  issues: readonly $ZodIssue[],
  undecoded: readonly Undecoded[],
): Promise<readonly Problem[]> {
  const diagnostics = await import('../diagnostics/diagnostics.ts').catch((error: unknown) => describeThrown(error))
  if (typeof diagnostics !== 'string') return diagnostics.describeIssues(input, issues, undecoded)
  const remedy = `install liveparam again: the module that describes problems could not be loaded (${diagnostics})`
  return undescribed(input, issues, undecoded).map((problem) => ({ ...problem, remedy }))
}

// A check may put a value into the path of its issue, so only keys of the plan are named.
function undescribed(
  { plan, layers, merged }: ValidationInput,
  issues: readonly $ZodIssue[],
  undecoded: readonly Undecoded[],
): Problem[] {
  const paths = [...undecoded.map(({ stored }) => stored.path), ...issues.map(({ path }) => toKeyPath(path))]
  return paths.map((path) => {
    const leaf = plan.byId.get(keyOf(path))
    const stored = merged.stored.get(keyOf(path))
    const about = leaf === undefined ? {} : { key: formatKey(path) }
    if (stored !== undefined || leaf === undefined) {
      const parameter = stored === undefined ? {} : { parameter: stored.winner.parameter }
      return { code: 'INVALID_VALUE', ...about, ...parameter, detail: 'the schema rejected a stored value' }
    }
    const parameter = candidateNames(leaf, layers).join(' or ')
    return { code: 'MISSING_PARAMETER', ...about, parameter, detail: 'no value was read' }
  })
}

function sort(problems: readonly Problem[]): ValidationResult {
  const isMissing = ({ code }: Problem) => code.startsWith('MISSING_')
  return {
    kind: 'invalid',
    missing: problems.filter(isMissing),
    invalid: problems.filter((problem) => !isMissing(problem)),
  }
}
