import type { ReadFailure, Whereabouts } from './errors.ts'

/** Reads the time and waits. Pass one to make a test independent of real time. */
export interface Clock {
  /** Returns milliseconds since the Unix epoch. */
  now(): number
  /** Resolves after `ms` milliseconds. Rejects with the signal's reason as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /**
   * Calls `fire` after `ms` milliseconds. Returns a function that cancels the call. A cancelled timer costs less than
   * an aborted sleep.
   * @default a timer made of `sleep`
   */
  timer?(ms: number, fire: () => void): () => void
}

/**
 * Where a config runs. `server`: the config refreshes in the background. `lambda`: the process can be frozen between
 * invocations, so the config works during invocations only. `lambda-managed-instances`: a Lambda function that is never
 * frozen, so the config refreshes as on a server.
 */
export type ConfigRuntime = 'server' | 'lambda' | 'lambda-managed-instances'

/** Returns a number in [0, 1), like `Math.random`. */
export type Random = () => number

/** Runs a function in an asynchronous context that was captured earlier. */
export type ContextRunner = <Result>(run: () => Result) => Result

/**
 * Receives messages for people. `console`, pino, winston and the Logger of Powertools fit as they are. Each message is
 * one string of one or more lines. It names keys and parameters and never contains a value. Errors and rejections of a
 * logger are ignored.
 */
export interface Logger {
  /** Receives warnings, rejected configurations, and reports that the config is stale or that a parameter expires. */
  warn(message: string): unknown
  /** Receives reports that the config was loaded, has changed or has recovered. @default these messages are dropped */
  info?(message: string): unknown
  /** Receives failed starts in mode `background`. @default `warn` */
  error?(message: string): unknown
}

/** The parameter types of Parameter Store. */
export type ParameterType = 'String' | 'StringList' | 'SecureString'

/** A stored parameter at one version. */
export interface StoredParameter {
  /** The full name, with a leading slash and without a selector. */
  readonly name: string
  /** The stored type. It decides how the text is split and decoded. */
  readonly type: ParameterType
  /** The data type that Parameter Store validates, such as `integer` or `aws:ec2:image`. Absent if unknown. */
  readonly dataType?: string
  /** Increases by 1 with each write. A parameter that was deleted and created again starts at 1. */
  readonly version: number
  /** When this version was written, in milliseconds since the Unix epoch. Absent if unknown. */
  readonly modifiedAt?: number
  /** The text. The text of a SecureString is decrypted. */
  readonly value: string
}

/** A stored secret at one version. */
export interface StoredSecret {
  /** A different id for each version. */
  readonly versionId: string
  /** The full ARN. Absent if unknown. */
  readonly arn?: string
  /** When this version was written, in milliseconds since the Unix epoch. Absent if unknown. */
  readonly modifiedAt?: number
  /** The text, or the bytes of a binary secret. */
  readonly value: string | Uint8Array
}

/** A path to read, at every depth. */
export interface HierarchyRequest {
  /** Starts with a slash and does not end with one, except for the root `/`. */
  readonly path: string
  /** Read each parameter at the version that carries this label. */
  readonly label?: string
  /** Whether the plan uses this full name. A source need not read or decrypt other names. */
  covers(name: string): boolean
  /** The full names that the schema knows. A source may read them by name. @default none */
  readonly names?: readonly string[]
  /** Paths whose stored names the schema does not know: this path, or paths below it. @default this path */
  readonly open?: readonly string[]
  /** Paths like `open`, but only their direct children are read. @default none */
  readonly levels?: readonly string[]
}

/** A secret to read. */
export interface SecretRequest {
  /** A name or a full ARN. */
  readonly id: string
  /** A staging label or a version id. @default the current version */
  readonly selector?: string
  /**
   * Whether the schema expects bytes. A secret of the other kind is a failure: `BINARY_SECRET` if text was expected,
   * `INVALID_REFERENCE` if bytes were expected.
   */
  readonly binary: boolean
}

/** Everything to read at once. The lists contain no duplicates. */
export interface ReadRequest {
  /** Paths whose covered parameters are read. */
  readonly hierarchies: readonly HierarchyRequest[]
  /** Full names and ARNs, optionally with a selector (`:3`, `:label`). No names of secret references. */
  readonly names: readonly string[]
  /** Secrets, from any service. */
  readonly secrets: readonly SecretRequest[]
}

/** The result for one requested name or secret. */
export type Outcome<Found> =
  | { readonly kind: 'found'; readonly found: Found }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly failure: ReadFailure }

/** The result for one requested path. */
export interface HierarchyReading {
  /** The covered parameters that were read. */
  readonly parameters: readonly StoredParameter[]
  /**
   * All names stored under the path, covered or not. With a label, the names that carry it. Absent if the source read
   * only parts of the path. Errors use it to suggest names.
   */
  readonly listed?: readonly string[]
  /** Covered names that exist and could not be read. */
  readonly failures: ReadonlyMap<string, ReadFailure>
  /** Why the path as a whole could not be read. `parameters` is then incomplete and is not used. */
  readonly failure?: ReadFailure
}

