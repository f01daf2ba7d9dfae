import { expect, it } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import { localAws, put } from '../support/aws.ts'
import { describeWithAwsCli, describeWithBoto3 } from '../support/python.ts'
import { isWholeSuite } from '../support/suite.ts'

describeWithAwsCli((run) => {
  const cli = async (aws: LocalAws, ...args: readonly string[]): Promise<unknown> => {
    const { code, output, errors } = await run([...args, '--output', 'json'], aws.environment)
    if (code !== 0) throw new Error(errors.trim())
    return output === '' ? undefined : JSON.parse(output)
  }

  it.runIf(isWholeSuite)('stores, labels, tags, lists and deletes parameters', async () => {
    const aws = await localAws()
    const stored = { '/app/key': 'SecureString', '/app/hosts': 'StringList', '/app/port': 'String' }
    const stores = Object.entries(stored).map(([name, type]) =>
      cli(
        aws,
        'ssm',
        'put-parameter',
        '--name',
        name,
        '--value',
        '1,2',
        '--type',
        type,
        '--tags',
        'Key=team,Value=shop',
      ),
    )
    expect(await Promise.all(stores)).toEqual(stores.map(() => ({ Version: 1, Tier: 'Standard' })))

    const [byPath, described, tags] = await Promise.all([
      cli(aws, 'ssm', 'get-parameters-by-path', '--path', '/app', '--recursive', '--with-decryption'),
      cli(aws, 'ssm', 'describe-parameters', '--parameter-filters', 'Key=Name,Option=Contains,Values=port'),
      cli(aws, 'ssm', 'list-tags-for-resource', '--resource-type', 'Parameter', '--resource-id', '/app/port'),
    ])
    expect(byPath).toMatchObject({
      Parameters: ['/app/hosts', '/app/key', '/app/port'].map((Name) => ({ Name, Value: '1,2' })),
    })
    expect(described).toMatchObject({ Parameters: [{ Name: '/app/port' }] })
    expect(tags).toEqual({ TagList: [{ Key: 'team', Value: 'shop' }] })

    await cli(aws, 'ssm', 'label-parameter-version', '--name', '/app/port', '--labels', 'live')
    const labelled = await cli(aws, 'ssm', 'get-parameter', '--name', '/app/port:live')
    expect(labelled).toMatchObject({ Parameter: { Name: '/app/port', Selector: ':live' } })
    const deleted = await cli(aws, 'ssm', 'delete-parameters', '--names', '/app/port', '/app/none')
    expect(deleted).toEqual({ DeletedParameters: ['/app/port'], InvalidParameters: ['/app/none'] })
  })

  it.runIf(isWholeSuite)('creates, changes, lists and deletes secrets', async () => {
    const aws = await localAws()
    await cli(aws, 'secretsmanager', 'create-secret', '--name', 'db', '--secret-string', 'one', '--description', 'shop')
    await cli(aws, 'secretsmanager', 'put-secret-value', '--secret-id', 'db', '--secret-string', 'two')
    const [previous, listed, versions, reference, password] = await Promise.all([
      cli(aws, 'secretsmanager', 'get-secret-value', '--secret-id', 'db', '--version-stage', 'AWSPREVIOUS'),
      cli(aws, 'secretsmanager', 'list-secrets', '--filters', 'Key=description,Values=shop'),
      cli(aws, 'secretsmanager', 'list-secret-version-ids', '--secret-id', 'db'),
      cli(aws, 'ssm', 'get-parameter', '--name', '/aws/reference/secretsmanager/db', '--with-decryption'),
      cli(aws, 'secretsmanager', 'get-random-password', '--password-length', '20'),
    ])
    expect(previous).toMatchObject({ Name: 'db', SecretString: 'one', VersionStages: ['AWSPREVIOUS'] })
    expect(listed).toMatchObject({ SecretList: [{ Name: 'db', Description: 'shop' }] })
    expect(versions).toMatchObject({ Name: 'db', Versions: [{}, {}] })
    expect(reference).toMatchObject({ Parameter: { Value: 'two', Version: 0 } })
    expect(password).toEqual({ RandomPassword: expect.stringMatching(/^.{20}$/) })
    const deleted = cli(aws, 'secretsmanager', 'delete-secret', '--secret-id', 'db', '--recovery-window-in-days', '3')
    await expect(deleted).rejects.toThrow('RecoveryWindowInDays value must be between 7 and 30 days')
  })

  it('prints the caller identity, and the reason of an error', async () => {
    const aws = await localAws({ accountId: '210987654321' })
    const refusals = [
      [['ssm', 'get-parameter', '--name', '/none'], '(ParameterNotFound) when calling the GetParameter operation'],
      [['ssm', 'list-documents'], 'The local AWS does not implement the operation ListDocuments of ssm'],
      [
        ['secretsmanager', 'cancel-rotate-secret', '--secret-id', 'a'],
        'the operation CancelRotateSecret of secretsmanager',
      ],
      [['sts', 'get-session-token'], 'The local AWS does not implement the operation GetSessionToken of sts'],
    ] as const
    const [identity] = await Promise.all([
      cli(aws, 'sts', 'get-caller-identity'),
      ...refusals.map(([args, text]) => expect(cli(aws, ...args)).rejects.toThrow(text)),
    ])
    expect(identity).toEqual({
      UserId: 'AROALOCAL:session',
      Account: '210987654321',
      Arn: 'arn:aws:sts::210987654321:assumed-role/local/session',
    })
  })
})

const program = `
import json, boto3
ssm, secrets = boto3.client('ssm'), boto3.client('secretsmanager')
secrets.create_secret(Name='blob', SecretBinary=b'\\x00\\xff', Tags=[{'Key': 'a', 'Value': 'b'}])
pages = ssm.get_paginator('get_parameters_by_path').paginate(Path='/app', Recursive=True, PaginationConfig={'PageSize': 2})
described = ssm.get_paginator('describe_parameters').paginate(Filters=[{'Key': 'Name', 'Values': ['/app/k1']}])
try:
    ssm.get_parameter(Name='/app/k0:9')
except ssm.exceptions.ParameterVersionNotFound as error:
    refusal = error.response['Error']
print(json.dumps({
    'names': [parameter['Name'] for page in pages for parameter in page['Parameters']],
    'described': [parameter['Name'] for page in described for parameter in page['Parameters']],
    'bytes': list(secrets.get_secret_value(SecretId='blob')['SecretBinary']),
    'tags': secrets.describe_secret(SecretId='blob')['Tags'],
    'secrets': [secret['Name'] for page in secrets.get_paginator('list_secrets').paginate() for secret in page['SecretList']],
    'refusal': refusal,
    'account': boto3.client('sts').get_caller_identity()['Account'],
}))
`

describeWithBoto3((run) => {
  it('reads parameters and secrets page by page', async () => {
    const aws = await localAws()
    const names = Array.from({ length: 5 }, (_, index) => `/app/k${index}`)
    put(aws, Object.fromEntries(names.map((name) => [name, 'x'])))
    const result = await run(['-c', program], aws.environment)

    expect(result.errors).toBe('')
    expect(JSON.parse(result.output)).toEqual({
      names,
      described: ['/app/k1'],
      bytes: [0, 255],
      tags: [{ Key: 'a', Value: 'b' }],
      secrets: ['blob'],
      refusal: {
        Code: 'ParameterVersionNotFound',
        Message: 'Systems Manager could not find version 9 of /app/k0. Verify the version and try again.',
      },
      account: '123456789012',
    })
  })
})
