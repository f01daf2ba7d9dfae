import type { ReadFailure, Whereabouts } from './errors.ts'

/** Wall-clock time and waiting. Inject one to make a test independent of real time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /**
   * Rings after `ms` milliseconds, unless what is returned is called before: cheaper than a sleep that is cut short.
   * @default made of `sleep`
   */
  timer?(ms: number, fire: () => void): () => void
}

/**
 * Where a config runs. `lambda`: the process may be frozen between invocations, so nothing happens there.
 * `lambda-managed-instances`: a function that is never frozen, and is refreshed as on a `server`.
 */
export type ConfigRuntime = 'server' | 'lambda' | 'lambda-managed-instances'

/** A number in [0, 1), like `Math.random`. */
export type Random = () => number

/** Runs something in the asynchronous context of somebody else. */
export type ContextRunner = <Result>(run: () => Result) => Result

/**
 * Where it is told in words what happens. `console`, pino, winston and the Logger of Powertools fit as they are: all that
 * it is given is one text, of one line or more, that names keys and parameters and never quotes a value. Nothing that a
 * logger throws or rejects with does any harm.
 */
export interface Logger {
  /** What is odd, rejected, stale or about to expire. */
  warn(message: string): unknown
  /** What is as it should be: loaded, changed, recovered. @default not told */
  info?(message: string): unknown
  /** There is no configuration, and it is tried again. @default told as a warning */
  error?(message: string): unknown
}

/** The types that Parameter Store knows. */
export type ParameterType = 'String' | 'StringList' | 'SecureString'

/** A parameter as it was stored. */
export interface StoredParameter {
  /** The full name, always with a leading slash and without a selector. */
  readonly name: string
  /** As it was put; how text is split and decoded depends on it. */
  readonly type: ParameterType
  /** What Parameter Store checks the text against, such as `integer` or `aws:ec2:image`, where the source knows. */
  readonly dataType?: string
  /** Counts up with each write; a parameter that was deleted and created again starts at 1. */
  readonly version: number
  /** When this version was written, in milliseconds since the Unix epoch, where the source knows. */
  readonly modifiedAt?: number
  /** The text, decrypted if it is a SecureString. */
  readonly value: string
}

/** One version of a secret. */
export interface StoredSecret {
  /** Another one for each version. */
  readonly versionId: string
  /** The full ARN, where the source knows one. */
  readonly arn?: string
  /** When this version was written, in milliseconds since the Unix epoch, where the source knows. */
  readonly modifiedAt?: number
  /** Bytes for a binary secret. */
  readonly value: string | Uint8Array
}

/** A path whose parameters are wanted, at every depth. */
export interface HierarchyRequest {
  /** Starts with a slash and does not end in one, except for the root `/`. */
  readonly path: string
  /** Read each parameter at the version that carries this label. */
  readonly label?: string
  /** Whether the plan has a use for this full name. Others need not be read, let alone decrypted. */
  covers(name: string): boolean
  /** The full names that the schema knows: a source may read them one by one. @default none */
  readonly names?: readonly string[]
  /** Paths, this one or some below it, of which only the store knows what is stored there. @default this path */
  readonly open?: readonly string[]
  /** The same, of which only the parameters right below are wanted, and nothing deeper. @default none */
  readonly levels?: readonly string[]
}

/** A secret that is wanted. */
export interface SecretRequest {
  /** A name or a full ARN. */
  readonly id: string
  /** A staging label or a version id; the current version if it is absent. */
  readonly selector?: string
  /**
   * Whether bytes are wanted, and not text. What is of the other kind has failed: with `BINARY_SECRET` when text was
   * wanted, with `INVALID_REFERENCE` when bytes were.
   */
  readonly binary: boolean
}

/** Everything that one wave of reading asks for. Each list is free of duplicates. */
export interface ReadRequest {
  /** Paths of which everything that is covered is wanted. */
  readonly hierarchies: readonly HierarchyRequest[]
  /** Full names and ARNs, optionally with a selector (`:3`, `:label`). Never names of references. */
  readonly names: readonly string[]
  /** Secrets, from wherever they are kept. */
  readonly secrets: readonly SecretRequest[]
}

/** What became of one thing that was asked for. */
export type Outcome<Found> =
  | { readonly kind: 'found'; readonly found: Found }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly failure: ReadFailure }

/** What became of a hierarchy. */
export interface HierarchyReading {
  /** The covered parameters that were read. */
  readonly parameters: readonly StoredParameter[]
  /**
   * Every name stored under the path, covered or not, unless only parts of it were looked at; with a label, those that
   * carry it. Used only to suggest a name in errors.
   */
  readonly listed?: readonly string[]
  /** Covered names that exist but could not be read. */
  readonly failures: ReadonlyMap<string, ReadFailure>
  /** Set when the path as a whole could not be read; the parts that were read are then of no use. */
  readonly failure?: ReadFailure
}

/** Raw parameters and secrets, with versions, matched to what was asked for. */
export interface Reading {
  /** One for each requested hierarchy, in the same order. */
  readonly hierarchies: readonly HierarchyReading[]
  /** By the requested name, spelled as in the request. */
  readonly names: ReadonlyMap<string, Outcome<StoredParameter>>
  /** One for each requested secret, in the same order. */
  readonly secrets: readonly Outcome<StoredSecret>[]
  /** How many calls it took, retries included. @default 1 */
  readonly calls?: number
}

/** How a reading is made. */
export interface ReadOptions {
  /** Aborts when nobody waits for the reading any more. */
  readonly signal: AbortSignal
  /**
   * What a SecureString of this name (or ARN) held at this version. A source that is given it need not decrypt what is
   * known. A version that was seen once never changes; one that was deleted and created again has another date.
   */
  readonly known?: KnownParameters
}

