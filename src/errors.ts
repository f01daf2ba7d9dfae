import { printable } from './messages/printable.ts'
import { definitionMessage, loadMessage } from './messages/problem-block.ts'

/** Codes for problems of a definition. They are found before anything is read. */
export type DefinitionProblemCode =
  | 'UNKNOWN_OPTION'
  | 'INVALID_OPTION'
  | 'INVALID_PATH'
  | 'INVALID_NAME'
  | 'DUPLICATE_NAME'
  | 'UNSUPPORTED_SCHEMA'

/** Codes for missing parameters and secrets. */
export type MissingProblemCode = 'EMPTY_PATH' | 'MISSING_PARAMETER' | 'MISSING_SECRET' | 'MISSING_JSON_KEY'

/** Codes for parameters and secrets that could not be read. */
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

/** Codes for values that the schema, a hook or a resource rejected. */
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

/** One problem. Its texts name keys, parameters and calls, and never contain a value. */
export interface Problem {
  /** A stable code, for programs. */
  readonly code: ProblemCode
  /** The key in the configuration, such as `db.port`. */
  readonly key?: string
  /** The parameter, path or secret, such as `/shop/dev/db/port`. */
  readonly parameter?: string
  /** What the schema expects, such as `number`. */
  readonly expected?: string
  /** What failed. */
  readonly detail: string
  /** What to do about it. */
  readonly remedy?: string
  /** The IAM action of the call that failed, such as `ssm:GetParametersByPath`. */
  readonly action?: string
  /** The request id that AWS gave the call. */
  readonly requestId?: string
  /** The number of attempts at the call. */
  readonly attempts?: number
}

/** Why a parameter or secret could not be read, or why a notification source cannot listen. */
export interface ReadFailure extends Pick<Problem, 'detail' | 'action' | 'requestId' | 'attempts'> {
  /** A stable code, for programs. */
  readonly code: ReadProblemCode
  /** Whether a later attempt can succeed (throttling, timeouts, resets, 5xx, expired tokens). */
  readonly isTransient: boolean
  /** What to do about it. */
  readonly remedy: string
  /** A copy of the original error, without texts that could quote a value. */
  readonly cause?: Error
}

/** The stable code of an error. Each code has a section in docs/errors.md. */
export type ConfigErrorCode =
  | 'INVALID_DEFINITION'
  | 'LOAD_FAILED'
  | 'NOT_READY'
  | 'CLOSED'
  | 'ABORTED'
  | 'RESOURCE_FAILED'
  | 'NO_REQUEST'

/** The base class of the errors of liveparam. Wrong arguments throw a TypeError instead. */
export class ConfigError extends Error {
  // Minifiers rename classes, and Node prints the static name.
  /** The name of the class, also in minified programs. */
  static override readonly name: string = 'ConfigError'
  /** The name of the class, also in minified programs. */
  override readonly name: string = 'ConfigError'
  /** A stable code, for programs. */
  readonly code: ConfigErrorCode

  constructor(code: ConfigErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }

  /** Marks errors of every installed copy of liveparam, unlike `instanceof`. */
  get isLiveparamError(): true {
    return true
  }
}

/** The options or the schema are invalid. Lists every problem. Code: `INVALID_DEFINITION`. */
export class DefinitionError extends ConfigError {
  /** The name of the class. */
  static override readonly name = 'DefinitionError'
  /** The name of the class. */
  override readonly name = 'DefinitionError'
  /** Every problem. */
  readonly problems: readonly Problem[]

  constructor(found: readonly Problem[]) {
    const problems = found.map(printableTexts)
    super('INVALID_DEFINITION', definitionMessage(problems))
    this.problems = problems
    hide(this, ['problems'])
  }

  /** Returns the error with its problems, for HTTP answers and JSON logs. */
  toJSON(): object {
    const { name, code, message, problems } = this
    return { name, code, message, problems }
  }
}

/**
 * A start or a refresh failed. Lists every problem. After a failed refresh, the last snapshot stays in use. Code:
 * `LOAD_FAILED`.
 */
