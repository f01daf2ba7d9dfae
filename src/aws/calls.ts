import type {
  DescribeParametersCommandInput,
  DescribeParametersCommandOutput,
  GetParameterCommandInput,
  GetParameterCommandOutput,
  GetParametersByPathCommandInput,
  GetParametersByPathCommandOutput,
  GetParametersCommandInput,
  GetParametersCommandOutput,
  SSMClient,
} from '@aws-sdk/client-ssm'
import type { LightService } from './client.ts'

export interface CallOptions {
  readonly abortSignal: AbortSignal
}

/** The calls that read Parameter Store, each in one attempt or with the retries of the client. */
export interface SsmCalls {
  getParameters(input: GetParametersCommandInput, options: CallOptions): Promise<GetParametersCommandOutput>
  getParameter(input: GetParameterCommandInput, options: CallOptions): Promise<GetParameterCommandOutput>
  getParametersByPath(
    input: GetParametersByPathCommandInput,
    options: CallOptions,
  ): Promise<GetParametersByPathCommandOutput>
  describeParameters(
    input: DescribeParametersCommandInput,
    options: CallOptions,
  ): Promise<DescribeParametersCommandOutput>
}

/** The calls of an SDK client. */
export function sdkCalls(client: SSMClient, sdk: typeof import('./ssm-sdk.ts')): SsmCalls {
  return {
    getParameters: (input, options) => client.send(new sdk.GetParametersCommand(input), options),
    getParameter: (input, options) => client.send(new sdk.GetParameterCommand(input), options),
    getParametersByPath: (input, options) => client.send(new sdk.GetParametersByPathCommand(input), options),
    describeParameters: (input, options) => client.send(new sdk.DescribeParametersCommand(input), options),
  }
}

/** The calls of a client that needs no SDK. */
export function lightCalls(service: LightService): SsmCalls {
  return {
    getParameters: (input, options) => service.call('GetParameters', input, options),
    getParameter: (input, options) => service.call('GetParameter', input, options),
    getParametersByPath: (input, options) => service.call('GetParametersByPath', input, options),
    describeParameters: (input, options) => service.call('DescribeParameters', input, options),
  }
}
