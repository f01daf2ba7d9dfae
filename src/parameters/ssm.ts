import {
  GetParameterCommand,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  GetParametersCommand,
  type Parameter,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import type { ParameterType, StoredParameter } from '../ports.ts'
import { fullName } from '../schema/parameter-name.ts'
import type { AwsCaller } from './aws-caller.ts'
import type { Usage } from './usage.ts'

/** The three ways in which Parameter Store is read. */
export interface Ssm {
  getParametersByPath(input: GetParametersByPathCommandInput, signal: AbortSignal): Promise<Page>
  /** At most ten names. */
  getParameters(names: readonly string[], options: { isDecrypting: boolean; signal: AbortSignal }): Promise<Answers>
  /** With decryption. */
  getParameter(name: string, signal: AbortSignal): Promise<AnsweredParameter | undefined>
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
  readonly version: number
  readonly modifiedAt: number | undefined
  readonly value: string | undefined
  /** Of the secret that a reference points to. */
  readonly secretVersionId: string | undefined
}

export function makeSsm(client: SSMClient, caller: AwsCaller, usage: Usage): Ssm {
  const opened = (answers: AnsweredParameter[], isDecrypting: boolean | undefined) => {
    if (isDecrypting === true) usage.decrypted(answers.filter(({ type }) => type === 'SecureString').length)
    return answers
  }
  return {
    getParametersByPath(input, signal) {
      const send = async (abortSignal: AbortSignal): Promise<Page> => {
        const page = await client.send(new GetParametersByPathCommand(input), { abortSignal })
        usage.noteAccount(page.Parameters?.[0]?.ARN)
        // A page may be empty and not be the last: only a missing token ends the walk.
        return {
          parameters: opened(answersOf(page.Parameters), input.WithDecryption),
          nextToken: page.NextToken || undefined,
        }
      }
      return caller.call('ssm:GetParametersByPath', input, send, signal)
    },
    getParameters(names, { isDecrypting, signal }) {
      const input = { Names: [...names], WithDecryption: isDecrypting }
      const send = async (abortSignal: AbortSignal): Promise<Answers> => {
        const { Parameters, InvalidParameters } = await client.send(new GetParametersCommand(input), { abortSignal })
        // An ARN may be of another account.
        if (!names.some((name) => name.startsWith('arn:'))) usage.noteAccount(Parameters?.[0]?.ARN)
        return {
          parameters: opened(answersOf(Parameters), isDecrypting),
          invalid: new Set(InvalidParameters?.map(fullName)),
        }
      }
      return caller.call('ssm:GetParameters', input, send, signal)
    },
    getParameter(name, signal) {
      const input = { Name: name, WithDecryption: true }
      const send = async (abortSignal: AbortSignal): Promise<AnsweredParameter | undefined> => {
        const { Parameter } = await client.send(new GetParameterCommand(input), { abortSignal })
        return opened(answersOf(Parameter === undefined ? [] : [Parameter]), true)[0]
      }
      return caller.call('ssm:GetParameter', input, send, signal)
    },
  }
}

/** `undefined` when the answer holds no value. */
export function toStored({ name, type, version, value, modifiedAt }: AnsweredParameter): StoredParameter | undefined {
  if (value === undefined) return undefined
  return modifiedAt === undefined ? { name, type, version, value } : { name, type, version, value, modifiedAt }
}

function answersOf(parameters: readonly Parameter[] = []): AnsweredParameter[] {
  return parameters.flatMap(({ Name, Selector = '', ARN, Type, Version, Value, LastModifiedDate, SourceResult }) => {
    if (Name === undefined || Type === undefined) return []
    return {
      name: fullName(Name),
      selector: Selector === '' || Selector.startsWith(':') ? Selector : `:${Selector}`,
      arn: ARN,
      type: Type,
      version: Version ?? 0,
      modifiedAt: LastModifiedDate?.getTime(),
      value: Value,
      secretVersionId: SourceResult === undefined ? undefined : versionIdIn(SourceResult),
    }
  })
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
