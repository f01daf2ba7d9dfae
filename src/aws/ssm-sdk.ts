// By name, so that a bundler leaves out the other commands of the client: they would be three fifths of it.
export {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'