export class LoadError extends ConfigError {
  /** The name of the class. */
  static override readonly name = 'LoadError'
  /** The name of the class. */
  override readonly name = 'LoadError'
  /** Every problem: `missing`, then `unreadable`, then `invalid`. */
  readonly problems: readonly Problem[]
  /** Parameters and secrets that are not stored. */
  readonly missing: readonly Problem[]
  /** Parameters and secrets that could not be read. */
  readonly unreadable: readonly Problem[]
  /** Values that were read and rejected. */
  readonly invalid: readonly Problem[]
  /** The number of attempts to read everything. */
  readonly attempts: number
  /** Whether an earlier snapshot stays in use. */
  readonly isServing: boolean
  /** The account, region and identity of a failed start, as far as they are known. */
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

  /** Returns the error with its problems, for HTTP answers and JSON logs. */
  toJSON(): object {
    const { name, code, message, attempts, isServing, where, problems } = this
    return { name, code, message, attempts, isServing, ...(where !== undefined && { where }), problems }
  }
}

/** The arguments of a {@link LoadError}. */
export interface LoadErrorParts
  extends Pick<LoadError, 'missing' | 'unreadable' | 'invalid' | 'attempts' | 'isServing' | 'where'> {
  /** The time of all attempts, in milliseconds. */
  readonly elapsedMs: number
  /** The error of the first failed call, without texts that could quote a value. */
  readonly cause?: Error
  /** How far the reading came, if a deadline ended it. */
  readonly progress?: string
  /** What became of the backup at a start that failed. */
  readonly backup?: string
}

/** Where AWS is read, and as which identity, as far as known without a call. It contains no secret. */
export interface Whereabouts {
  /** The account id from an answer or from the credentials. */
  readonly account?: string
  /** Such as `eu-west-1`. */
  readonly region?: string
  /** The name or ARN of the role. */
  readonly role?: string
  /** The profile of the shared config files, from `AWS_PROFILE`. */
  readonly profile?: string
  /** The origin of the credentials, such as `environment variables`. */
  readonly credentials?: string
  /** Whether the profile is missing in the shared config files. */
  readonly isProfileMissing?: boolean
  /** The URL of a custom endpoint. */
  readonly endpoint?: string
}

/** Whether this is an error of liveparam, from any installed copy. */
export function isConfigError(error: unknown): error is ConfigError {
  return typeof error === 'object' && error !== null && 'isLiveparamError' in error
}

/** Whether this is a {@link DefinitionError}, from any installed copy. */
export function isDefinitionError(error: unknown): error is DefinitionError {
  return isConfigError(error) && error.code === 'INVALID_DEFINITION'
}

/** Whether this is a {@link LoadError}, from any installed copy. */
export function isLoadError(error: unknown): error is LoadError {
  return isConfigError(error) && error.code === 'LOAD_FAILED'
}

/**
 * Replaces the frames in the stack of an error. An error that is created long after the user's call has only internal
 * frames, and Node prints the source line of the first one.
 */
export function showFrames<Shown extends Error>(error: Shown, frames: string): Shown {
  error.stack = `${error.name}: ${error.message}${frames}`
  return error
}

function printableTexts<Texts extends object>(record: Texts): Texts {
  const texts = Object.entries(record).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return { ...record, ...Object.fromEntries(texts.map(([name, text]) => [name, printable(text)])) }
}

function printableParts({ where, ...parts }: LoadErrorParts): LoadErrorParts {
  return {
    ...parts,
    missing: parts.missing.map(printableTexts),
    unreadable: parts.unreadable.map(printableTexts),
    invalid: parts.invalid.map(printableTexts),
    ...(where !== undefined && { where: printableTexts(where) }),
  }
}

// Node prints the properties of an error below its message, which already contains all of this.
function hide(error: ConfigError, properties: readonly string[]): void {
  for (const name of properties) if (name in error) Object.defineProperty(error, name, { enumerable: false })
}
