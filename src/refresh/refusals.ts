import type { ValidationResult } from '../decode/validate.ts'
import { LoadError, type LoadErrorParts, type Problem, type Whereabouts } from '../errors.ts'
import { describeThrown, withoutMessage } from '../messages/describe-thrown.ts'
import type { Clock, ParameterSource, Random, Reading, SourceUsage } from '../ports.ts'
import type { PlacedProblem } from '../schema/key-path.ts'
import { listRequest } from '../schema/list-request.ts'
import type { PlannedRequest } from '../schema/read-request.ts'
import { exponential } from '../time/backoff.ts'
import type { Restoration } from './backup.ts'
import type { CandidateSpec, Listing, Refusal } from './candidate.ts'
import type { TrackedSource } from './tracked-source.ts'

const backoff = exponential({ baseMs: 100, maxMs: 2_000 })
// Enough for a half-finished write or a new role. More attempts would only delay the error for a typo.
const briefAttempts = 3

/**
 * Attempts again after the first attempt of a start, until a candidate is accepted. Missing, invalid and denied data gets
 * two more attempts. Transient failures are retried until the signal aborts, at the deadline.
 */
export async function retryUntilAccepted<Result extends { readonly kind: string; readonly retry?: Refusal['retry'] }>(
  first: Result,
  attempt: () => Promise<Result>,
  { clock, random, signal }: { readonly clock: Clock; readonly random: Random; readonly signal: AbortSignal },
): Promise<{ readonly result: Result; readonly attempts: number }> {
  let result = first
  let finished: Result | undefined
  let brief = 0
  for (let attempts = 1; ; attempts++) {
    if (result.retry === undefined) return { result, attempts }
    // An attempt that the deadline interrupted knows only that; the attempt before it knows the cause.
    if (signal.aborted) return { result: finished ?? result, attempts }
    if (result.retry === 'briefly') brief++
    // A backup serves no start that AWS refused once.
    finished = brief > 0 ? { ...result, retry: 'briefly' } : result
    if (result.retry === 'never' || brief >= briefAttempts) return { result, attempts }
    try {
      await clock.sleep(backoff.delay(attempts, random), signal)
    } catch {
      return { result: finished, attempts }
    }
    result = await attempt()
  }
}

/** A rejected candidate, with the facts that explain it. */
export interface Rejected {
  readonly reading: Reading
  readonly listings: readonly Listing[]
  readonly problems: readonly PlacedProblem[]
  readonly validation: ValidationResult
}

/** The refusal of a candidate that is incomplete or invalid. */
export function refuse(spec: CandidateSpec, { reading, listings, problems: placed, validation }: Rejected): Refusal {
  const problems = placed.map(({ problem }) => problem)
  const found = validation.kind === 'valid' ? { missing: [], invalid: [] } : validation
  const missing = [...problems.filter(isMissing), ...found.missing]
  const invalid = [...problems.filter(isInvalid), ...found.invalid]
  const failed = problems.filter((problem) => !isMissing(problem) && !isInvalid(problem))
  const failures = placed.flatMap(({ failure }) => failure ?? [])
  const hasData = missing.length > 0 || invalid.length > 0 || failed.length > failures.length
  const isTransient = !hasData && failures.every((failure) => failure.isTransient)
  const cause =
    failures.find((failure) => failure.cause !== undefined)?.cause ?? ('cause' in found ? found.cause : undefined)
  return {
    kind: 'refused',
    missing: missing.length > 0 ? [...emptyPaths(spec, reading, listings), ...missing] : [],
    unreadable: failed,
    invalid,
    retry: failures.some(({ code }) => code === 'NO_REGION') ? 'never' : isTransient ? 'until-deadline' : 'briefly',
    ...(cause !== undefined && { cause }),
  }
}

function isMissing({ code }: Problem): boolean {
  return code.startsWith('MISSING_')
}

function isInvalid({ code }: Problem): boolean {
  return code === 'INVALID_JSON' || code === 'FORBIDDEN_SEGMENT' || code === 'NAME_CONFLICT'
}

/** Why no similar names could be found for missing parameters. */
export function whyUnlisted({ planned }: CandidateSpec, listings: readonly Listing[]): string | undefined {
  const paths = planned.hierarchies.filter((_, index) => listings[index]?.failure !== undefined).map(({ path }) => path)
  const failure = listings.find((listing) => listing.failure !== undefined)?.failure
  if (failure === undefined) return undefined
  const { action = 'the listing', code } = failure
  const place = paths.join(', ')
  return `could not list ${place} for a similar name: ${action} ${code === 'ACCESS_DENIED' ? 'is denied' : 'failed'}`
}

