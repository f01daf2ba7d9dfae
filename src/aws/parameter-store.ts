import type { GetParametersCommandOutput, Parameter } from '@aws-sdk/client-ssm'
import type { Outcome, StoredParameter } from '../ports.ts'
import { isArn } from '../schema/arn.ts'
import { fullName } from '../schema/names.ts'
import { AwsCallError, malformed, malformedAnswer } from './call-error.ts'
import type { Call } from './client.ts'
import type { Usage } from './usage.ts'

/** A parameter in an answer, without `SourceResult`, which repeats the plaintext of a secret. */
export interface AnsweredParameter extends Pick<StoredParameter, 'name' | 'type' | 'version'> {
  readonly value: string | undefined
  readonly dataType: string | undefined
  readonly modifiedAt: number | undefined
  /** A colon with the requested version or label, or nothing. */
  readonly selector: string
  readonly arn: string | undefined
  /** The version of the secret that a reference points to. */
  readonly secretVersionId: string | undefined
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/** Reads Parameter Store. All calls fail with {@link AwsCallError}. */
export class ParameterStore {
  readonly call: Call
  readonly #usage: Usage

  constructor(call: Call, usage: Usage) {
    this.call = call
    this.#usage = usage
  }

  /** Reads at most ten names. `invalid` are the full names that AWS reported as invalid. */
  async getParameters(
    names: readonly string[],
    { isDecrypting, signal }: { readonly isDecrypting: boolean; readonly signal: AbortSignal },
  ): Promise<{ readonly parameters: readonly AnsweredParameter[]; readonly invalid: ReadonlySet<string> }> {
    const input = { Names: [...names], WithDecryption: isDecrypting }
    const answer = await this.call<GetParametersCommandOutput>('GetParameters', input, signal)
    const { Parameters, InvalidParameters } = answer
    // Some endpoints leave out an empty list.
    const answers = Parameters === undefined && InvalidParameters !== undefined ? [] : Parameters
    return {
      parameters: this.accept(answers, 'ssm:GetParameters', { isDecrypting, isByArn: names.some(isArn) }),
      invalid: new Set(InvalidParameters?.map(fullName)),
    }
  }

  /** The parameters of an answer. @throws AwsCallError when a required part is missing: a parameter would silently vanish. */
  accept(
    parameters: readonly (Parameter | undefined)[] | undefined,
    action: string,
    { isDecrypting, isByArn = false }: { readonly isDecrypting: boolean; readonly isByArn?: boolean },
  ): AnsweredParameter[] {
    if (!Array.isArray(parameters)) throw new AwsCallError(malformed(action, 'Parameters'), malformedAnswer)
    const answers = parameters.map((parameter) => answerIn(parameter, action))
    // An ARN may name a parameter of another account.
    if (!isByArn) this.#usage.answered(answers[0]?.arn)
    if (isDecrypting) this.#usage.decrypted(answers.filter(({ type }) => type === 'SecureString').length)
    return answers
  }
}

/** The parameter in an answer, or the reason why it cannot be used. `known` is the string of its name in the plan. */
export function toOutcome(answer: AnsweredParameter, action: string, known?: string): Outcome<StoredParameter> {
  const { name, type, version, value, dataType, modifiedAt } = answer
  if (value === undefined) return { kind: 'failed', failure: malformed(action, 'Value') }
  // Not by spread or rest: for 1,000 parameters, they take as long as a call.
  const found: Writable<StoredParameter> = { name: name === known ? known : name, type, version, value }
  if (dataType !== undefined) found.dataType = dataType
  if (modifiedAt !== undefined) found.modifiedAt = modifiedAt
  return { kind: 'found', found }
}

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
    version: Version,
    value: Value,
    dataType: typeof DataType === 'string' && DataType !== '' ? DataType : undefined,
    modifiedAt: LastModifiedDate?.getTime(),
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
