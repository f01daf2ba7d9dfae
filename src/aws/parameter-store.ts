import type { GetParametersByPathCommandInput, Parameter } from '@aws-sdk/client-ssm'
import type { Outcome, ParameterType, StoredParameter } from '../ports.ts'
import { isArn } from '../schema/arn.ts'
import { fullName } from '../schema/names.ts'
import type { AwsCaller } from './call.ts'
import { AwsCallError, malformed, malformedAnswer } from './call-error.ts'
import type { SsmCalls } from './calls.ts'
import type { Usage } from './usage.ts'

export interface Page {
  readonly parameters: readonly AnsweredParameter[]
  readonly nextToken: string | undefined
}

export interface Answers {
  readonly parameters: readonly AnsweredParameter[]
  /** Full names that AWS reported as invalid. */
  readonly invalid: ReadonlySet<string>
}

/** A parameter in an answer, without `SourceResult`, which repeats the plaintext of a secret. */
export interface AnsweredParameter {
  readonly name: string
  /** A colon with the requested version or label, or nothing. */
  readonly selector: string
  readonly arn: string | undefined
  readonly type: ParameterType
  /** Such as `text` or `integer`; not sent for references. */
  readonly dataType: string | undefined
  readonly version: number
  readonly modifiedAt: number | undefined
  readonly value: string | undefined
  /** The version of the secret that a reference points to. */
  readonly secretVersionId: string | undefined
}

/** The three calls that read Parameter Store. They fail with {@link AwsCallError}. */
export class ParameterStore {
  readonly #opening: Promise<SsmCalls>
  readonly #caller: AwsCaller
  readonly #usage: Usage

  constructor(opening: Promise<SsmCalls>, caller: AwsCaller, usage: Usage) {
    this.#opening = opening
    this.#caller = caller
    this.#usage = usage
  }

  async getParametersByPath(input: GetParametersByPathCommandInput, signal: AbortSignal): Promise<Page> {
    const action = 'ssm:GetParametersByPath'
    const calls = await this.#opening
    const send = (abortSignal: AbortSignal) => calls.getParametersByPath(input, { abortSignal })
    const page = await this.#caller.call(action, input, send, signal)
    return {
      parameters: this.#record(answersIn(page.Parameters, action), input.WithDecryption),
      // A page may be empty and not be the last: only a missing token ends the walk.
      nextToken: page.NextToken || undefined,
    }
  }

  /** At most ten names. */
  async getParameters(
    names: readonly string[],
    { isDecrypting, signal }: { readonly isDecrypting: boolean; readonly signal: AbortSignal },
  ): Promise<Answers> {
    const action = 'ssm:GetParameters'
    const input = { Names: [...names], WithDecryption: isDecrypting }
    const calls = await this.#opening
    const send = (abortSignal: AbortSignal) => calls.getParameters(input, { abortSignal })
    const { Parameters, InvalidParameters } = await this.#caller.call(action, input, send, signal)
    // Some endpoints leave out an empty list.
    const answers = Parameters === undefined && InvalidParameters !== undefined ? [] : Parameters
    return {
      parameters: this.#record(answersIn(answers, action), isDecrypting, names.some(isArn)),
      invalid: new Set(InvalidParameters?.map(fullName)),
    }
  }

  /** With decryption. */
  async getParameter(name: string, signal: AbortSignal): Promise<AnsweredParameter> {
    const action = 'ssm:GetParameter'
    const input = { Name: name, WithDecryption: true }
    const calls = await this.#opening
    const send = (abortSignal: AbortSignal) => calls.getParameter(input, { abortSignal })
    const { Parameter } = await this.#caller.call(action, input, send, signal)
    const answer = answerIn(Parameter, action)
    this.#record([answer], true, isArn(name))
    return answer
  }

  #record(answers: AnsweredParameter[], isDecrypting: boolean | undefined, isByArn = false): AnsweredParameter[] {
    // An ARN may name a parameter of another account.
    if (this.#usage.place === undefined && !isByArn) this.#usage.answered(answers[0]?.arn)
    if (isDecrypting === true) this.#usage.decrypted(answers.filter(({ type }) => type === 'SecureString').length)
    return answers
  }
}

/** The parameter in an answer, or the reason why it cannot be used. */
export function toOutcome(answer: AnsweredParameter, action: string): Outcome<StoredParameter> {
  const { name, type, dataType, version, value, modifiedAt } = answer
  if (value === undefined) return { kind: 'failed', failure: malformed(action, 'Value') }
  const found = {
    name,
    type,
    version,
    value,
    ...(dataType !== undefined && { dataType }),
    ...(modifiedAt !== undefined && { modifiedAt }),
  }
  return { kind: 'found', found }
}

function answersIn(parameters: readonly Parameter[] | undefined, action: string): AnsweredParameter[] {
  if (!Array.isArray(parameters)) throw new AwsCallError(malformed(action, 'Parameters'), malformedAnswer)
  return parameters.map((parameter) => answerIn(parameter, action))
}

/** @throws AwsCallError when a required part is missing: the parameter would silently vanish. */
function answerIn(parameter: Parameter | undefined, action: string): AnsweredParameter {
  const { Name, Selector = '', ARN, Type, DataType, Version, Value, LastModifiedDate, SourceResult } = parameter ?? {}
  if (Name === undefined) throw new AwsCallError(malformed(action, 'Name'), malformedAnswer)
  if (Type === undefined) throw new AwsCallError(malformed(action, `Type of ${fullName(Name)}`), malformedAnswer)
  if (Version === undefined) throw new AwsCallError(malformed(action, `Version of ${fullName(Name)}`), malformedAnswer)
  return {
    name: fullName(Name),
    selector: Selector === '' || Selector.startsWith(':') ? Selector : `:${Selector}`,
    arn: ARN,
    type: Type,
    dataType: typeof DataType === 'string' && DataType !== '' ? DataType : undefined,
    version: Version,
    modifiedAt: LastModifiedDate?.getTime(),
    value: Value,
    secretVersionId: SourceResult === undefined ? undefined : versionIdIn(SourceResult),
  }
}

// AWS spells the keys differently from its documentation.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
function versionIdIn(sourceResult: string): string | undefined {
  try {
    const entries: [string, unknown][] = Object.entries(JSON.parse(sourceResult))
    const [, versionId] = entries.find(([key]) => key.toLowerCase() === 'versionid') ?? []
    return typeof versionId === 'string' && versionId !== '' ? versionId : undefined
  } catch {
    return undefined
  }
}
