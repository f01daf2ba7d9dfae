import {
  GetParameterCommand,
  type GetParameterCommandOutput,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  type GetParametersByPathCommandOutput,
  GetParametersCommand,
  type GetParametersCommandOutput,
  type Parameter,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import type { StoredParameter } from '../ports.ts'
import type { AwsCaller } from './aws-caller.ts'

/** The three ways in which Parameter Store is read. */
export interface Ssm {
  getParametersByPath(
    input: GetParametersByPathCommandInput,
    signal: AbortSignal,
  ): Promise<GetParametersByPathCommandOutput>
  /** With decryption; at most ten names. */
  getParameters(names: readonly string[], signal: AbortSignal): Promise<GetParametersCommandOutput>
  /** With decryption. */
  getParameter(name: string, signal: AbortSignal): Promise<GetParameterCommandOutput>
}

export function makeSsm(client: SSMClient, caller: AwsCaller): Ssm {
  return {
    getParametersByPath: (input, signal) =>
      caller.call(
        'ssm:GetParametersByPath',
        input,
        (abortSignal) => client.send(new GetParametersByPathCommand(input), { abortSignal }),
        signal,
      ),
    getParameters: (names, signal) => {
      const input = { Names: [...names], WithDecryption: true }
      const send = (abortSignal: AbortSignal) => client.send(new GetParametersCommand(input), { abortSignal })
      return caller.call('ssm:GetParameters', input, send, signal)
    },
    getParameter: (name, signal) => {
      const input = { Name: name, WithDecryption: true }
      const send = (abortSignal: AbortSignal) => client.send(new GetParameterCommand(input), { abortSignal })
      return caller.call('ssm:GetParameter', input, send, signal)
    },
  }
}

/** A parameter as AWS sent it; `undefined` when it lacks what every parameter has. */
export function toStored({ Name, Type, Version, Value, LastModifiedDate }: Parameter): StoredParameter | undefined {
  if (Name === undefined || Type === undefined || Value === undefined) return undefined
  const modifiedAt = LastModifiedDate?.getTime()
  return {
    // A root-level parameter comes back as it was asked for, with or without its slash.
    name: Name.startsWith('/') ? Name : `/${Name}`,
    type: Type,
    version: Version ?? 0,
    value: Value,
    ...(modifiedAt !== undefined && { modifiedAt }),
  }
}