/** Raw parameters and secrets with their versions, matched to a request. */
export interface Reading {
  /** One for each requested path, in the same order. */
  readonly hierarchies: readonly HierarchyReading[]
  /** By the requested name, spelled as in the request. */
  readonly names: ReadonlyMap<string, Outcome<StoredParameter>>
  /** One for each requested secret, in the same order. */
  readonly secrets: readonly Outcome<StoredSecret>[]
  /** The number of calls, retries included. @default 1 */
  readonly calls?: number
  /** How long ago AWS was read, in milliseconds, if the source has kept the reading. @default 0 */
  readonly ageMs?: number
}

/** Options of one reading. */
export interface ReadOptions {
  /** Aborts when the reading is no longer needed. */
  readonly signal: AbortSignal
  /**
   * Looks up a SecureString that was decrypted before, so that the source need not decrypt that version again. A
   * version never changes. A parameter that was deleted and created again has a different date.
   */
  readonly known?: KnownParameters
}

/** Returns the text of a SecureString, by name or ARN, at one version; `undefined` if it is not known. */
export type KnownParameters = (
  name: string,
  token: Pick<StoredParameter, 'version' | 'modifiedAt'>,
) => string | undefined

/** A call that a reading makes. */
export interface PlannedCall {
  /** The IAM action, such as `ssm:GetParametersByPath`. */
  readonly action: string
  /** The path, names or ids in the request. */
  readonly subjects: readonly string[]
}

/** Counts the attempts at one kind of call, by how they ended. */
export interface CallUsage {
  /** Successful answers. */
  readonly answered: number
  /** Throttled attempts. */
  readonly throttled: number
  /** Other failures, including attempts without an answer. */
  readonly failed: number
  /** Attempts that were aborted because the reading was no longer needed. */
  readonly aborted: number
}

/** Counts calls and decryptions since the config was created. */
export interface SourceUsage {
  /** By IAM action, such as `ssm:GetParameters`. Actions without a call are absent. */
  readonly calls: Readonly<Record<string, CallUsage>>
  /** The number of SecureStrings and secrets that AWS returned decrypted. */
  readonly decryptions: number
}

/** An AWS account and region. */
export interface SourcePlace {
  /** Twelve digits. */
  readonly accountId: string
  /** Such as `eu-west-1`. */
  readonly region: string
}

/** Reads parameters and secrets. */
export interface ParameterSource {
  /**
   * Reads everything in the request. Missing names and failures are part of the result. Rejects only if nothing is
   * known at all. When the signal aborts, it stops and leaves no call running.
   */
  read(request: ReadRequest, options: ReadOptions): Promise<Reading>
  /** Reads the policies of the requested parameters, including policies that are due later. Rejects on a failure. */
  readPolicies?(request: ReadRequest, options: Pick<ReadOptions, 'signal'>): Promise<readonly StoredPolicy[]>
  /** Lists the calls of such a reading if none fails. A paginated call is listed once. */
  explain?(request: ReadRequest): readonly PlannedCall[]
  /** Counts the calls so far, without I/O. */
  usage?(): SourceUsage
  /** Returns the account and region of the first answer, without I/O; `undefined` before it. */
  place?(): SourcePlace | undefined
  /** Returns the account, region and identity as far as known without a call, for the error of a failed start. */
  where?(): Promise<Whereabouts>
  /** Reports that the process may have been frozen, so open connections may be dead. */
  resumed?(): void
  /** Closes what the source created itself. */
  close?(): Promise<void>
}

/** A parsed notification: a name that may have changed. */
export interface Hint {
  /** What may have changed. */
  readonly kind: 'parameter' | 'secret'
  /** The name of the parameter or secret, as the event spells it. */
  readonly name: string
  /** The ARN, if the event contains it. */
  readonly arn?: string
  /** `put`: a value was written, also the first one. `label`: {@link Hint.label} moved. `delete`: it was deleted. */
  readonly operation: 'put' | 'label' | 'delete'
  /** The label of a parameter, or the stage of a secret, that moved. */
  readonly label?: string
  /** The version that the label moved to: a number for a parameter, an id for a secret. */
  readonly version?: string
  /** When it happened, in milliseconds since the Unix epoch. AWS sends whole seconds. */
  readonly occurredAt?: number
  /** Equal for each delivery of one event. */
  readonly eventId?: string
}

/**
 * An announcement of a parameter policy: the parameter expires, has expired, or has not changed for long.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
 */
export interface PolicyNotice {
  /** The name of the parameter, as the event spells it. */
  readonly parameter: string
  /** The type of the policy, as AWS names it. */
  readonly policy: 'Expiration' | 'ExpirationNotification' | 'NoChangeNotification'
  /** When AWS deletes or deleted the parameter, in milliseconds since the Unix epoch. */
  readonly expiresAt?: number
  /** When it was announced, in milliseconds since the Unix epoch. */
  readonly occurredAt?: number
  /** Equal for each delivery of one event. */
  readonly eventId?: string
}

