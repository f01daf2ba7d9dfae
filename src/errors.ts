import { printable } from './messages/printable.ts'
import { definitionMessage, loadMessage } from './messages/problem-block.ts'

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

  constructor(found: readonly Problem[]) {
    const problems = found.map(printableProblem)
    super('INVALID_DEFINITION', definitionMessage(problems))
    this.problems = problems
    hide(this, ['problems'])
  }

  /** Everything that an HTTP answer or a JSON log needs. */
  toJSON(): object {
    const { name, code, message, problems } = this
    return { name, code, message, problems }
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
  readonly attempts: number
  /** Whether an earlier snapshot goes on being served. */
  readonly isServing: boolean

  /** Where AWS was read and as whom, as far as a failed start knows. */
  readonly where?: Whereabouts

  constructor(found: LoadErrorParts) {
    const parts = printableParts(found)
    super('LOAD_FAILED', loadMessage(parts), parts.cause === undefined ? undefined : { cause: parts.cause })
    this.missing = parts.missing
    this.unreadable = parts.unreadable
    this.invalid = parts.invalid
    this.problems = [...parts.missing, ...parts.unreadable, ...parts.invalid]
    this.attempts = parts.attempts
    this.isServing = parts.isServing
    if (parts.where !== undefined) this.where = parts.where
    hide(this, ['problems', 'missing', 'unreadable', 'invalid', 'where'])
    showFrames(this, '')
  }

  /** Everything that an HTTP answer or a JSON log needs. */
  toJSON(): object {
    const { name, code, message, attempts, isServing, where, problems } = this
    return { name, code, message, attempts, isServing, ...(where !== undefined && { where }), problems }
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
  readonly attempts: number
  /** How long it was tried, in milliseconds. */
  readonly elapsedMs: number
  /** As of the error. */
  readonly isServing: boolean
  /** The first failed call, without anything that could quote a value. */
  readonly cause?: Error
  /** As of the error. */
  readonly where?: Whereabouts
  /** How far the reading came, where a deadline ended it. */
  readonly progress?: string
}

/** Where AWS is read and as whom. Holds what is known without a call, and nothing that is secret. */
export interface Whereabouts {
  /** The id of the account, as an answer or the credentials name it. */
  readonly account?: string
  /** Such as `eu-west-1`. */
  readonly region?: string
  /** The name or ARN of the role. */
  readonly role?: string
  /** The profile of the shared config files, from `AWS_PROFILE`. */
  readonly profile?: string
  /** Where the credentials came from, such as `environment variables`. */
  readonly credentials?: string
  /** Whether the shared config files have no such profile. */
  readonly isProfileMissing?: boolean
  /** The URL, where it is not AWS's own for the region. */
  readonly endpoint?: string
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

/**
 * Has the stack of an error show these frames. An error that is made long after the call that it belongs to has only frames
 * of ours, and Node prints the line of the first frame, which is minified.
 */
export function showFrames<Shown extends Error>(error: Shown, frames: string): Shown {
  error.stack = `${error.name}: ${error.message}${frames}`
  return error
}

function printableProblem(problem: Problem): Problem {
  return { ...problem, ...printableTexts(problem) }
}

function printableTexts(record: object): Record<string, string> {
  const texts = Object.entries(record).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(texts.map(([name, text]) => [name, printable(text)]))
}

function printableParts({ where, ...parts }: LoadErrorParts): LoadErrorParts {
  return {
    ...parts,
    missing: parts.missing.map(printableProblem),
    unreadable: parts.unreadable.map(printableProblem),
    invalid: parts.invalid.map(printableProblem),
    ...(where !== undefined && { where: { ...where, ...printableTexts(where) } }),
  }
}

// Node prints the properties of an error below its message, which says all of this already.
function hide(error: ConfigError, properties: readonly string[]): void {
  for (const name of properties) if (name in error) Object.defineProperty(error, name, { enumerable: false })
}