/** Looks up the text of a version of a SecureString. */
export type KnownParameters = (
  name: string,
  token: Pick<StoredParameter, 'version' | 'modifiedAt'>,
) => string | undefined

/** A call that a reading makes. */
export interface PlannedCall {
  /** The IAM action, such as `ssm:GetParametersByPath`. */
  readonly action: string
  /** The path, names or ids that it asks for. */
  readonly subjects: readonly string[]
}

/** How the attempts at one kind of call ended. */
export interface CallUsage {
  /** AWS did what was asked for. */
  readonly answered: number
  /** Refused because there were too many. */
  readonly throttled: number
  /** Anything else that went wrong, no answer included. */
  readonly failed: number
  /** Given up, because nobody waited any more. */
  readonly aborted: number
}

/** What reading has taken so far. */
export interface SourceUsage {
  /** By IAM action, such as `ssm:GetParameters`; only what was called. */
  readonly calls: Readonly<Record<string, CallUsage>>
  /** SecureStrings and secrets that came decrypted. */
  readonly decryptions: number
}

/** An account and region of AWS. */
export interface SourcePlace {
  /** Twelve digits. */
  readonly accountId: string
  /** Such as `eu-west-1`. */
  readonly region: string
}

/** Somewhere that parameters and secrets are read from. */
export interface ParameterSource {
  /**
   * Reads everything that is asked for. What is missing or cannot be read is part of the answer; a rejection means that
   * nothing is known. Must stop, with nothing left in flight, when the signal aborts.
   */
  read(request: ReadRequest, options: ReadOptions): Promise<Reading>
  /** The policies of what is asked for, those that are not due yet included; rejects when they cannot be read. */
  readPolicies?(request: ReadRequest, options: Pick<ReadOptions, 'signal'>): Promise<readonly StoredPolicy[]>
  /** The calls that such a reading makes when nothing fails; a paginated one counts once. */
  explain?(request: ReadRequest): readonly PlannedCall[]
  /** What it has taken so far; without I/O. */
  usage?(): SourceUsage
  /** The account and region that answered, as soon as one has; without I/O. */
  place?(): SourcePlace | undefined
  /** Where it reads and as whom, as far as it knows without a call: for the error of a start that fails. */
  where?(): Promise<Whereabouts>
  /** The process may have stood still: connections that were open may be dead. */
  resumed?(): void
  /** Frees what the source itself created. */
  close?(): Promise<void>
}

/** What an event from outside means: this may have changed. */
export interface Hint {
  /** What may have changed. */
  readonly kind: 'parameter' | 'secret'
  /** The name of the parameter or secret, as the event spells it. */
  readonly name: string
  /** Its ARN, where the event has it. */
  readonly arn?: string
  /** `label` is a move of {@link Hint.label}; a write of a new value is `put`, also the first one. */
  readonly operation: 'put' | 'label' | 'delete'
  /** The label of a parameter, or the stage of a secret, that moved. */
  readonly label?: string
  /** The version that the label is now at: a number for a parameter, an id for a secret. */
  readonly version?: string
  /** When it happened, in milliseconds since the Unix epoch; AWS gives whole seconds. */
  readonly occurredAt?: number
  /** The same for each delivery of one event. */
  readonly eventId?: string
}

/**
 * What a policy of a parameter announces: that it expires, has expired, or has not changed for long.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
 */
export interface PolicyNotice {
  /** The name of the parameter, as it is spelled where this was learned. */
  readonly parameter: string
  /** The type of the policy, as AWS names it. */
  readonly policy: 'Expiration' | 'ExpirationNotification' | 'NoChangeNotification'
  /** When the parameter is, or was, deleted, in milliseconds since the Unix epoch. */
  readonly expiresAt?: number
  /** When it was announced, in milliseconds since the Unix epoch. */
  readonly occurredAt?: number
  /** The same for each delivery of one event. */
  readonly eventId?: string
}

/** Something that is to be told of a parameter because of a policy that it was stored with. */
export interface StoredPolicy extends Pick<PolicyNotice, 'parameter' | 'policy' | 'expiresAt'> {
  /** From when on, in milliseconds since the Unix epoch. */
  readonly dueAt: number
}

/** Where a notification source puts what it learns. Nothing here ever throws. */
export interface Inbox {
  /** Takes a hint: from now on it is the receiver's to remember. */
  hint(hint: Hint): void
  /** Takes what the policy of a parameter announces. */
  notice(notice: PolicyNotice): void
  /** A message that was not understood, or that says nothing about stored values. */
  ignored(): void
  /** Listening works. */
  healthy(): void
  /** Listening works from now on; what happened before may have been missed. */
  opened(): void
  /** Listening does not work for now; the source goes on trying. */
  failed(failure: ReadFailure): void
}

/** Somewhere that changes are learned from. */
export interface NotificationSource {
  /** Such as `sqs`. */
  readonly name: string
  /**
   * Whether it waits to be called, and does nothing by itself. In Lambda, if the process is frozen between
   * invocations, the config listens to no other.
   * @default false
   */
  readonly isPassive?: boolean
  /** Listens until the signal aborts, whatever goes wrong; resolves when nothing is in flight any more. */
  listen(inbox: Inbox, options: ListenOptions): Promise<void>
}

/** How a notification source waits. */
export interface ListenOptions {
  /** Aborts when the config closes. */
  readonly signal: AbortSignal
  /** To wait on. */
  readonly clock: Clock
  /** For the share of a wait that is left to chance. */
  readonly random: Random
  /** Resolves when the hints that were put into the inbox have been followed, or cannot be for now. */
  idle(): Promise<void>
  /** Has the config follow hints while the work goes on; in Lambda it does only then, and while a handler runs. */
  whileActive<Result>(work: () => Promise<Result>): Promise<Result>
}
