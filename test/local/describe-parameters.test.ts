import {
  DescribeParametersCommand,
  type DescribeParametersCommandInput,
  GetParametersByPathCommand,
  type ParameterStringFilter,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { localAws } from '../support/aws.ts'

async function filled(): Promise<SSMClient> {
  const aws = await localAws({
    seed: {
      parameters: {
        '/app/db/host': { value: 'x', tags: { team: 'shop', stage: 'prod' } },
        '/app/db/key': { value: 'x', type: 'SecureString' },
        '/app/hosts': { value: 'a,b', type: 'StringList', dataType: 'hostname' },
        '/app/port': { value: '80', dataType: 'integer', tier: 'Advanced', tags: { team: 'data' } },
        port: '81',
      },
    },
  })
  const made = new SSMClient({ ...aws.clientOptions, maxAttempts: 1 })
  onTestFinished(() => made.destroy())
  return made
}

const [host, key, hosts, port] = ['/app/db/host', '/app/db/key', '/app/hosts', '/app/port']
const filter = (Key: string, Option: string | undefined, ...Values: string[]): ParameterStringFilter => ({
  Key,
  ...(Option !== undefined && { Option }),
  ...(Values.length > 0 && { Values }),
})

describe('DescribeParameters', () => {
  it.each<[ParameterStringFilter[], string[]]>([
    [[], [host, key, hosts, port, 'port']],
    [[filter('Name', 'Equals', port)], [port]],
    [[filter('Name', undefined, '/port')], ['port']],
    [[filter('Name', 'BeginsWith', '/app/db')], [host, key]],
    [[filter('Name', 'Contains', 'port')], [port, 'port']],
    [[filter('Path', undefined, '/app')], [hosts, port]],
    [[filter('Path', 'OneLevel', '/app/')], [hosts, port]],
    [[filter('Path', 'Recursive', '/app')], [host, key, hosts, port]],
    [[filter('Path', 'OneLevel', '/')], ['port']],
    [[filter('Type', 'Equals', 'SecureString', 'StringList')], [key, hosts]],
    [[filter('Type', 'BeginsWith', 'String')], [host, hosts, port, 'port']],
    [[filter('Tier', 'Equals', 'Advanced')], [port]],
    [[filter('KeyId', 'BeginsWith', 'alias/aws')], [key]],
    [[filter('DataType', 'Equals', 'integer', 'hostname')], [hosts, port]],
    [[filter('tag:team', 'Equals', 'shop', 'data')], [host, port]],
    [[filter('tag:team', 'BeginsWith', 'sh')], [host]],
    [[filter('tag:stage', undefined)], [host]],
    [[filter('tag:Team', undefined)], []],
    [
      [filter('Path', 'Recursive', '/app'), filter('Type', 'Equals', 'String')],
      [host, port],
    ],
  ])('lists what passes %j', async (ParameterFilters, names) => {
    const ssm = await filled()
    const { Parameters } = await ssm.send(new DescribeParametersCommand({ ParameterFilters, MaxResults: 50 }))
    expect(Parameters?.map(({ Name }) => Name)).toEqual(names)
  })

  it.each<[NonNullable<DescribeParametersCommandInput['Filters']>, string[]]>([
    [[{ Key: 'Name', Values: ['/app/db', 'port'] }], [host, key, 'port']],
    [[{ Key: 'Type', Values: ['StringList'] }], [hosts]],
    [[{ Key: 'KeyId', Values: ['alias/aws/ssm'] }], [key]],
  ])('lists the parameters that pass the older form %j', async (Filters, names) => {
    const ssm = await filled()
    const { Parameters } = await ssm.send(new DescribeParametersCommand({ Filters }))
    expect(Parameters?.map(({ Name }) => Name)).toEqual(names)
  })
})

describe('GetParametersByPath', () => {
  it.each<[ParameterStringFilter, string[]]>([
    [filter('Type', undefined, 'SecureString'), [key]],
    [filter('Type', 'BeginsWith', 'String'), [host, hosts, port]],
    [filter('KeyId', 'Equals', 'alias/aws/ssm'), [key]],
    [filter('Label', 'Equals', 'live'), []],
  ])('lists what passes %j', async (one, names) => {
    const ssm = await filled()
    const input = { Path: '/app', Recursive: true, ParameterFilters: [one] }
    const { Parameters } = await ssm.send(new GetParametersByPathCommand(input))
    expect(Parameters?.map(({ Name }) => Name)).toEqual(names)
  })

  it.each<[ParameterStringFilter, string]>([
    [filter('Label', 'BeginsWith', 'l'), 'InvalidFilterOption'],
    [filter('Name', 'Equals', '/app/a'), 'InvalidFilterKey'],
    [filter('tag:team', 'Equals', 'shop'), 'InvalidFilterKey'],
    [filter('DataType', 'Equals', 'text'), 'InvalidFilterKey'],
    [filter('Type', 'Contains', 'String'), 'InvalidFilterOption'],
    [filter('Type', 'Equals'), 'InvalidFilterValue'],
  ])('refuses %j: %s', async (one, name) => {
    const ssm = await filled()
    const call = ssm.send(new GetParametersByPathCommand({ Path: '/app', ParameterFilters: [one] }))
    await expect(call).rejects.toMatchObject({ name })
  })
})