/** The paths that have no parameter. */
export function emptyPaths(
  { planned, layers }: CandidateSpec,
  reading: Reading,
  listings: readonly Listing[],
): Problem[] {
  return planned.hierarchies.flatMap(({ path }, index): Problem[] => {
    const outcome = reading.hierarchies[index]
    if (outcome === undefined || outcome.failure !== undefined || outcome.failures.size > 0) return []
    const { listed, parameters } = outcome
    const { failure, isParameter = false } = listings[index] ?? {}
    if (failure !== undefined || (listed ?? parameters).length > 0) return []
    if (isParameter) return [{ code: 'EMPTY_PATH', parameter: path, ...pathIsParameter }]
    const { label } = layers
    const all = label === undefined ? 'nothing at all' : 'nothing'
    const subject = listed === undefined ? 'nothing that the schema names' : all
    const place = label === undefined ? 'is stored under this path' : `under this path carries the label ${label}`
    return [{ code: 'EMPTY_PATH', parameter: path, detail: `${subject} ${place}`, remedy: emptyRemedy(path) }]
  })
}

const pathIsParameter = {
  detail: 'this path is the name of a parameter, and nothing is stored below it',
  remedy: 'set path to its parent path, so that the name becomes a key; or name it with parameter() in the schema',
}

function emptyRemedy(path: string): string {
  const unset = path.split('/').find((segment) => /^(undefined|null|NaN)$/.test(segment))
  if (unset === undefined) return 'check its spelling, the account and the region'
  return `its segment "${unset}" looks like a variable that is not set: set it, or give it a default`
}

/** Lists the names under the paths, without decryption. */
export async function listPaths(
  source: Pick<ParameterSource, 'read'>,
  { request }: PlannedRequest,
  signal: AbortSignal,
): Promise<readonly Listing[]> {
  const { hierarchies } = request
  const known = () => ''
  const reading = await source.read(listRequest(hierarchies), { signal, known })
  // An empty path may be the name of a parameter. At the root this is too unlikely to be worth a call.
  const empty = hierarchies
    .filter(({ path }, index) => reading.hierarchies[index]?.listed?.length === 0 && path.lastIndexOf('/') > 0)
    .map(({ path }) => path)
  const requested = { hierarchies: [], names: empty, secrets: [] }
  const { names } = empty.length === 0 ? reading : await source.read(requested, { signal, known })
  return reading.hierarchies.map(({ listed, failure }, index) => {
    const isParameter = names.get(hierarchies[index]?.path ?? '')?.kind === 'found'
    return failure === undefined ? { listed, isParameter } : { failure, isParameter }
  })
}

// GetParameter, GetParameters and GetParametersByPath together: https://docs.aws.amazon.com/general/latest/gr/ssm.html
const callsPerSecond = 40

/** The warning for polls that use a large part of the quota. */
export function describeCost(pollCalls: number, pollEveryMs: number): string {
  const rate = Math.round((pollCalls * 10_000) / pollEveryMs) / 10
  const share = `${rate} of the ${callsPerSecond} calls per second that an account has by default`
  return `poll.everyMs: a poll makes ${pollCalls} calls, which is ${share}`
}

/** The calls when a refresh began, and now. */
interface Progress {
  readonly before: SourceUsage
  readonly now: SourceUsage
}

/** The refusal for a source that rejected. */
export function sourceThrew(error: unknown): Refusal {
  const detail = `the source threw ${describeThrown(error)}`
  const problem = { code: 'UNREACHABLE', detail, remedy: 'report failures in the answer of the source' } as const
  return { ...refused({ unreadable: [problem] }), cause: withoutMessage(error) }
}

/** The refusal for a value that cannot be frozen. */
export function cannotPublish(error: unknown): Refusal {
  const detail = `the value that the schema made cannot be published: ${describeThrown(error)}`
  const problem = { code: 'SCHEMA_THREW', detail, remedy: 'return a simpler value from its transforms' } as const
  return { ...refused({ invalid: [problem] }), retry: 'briefly', cause: withoutMessage(error) }
}

/** The refusal for a candidate that is held back. */
export function hasShrunk(lost: number, before: number): Refusal {
  const detail = `${lost} of ${before} parameters disappeared at once`
  const remedy = 'liveparam reads them again in 30 s and accepts the loss if they are still missing; or set allowShrink'
  return refused({ invalid: [{ code: 'SHRUNK', detail, remedy }] })
}

/** A refusal that a later attempt may accept. */
export function refused(problems: Partial<Pick<Refusal, 'unreadable' | 'invalid'>>): Refusal {
  return { kind: 'refused', missing: [], unreadable: [], invalid: [], retry: 'until-deadline', ...problems }
}

