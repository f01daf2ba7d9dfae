/**
 * The data types of Parameter Store.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-data-types.html
 */
export const dataTypes: readonly string[] = [
  'text',
  'boolean',
  'integer',
  'float',
  'binary',
  'json',
  'jsonc',
  'hostname',
  'email',
  'ipv4-address',
  'ipv6-address',
  'url',
  'aws:region',
  'aws:account:id',
  'aws:ec2:image',
  'aws:ssm:integration',
]
