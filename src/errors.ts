/** What is wrong with a definition: found when it is made, before anything is read. */
export type DefinitionProblemCode =
  | 'UNKNOWN_OPTION'
  | 'INVALID_OPTION'
  | 'INVALID_PATH'
  | 'INVALID_NAME'
  | 'DUPLICATE_NAME'
  | 'UNSUPPORTED_SCHEMA'

/** What is not there. */
export type MissingProblemCode = 'EMPTY_PATH' | 'MISSING_PARAMETER' | 'MISSING_SECRET' | 'MISSING_JSON_KEY'

/** What is there, or may be, and could not be read. */
export type ReadProblemCode =
  | 'ACCESS_DENIED'
  | 'DECRYPTION_FAILED'
  | 'SECRET_DELETED'
  | 'BINARY_SECRET'
  | 'INVALID_REFERENCE'
  | 'REFERENCE_TO_REFERENCE'
  | 'INVALID_REQUEST'
  | 'NO_REGION'
  | 'NO_CREDENTIALS'
  | 'EXPIRED_CREDENTIALS'
  | 'THROTTLED'
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'AWS_ERROR'

/** What was read and is not what the schema, or the service, asks for. */
export type InvalidProblemCode =
  | 'INVALID_VALUE'
  | 'INVALID_JSON'
  | 'NAME_CONFLICT'
  | 'FORBIDDEN_SEGMENT'
  | 'SHRUNK'
  | 'SCHEMA_THREW'
  | 'VALIDATE_FAILED'
  | 'PREPARE_FAILED'
  | 'RESOURCE_FAILED'

/** The stable code of one problem. */
export type ProblemCode = DefinitionProblemCode | MissingProblemCode | ReadProblemCode | InvalidProblemCode

/** One thing that is wrong. Its texts name keys, parameters and calls, and never contain a value. */
export interface Problem {
  /** What kind of thing it is, for programs. */
  readonly code: ProblemCode
  /** The key in the configuration, such as `db.port`. */
  readonly key?: string
  /** The parameter, path or secret, such as `/shop/dev/db/port`. */
  readonly parameter?: string
  /** What the schema expects there, such as `number`. */
  readonly expected?: string
  /** What failed. */
  readonly detail: string
  /** What to do about it. */
  readonly remedy?: string
  /** The IAM action of the call that failed, such as `ssm:GetParametersByPath`. */
  readonly action?: string
  /** The id under which AWS knows the call. */
  readonly requestId?: string
  /** How often the call was made. */
  readonly attempts?: number
}

/** Why something could not be read. */
export interface ReadFailure {
  /** What kind of failure it is, for programs. */
  readonly code: ReadProblemCode
  /** Whether the same call may well succeed a moment later (throttling, timeouts, resets, 5xx, expired tokens). */
  readonly isTransient: boolean
  /** What failed. */
  readonly detail: string
  /** What to do about it. */
  readonly remedy: string
  /** The IAM action of the call that failed, such as `ssm:GetParameters`. */
  readonly action?: string
  /** The id under which AWS knows the call. */
  readonly requestId?: string
  /** How often the call was made. */
  readonly attempts?: number
  /** A copy of the original error, without anything that could quote a value. */
  readonly cause?: Error
}

/** The stable code of an error. */
export type ConfigErrorCode =
  | 'INVALID_DEFINITION'
  | 'LOAD_FAILED'
  | 'NOT_READY'
  | 'CLOSED'
  | 'ABORTED'
  | 'RESOURCE_FAILED'
  | 'NO_REQUEST'

/** The base of every error that liveparam throws, programmer mistakes (`TypeError`) aside. */
export class ConfigError extends Error {
  // Builds rename classes, and Node shows the name of the class.
  /** The name of the class, in minified programs too. */
  static override readonly name: string = 'ConfigError'
  /** The name of the class, in minified programs too. */
  override readonly name: string = 'ConfigError'
  /** What failed, for programs: a heading of docs/errors.md says what to do. */
  readonly code: ConfigErrorCode

  constructor(code: ConfigErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }

  /** Survives duplicate installs, where `instanceof` does not. */
  get isLiveparamError(): true {
    return true
  }
}

/** The options or the schema cannot work, whatever is stored. Lists every problem. Code: `INVALID_DEFINITION`. */
export class DefinitionError extends ConfigError {
  /** As of {@link ConfigError}. */
  static override readonly name = 'DefinitionError'
  /** As of {@link ConfigError}. */
  override readonly name = 'DefinitionError'
  /** All that is wrong, in the order in which it was found. */
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super('INVALID_DEFINITION', definitionMessage(problems))
    this.problems = problems
  }
}

/**
 * Everything that stood in the way of a snapshot, all together: of the first one, or of a newer one while the last goes
 * on being served. Code: `LOAD_FAILED`.
 */