/** The refusal of a reading or, with `isValidating`, a validation that did not end soon after the deadline. */
export function tooLate(late: LateRefresh): Refusal {
  // With everything read, no backup could be validated faster.
  return { ...refused({ unreadable: [timeoutProblem(late)] }), ...(late.isValidating && { retry: 'briefly' }) }
}

type LateRefresh = Progress & { readonly isValidating: boolean }

function timeoutProblem({ before, now, isValidating }: LateRefresh): Problem {
  const described = describeCalls(before, now)
  const calls = described === undefined ? '' : ` (${described})`
  if (isValidating) {
    const detail = `everything was read${calls}, and the schema was still validating at the deadline`
    const remedy = 'check its asynchronous refinements and transforms, or raise startup.timeoutMs'
    return { code: 'TIMEOUT', detail, remedy }
  }
  const detail = `the reading had not ended at the deadline${calls}`
  if (between(before, now, 'throttled') > 0) {
    const remedy = 'spread the starts, raise the throughput of Parameter Store, or raise startup.timeoutMs'
    return { code: 'THROTTLED', detail, remedy }
  }
  return { code: 'TIMEOUT', detail, remedy: 'check why the source does not answer, or raise startup.timeoutMs' }
}

/** The calls between two moments, answered and throttled; `undefined` if the source counts none. */
function describeCalls(before: SourceUsage, now: SourceUsage): string | undefined {
  if (Object.keys(now.calls).length === 0) return undefined
  const answered = between(before, now, 'answered')
  const throttled = between(before, now, 'throttled')
  return `${answered} ${answered === 1 ? 'call was' : 'calls were'} answered, ${throttled} throttled`
}

function between(before: SourceUsage, now: SourceUsage, outcome: 'answered' | 'throttled'): number {
  const total = ({ calls }: SourceUsage) => Object.values(calls).reduce((sum, usage) => sum + usage[outcome], 0)
  return total(now) - total(before)
}

/** The facts about a failed refresh that its error reports. */
export interface FailedRefresh extends Progress, Pick<LoadErrorParts, 'attempts' | 'elapsedMs' | 'isServing'> {
  /** What became of the backup. */
  readonly restored: Restoration
  readonly source: Pick<TrackedSource, 'where'>
}

/** The error of a refresh. The error of a start also names the account, the region and the role. */
export async function toLoadError(
  { missing, unreadable, invalid, cause }: Refusal,
  { before, now, source, restored, ...facts }: FailedRefresh,
): Promise<LoadError> {
  const isLate = unreadable.some(({ code }) => code === 'TIMEOUT' || code === 'THROTTLED')
  const progress = isLate ? describeCalls(before, now) : undefined
  const isRestored = restored.published !== undefined
  const where = facts.isServing ? {} : whereaboutsIn(unreadable, await source.where().catch(() => ({})))
  return new LoadError({
    ...facts,
    isServing: facts.isServing || isRestored,
    missing,
    unreadable: unreadable.map((problem) => withProfile(problem, where)),
    invalid,
    ...(cause !== undefined && { cause }),
    ...(progress !== undefined && { progress }),
    ...describeRestoration(restored),
    ...(Object.keys(where).length > 0 && { where }),
  })
}

function describeRestoration({ published, ignored }: Restoration): Pick<LoadErrorParts, 'backup'> {
  if (published === undefined) return ignored === undefined ? {} : { backup: ignored }
  const { origin, verifiedAt } = published.snapshot
  return { backup: `the ${origin} reading of ${new Date(verifiedAt).toISOString()} is in use` }
}

/** Adds the caller that a denial names. */
function whereaboutsIn(problems: readonly Problem[], known: Whereabouts): Whereabouts {
  for (const { detail } of problems) {
    const [, account, role] = callers.exec(detail) ?? []
    if (account !== undefined && role !== undefined) return { ...known, account, role }
  }
  return known
}

// The caller in AWS's denials. The name of the session follows the name of the role.
const callers = /arn:aws[\w-]*:(?:sts|iam)::(\d{12}):(?:assumed-role|role|user)\/([\w+=,.@-]+)/

/** Explains missing credentials or a missing region by a missing profile. */
function withProfile(problem: Problem, { profile, isProfileMissing }: Whereabouts): Problem {
  const isAboutProfile = problem.code === 'NO_CREDENTIALS' || problem.code === 'NO_REGION'
  if (profile === undefined || isProfileMissing !== true || !isAboutProfile) return problem
  const detail = `the shared config files have no profile ${JSON.stringify(profile)}: ${problem.detail}`
  return { ...problem, detail, remedy: 'correct the name of the profile, or add it to the shared config files' }
}