/** An announcement that a stored policy makes at a given time. */
export interface StoredPolicy extends Pick<PolicyNotice, 'parameter' | 'policy' | 'expiresAt'> {
  /** When it is due, in milliseconds since the Unix epoch. */
  readonly dueAt: number
}

/** Receives the notifications of one source. Its methods never throw. */
export interface Inbox {
  /** Takes a hint. From then on the config is responsible for it, so the source can acknowledge the message. */
  hint(hint: Hint): void
  /** Takes the announcement of a parameter policy. */
  notice(notice: PolicyNotice): void
  /** Counts a message that the source did not understand, or that is unrelated to stored values. */
  ignored(): void
  /** Reports that the source is listening. */
  healthy(): void
  /** Reports that the source starts to listen. Earlier changes may have been missed, so the config refreshes. */
  opened(): void
  /** Reports that the source cannot listen. The source keeps trying. */
  failed(failure: ReadFailure): void
}

/** Receives notifications of changes. */
export interface NotificationSource {
  /** A short name for status and warnings, such as `sqs`. */
  readonly name: string
  /**
   * Whether the source only reacts to calls from outside. In Lambda, if the process can be frozen between invocations,
   * a config ignores all other sources.
   * @default false
   */
  readonly isPassive?: boolean
  /**
   * The ARN of the topic or the URL of the queue that the source listens to, for tools that set it up.
   * @default none
   */
  readonly listensTo?: string
  /**
   * The names of the queues that the source creates, where `*` is any text, for tools that write its permissions.
   * @default none
   */
  readonly createsQueues?: string
  /** Listens until the signal aborts, through all failures. Resolves when no call is running. */
  listen(inbox: Inbox, options: ListenOptions): Promise<void>
}

/** Options of a listening notification source. */
export interface ListenOptions {
  /** Aborts when the config closes. */
  readonly signal: AbortSignal
  /** The clock of the config, for delays. */
  readonly clock: Clock
  /** The randomness of the config, for jitter. */
  readonly random: Random
  /** Resolves when the config has handled all hints in the inbox, or cannot handle them for now. */
  idle(): Promise<void>
  /** Keeps the config working while the function runs. In Lambda, a config works only then and during invocations. */
  whileActive<Result>(work: () => Promise<Result>): Promise<Result>
}

/** Keeps encrypted readings outside of the process, by key. Its methods reject on a failure. */
export interface SnapshotStore {
  /**
   * Returns the bytes that were written last under the key; `undefined` for a key without bytes. Never returns a part
   * of a write.
   */
  read(key: string, options: StoreOptions): Promise<Uint8Array | undefined>
  /** Replaces the bytes under the key as a whole: after a crash, the store holds the bytes before or the new ones. */
  write(key: string, bytes: Uint8Array, options: StoreOptions): Promise<void>
  /** Deletes the bytes under the key. A key without bytes is no failure. */
  delete(key: string, options: StoreOptions): Promise<void>
}

/** Options of one call of a store. */
export interface StoreOptions {
  /** Aborts when the result is no longer needed. The call then rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/** A complete reading that AWS confirmed, as it is kept outside of the process. It contains the values. */
export interface SavedReading {
  /** When AWS last confirmed it, in milliseconds since the Unix epoch. */
  readonly savedAt: number
  /** The AWS account and region that it was read from. Absent if unknown. */
  readonly place?: SourcePlace
  /** The parameters, and the secrets that the schema declares. */
  readonly reading: Reading
  /** All secrets, with those that stored texts refer to. */
  readonly secrets: readonly SavedSecret[]
}

/** A secret of a {@link SavedReading}. */
export interface SavedSecret {
  /** The secret, as it was requested. */
  readonly request: SecretRequest
  /** The version that was read. */
  readonly outcome: Outcome<StoredSecret>
}

/** The keys of AWS KMS that encrypt what is kept outside of the process. */
export interface EncryptionKeys {
  /** The ARNs of the keys. The first makes data keys. */
  readonly keyIds: readonly string[]
  /** The application in the encryption context. */
  readonly app: string
}

/** A backup of the last good reading, for the option `backup`: `encryptedBackup()` from `liveparam/backup`. */
export interface Backup {
  /** The keys that it encrypts with, for tools that write permissions. */
  readonly encryption?: EncryptionKeys
  /** Connects the backup to a config. Configs call it. */
  connect(config: never): object
}

/** What a saved reading belongs to: only a config with the same identity uses it. */
export interface ReadingIdentity {
  /** The key in the store: at most 100 letters, digits, dots, dashes and underscores. */
  readonly key: string
  /** The encryption context. It contains no secret: AWS CloudTrail shows it. */
  readonly context: Readonly<Record<string, string>>
}