export class LoadError extends ConfigError {
  /** As of {@link ConfigError}. */
  static override readonly name = 'LoadError'
  /** As of {@link ConfigError}. */
  override readonly name = 'LoadError'
  /** Every problem: first what is missing, then what could not be read, then what is invalid. */
  readonly problems: readonly Problem[]
  /** What is not stored. */
  readonly missing: readonly Problem[]
  /** What is stored, or may be, and could not be read. */
  readonly unreadable: readonly Problem[]
  /** What was read and cannot be used. */
  readonly invalid: readonly Problem[]
  /** How often everything was read before giving up. */
  readonly looks: number
  /** Whether an earlier snapshot goes on being served. */
  readonly isServing: boolean

  constructor(parts: LoadErrorParts) {
    super('LOAD_FAILED', loadMessage(parts), parts.cause === undefined ? undefined : { cause: parts.cause })
    this.missing = parts.missing
    this.unreadable = parts.unreadable
    this.invalid = parts.invalid
    this.problems = [...parts.missing, ...parts.unreadable, ...parts.invalid]
    // What shows an error shows its properties: each problem is among them once.
    for (const part of ['missing', 'unreadable', 'invalid']) Object.defineProperty(this, part, { enumerable: false })
    this.looks = parts.looks
    this.isServing = parts.isServing
  }
}

/** What a {@link LoadError} is made of. */
export interface LoadErrorParts {
  /** As of the error. */
  readonly missing: readonly Problem[]
  /** As of the error. */
  readonly unreadable: readonly Problem[]
  /** As of the error. */
  readonly invalid: readonly Problem[]
  /** As of the error. */
  readonly looks: number
  /** How long it was tried, in milliseconds. */
  readonly elapsedMs: number
  /** As of the error. */
  readonly isServing: boolean
  /** The first failed call, without anything that could quote a value. */
  readonly cause?: Error
}

/** Whether this is an error of liveparam, of whichever installed copy. */
export function isConfigError(error: unknown): error is ConfigError {
  return typeof error === 'object' && error !== null && 'isLiveparamError' in error
}

/** Whether the options or the schema cannot work. */
export function isDefinitionError(error: unknown): error is DefinitionError {
  return isConfigError(error) && error.code === 'INVALID_DEFINITION'
}

/** Whether a snapshot could not be made. */
export function isLoadError(error: unknown): error is LoadError {
  return isConfigError(error) && error.code === 'LOAD_FAILED'
}

function definitionMessage(problems: readonly Problem[]): string {
  const title =
    problems.length === 1 ? 'the definition has a problem' : `the definition has ${problems.length} problems`
  return [`liveparam: ${title}`, '', ...describeProblems(problems)].join('\n')
}

function loadMessage({ missing, unreadable, invalid, looks, elapsedMs, isServing }: LoadErrorParts): string {
  const counts = [
    missing.length > 0 && `${missing.length} missing`,
    unreadable.length > 0 && `${unreadable.length} unreadable`,
    invalid.length > 0 && `${invalid.length} invalid`,
  ].filter((part) => part !== false)
  const effort = `${looks === 1 ? '1 look' : `${looks} looks`} in ${Math.round(elapsedMs)} ms`
  return [
    `liveparam: ${isServing ? 'the last configuration is kept' : 'no configuration'}: ${counts.join(', ')} (${effort})`,
    ...section('Missing', missing),
    ...section('Could not be read', unreadable),
    ...section('Invalid', invalid),
  ].join('\n')
}

function section(title: string, problems: readonly Problem[]): string[] {
  return problems.length === 0 ? [] : ['', title, ...describeProblems(problems)]
}

// What is wrong in many places alike (a role that may read nothing, say) is said once, below all of them.
function describeProblems(problems: readonly Problem[]): string[] {
  const alike = new Map<string, Problem[]>()
  for (const problem of problems) {
    const { code, expected, detail, remedy, action } = problem
    const text = JSON.stringify([code, expected, detail, remedy, action])
    const others = alike.get(text)
    if (others === undefined) alike.set(text, [problem])
    else others.push(problem)
  }
  return [...alike.values()].flatMap(describeAlike)
}

function describeAlike(problems: readonly Problem[]): string[] {
  const [first] = problems
  if (first === undefined) return []
  const { expected, detail, remedy } = first
  const call = describeCalls(first, problems)
  return [
    ...problems.map(describeSubject),
    `      ${expected === undefined ? '' : `expected ${expected}: `}${detail}${call === '' ? '' : ` (${call})`}`,
    ...(remedy === undefined ? [] : [`      → ${remedy}`]),
  ]
}

function describeSubject({ code, key, parameter }: Problem): string {
  const subject = [key, parameter].filter((part) => part !== undefined).join('  ')
  return subject === '' ? `  ${code}` : `  ${subject}  [${code}]`
}

const shownRequests = 3

function describeCalls({ action }: Problem, problems: readonly Problem[]): string {
  const attempts = Math.max(...problems.map((problem) => problem.attempts ?? 1))
  const requests = [...new Set(problems.flatMap(({ requestId }) => requestId ?? []))]
  const shown = [...requests.slice(0, shownRequests), ...(requests.length > shownRequests ? ['…'] : [])].join(', ')
  const parts = [
    action,
    attempts > 1 && `${attempts} attempts`,
    requests.length > 0 && `${requests.length === 1 ? 'request' : 'requests'} ${shown}`,
  ]
  return parts.filter((part) => part !== undefined && part !== false).join(', ')
}
