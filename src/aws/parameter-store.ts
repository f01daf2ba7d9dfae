import {
  GetParameterCommand,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  GetParametersCommand,
  type Parameter,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import type { Outcome, ParameterType, StoredParameter } from '../ports.ts'
import { fullName } from '../schema/parameter-name.ts'
import { AwsCallError, malformed, malformedAnswer } from './aws-messages.ts'
import type { AwsCaller } from './call.ts'
import type { Usage } from './usage.ts'

/** The three ways in which Parameter Store is read. */
export interface Ssm {
  getParametersByPath(input: GetParametersByPathCommandInput, signal: AbortSignal): Promise<Page>
  /** At most ten names. */
  getParameters(names: readonly string[], options: { isDecrypting: boolean; signal: AbortSignal }): Promise<Answers>
  /** With decryption. */
  getParameter(name: string, signal: AbortSignal): Promise<AnsweredParameter>
}

export interface Page {
  readonly parameters: readonly AnsweredParameter[]
  readonly nextToken: string | undefined
}

export interface Answers {
  readonly parameters: readonly AnsweredParameter[]
  /** Full names that AWS calls invalid. */
  readonly invalid: ReadonlySet<string>
}

/** What AWS answered, without `SourceResult`: that repeats the plaintext of a secret. */
export interface AnsweredParameter {
  readonly name: string
  /** A colon and the version or label that was asked for, or nothing. */
  readonly selector: string
  readonly arn: string | undefined
  readonly type: ParameterType
  /** Such as `text` or `integer`; not sent for references. */
  readonly dataType: string | undefined
  readonly version: number
  readonly modifiedAt: number | undefined
  readonly value: string | undefined
  /** Of the secret that a reference points to. */
  readonly secretVersionId: string | undefined
}

export function makeSsm(client: SSMClient, caller: AwsCaller, usage: Usage): Ssm {
  const opened = (answers: AnsweredParameter[], isDecrypting: boolean | undefined, isByArn = false) => {
    // A name that is an ARN may be of another account.
    if (usage.place === undefined && !isByArn) usage.answered(answers[0]?.arn)
    if (isDecrypting === true) usage.decrypted(answers.filter(({ type }) => type === 'SecureString').length)
    return answers
  }
  return {
    async getParametersByPath(input, signal) {
      const action = 'ssm:GetParametersByPath'
      const send = (abortSignal: AbortSignal) => client.send(new GetParametersByPathCommand(input), { abortSignal })
      const page = await caller.call(action, input, send, signal)
      return {
        parameters: opened(answersIn(page.Parameters, action), input.WithDecryption),
        // A page may be empty and not be the last: only a missing token ends the walk.
        nextToken: page.NextToken || undefined,
      }
    },
    async getParameters(names, { isDecrypting, signal }) {
      const action = 'ssm:GetParameters'
      const input = { Names: [...names], WithDecryption: isDecrypting }
      const send = (abortSignal: AbortSignal) => client.send(new GetParametersCommand(input), { abortSignal })
      const { Parameters, InvalidParameters } = await caller.call(action, input, send, signal)
      // Some endpoints leave out an empty list.
      const answers = Parameters === undefined && InvalidParameters !== undefined ? [] : Parameters
      return {
        parameters: opened(answersIn(answers, action), isDecrypting, names.some(isArn)),
        invalid: new Set(InvalidParameters?.map(fullName)),
      }
    },
    async getParameter(name, signal) {
      const action = 'ssm:GetParameter'
      const input = { Name: name, WithDecryption: true }
      const send = (abortSignal: AbortSignal) => client.send(new GetParameterCommand(input), { abortSignal })
      const { Parameter } = await caller.call(action, input, send, signal)
      const answer = answerIn(Parameter, action)
      opened([answer], true, isArn(name))
      return answer
    },
  }
}

/** The parameter that was answered, or why that cannot be used. */
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

function isArn(name: string): boolean {
  return name.startsWith('arn:')
}

function answersIn(parameters: readonly Parameter[] | undefined, action: string): AnsweredParameter[] {
  if (!Array.isArray(parameters)) throw new AwsCallError(malformed(action, 'Parameters'), malformedAnswer)
  return parameters.map((parameter) => answerIn(parameter, action))
}

/** @throws CallFailed when it lacks what tells it from others, so that it would vanish without a word. */
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

// AWS spells the keys otherwise than it documents them.
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
