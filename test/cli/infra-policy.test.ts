import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from 'redis'
import { beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { shop as demo } from '../../examples/demo/definition.ts'
import { definition as server } from '../../examples/express-server/config.ts'
import { definition as fleet } from '../../examples/fleet/config.ts'
import { definition as lambda } from '../../examples/lambda/definition.ts'
import { definition as worker } from '../../examples/worker/config.ts'
import { encryptedBackup, fileStore } from '../../src/backup/index.ts'
import { type WrittenPolicy, writePolicy } from '../../src/cli/infra/policy.ts'
import { policyJson } from '../../src/cli/infra/print-json.ts'
import { purposeNames, purposesOf } from '../../src/cli/infra/purposes.ts'
import { documentOf, type Statement } from '../../src/cli/infra/statements.ts'
import { type ConfigOptions, parameter, secret, sensitive } from '../../src/index.ts'
import { redisCache } from '../../src/redis/index.ts'
import { snsNotifications, sqsNotifications } from '../../src/sqs/index.ts'
import { memorySource } from '../../src/testing/index.ts'
import { localAws } from '../support/aws.ts'
import { bootstrap } from '../support/bootstrap-definition.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject } from '../support/cli.ts'
import { call, context, encryptionAt } from '../support/encryption.ts'
import { root } from '../support/entry-points.ts'

// The names that CloudFormation gives the account and region.
const [account, region, partition] = [`\${AWS::AccountId}`, `\${AWS::Region}`, `\${AWS::Partition}`]

type Definition = Omit<ConfigOptions, 'validate' | 'prepare'>

interface Given {
  readonly for?: readonly string[]
  readonly keys?: readonly string[]
  readonly secrets?: readonly string[]
  readonly describes?: boolean
}

function policyOf(options: Definition, { for: names = ['run'], keys = [], ...given }: Given = {}): WrittenPolicy {
  return writePolicy({ options, purposes: purposesOf(names), ...given }, {}, keys)
}

/** The resources of each statement, without what is the same in every ARN. */
function resourcesOf({ statements }: WrittenPolicy): Record<string, readonly string[]> {
  const shortened = ({ Sid = '', Resource = [] }: Statement) => {
    const resources = [Resource].flat().map((arn) => arn.replace(/.*AccountId}:/, '').replace(/^parameter/, ''))
    return [Sid, resources] as const
  }
  return Object.fromEntries(statements.map(shortened))
}

const schema = z.object({ a: z.string(), b: z.object({ c: z.number() }) })

describe('the policy of an example', () => {
  beforeAll(assertBuilt)

  const written = (folder: string) => readFileSync(join(root, 'examples', folder, 'policy.json'), 'utf8').trimEnd()

  it('is the file in examples/lambda', () => {
    expect(policyJson(policyOf(lambda).statements)).toBe(written('lambda'))
  })

  it('is the file in examples/express-server', () => {
    expect(policyJson(policyOf(server).statements)).toBe(written('express-server').replaceAll('prod', 'dev'))
  })

  it('is the file in examples/worker', () => {
    expect(policyJson(policyOf(worker).statements)).toBe(written('worker'))
  })

  it('is the file in examples/demo, which names paths because it has many parameters', () => {
    const { statements, notes } = policyOf(demo, { secrets: ['dev/shop/payments'] })
    expect(policyJson(statements)).toBe(written('demo'))
    expect(notes).toEqual([expect.stringContaining('IAM allows 6144, so it names the paths')])
  })

  it('is the file in examples/bootstrap', async () => {
    const files = { 'package.json': '{ "type": "module" }' }
    const definition = join(root, 'examples/bootstrap/nest/shop-config.cts')
    const printed = await makeProject(files).run('infra', 'policy', definition, '--for', 'run', '--for', 'check')

    expect(printed.output.trimEnd()).toBe(written('bootstrap'))
    expect(policyJson(policyOf(bootstrap, { for: ['run', 'check'] }).statements)).toBe(written('bootstrap'))
  })

  it('is the file in examples/fleet, with what the shared cache of an instance needs', () => {
    const keyId = 'arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000'
    const sharedCache = redisCache({ client: createClient(), keyId })
    expect(policyJson(policyOf({ ...fleet, sharedCache }).statements)).toBe(written('fleet'))
  })

  it('is a file in every example whose definition the packages of this repository can read', () => {
    const folders = readdirSync(join(root, 'examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const without = folders.filter(({ name }) => !existsSync(join(root, 'examples', name, 'policy.json')))

    // The others have packages of their own, templates that the printed ones are compared with, or another source.
    expect(without.map(({ name }) => name).sort()).toEqual(['frameworks', 'infrastructure', 'own-source'])
  })
})

describe('a policy', () => {
  it('names each parameter of each layer, and no path', () => {
    expect(resourcesOf(policyOf({ schema, path: ['/shared', '/shop/prod'] }))).toEqual({
      ReadByName: ['/shared/a', '/shared/b/c', '/shop/prod/a', '/shop/prod/b/c'],
      DecryptParameters: ['key/*'],
    })
  })

  it('adds the listing of the paths for check, and the descriptions with --policies', () => {
    const options = { schema, path: ['/shared', '/shop/prod'] }
    expect(resourcesOf(policyOf(options, { for: ['check'], describes: true }))).toMatchObject({
      ReadByPath: ['/shared', '/shop/prod'],
      ReadPolicies: ['*'],
    })
  })

  it('covers everything below an open part, and only that', () => {
    const open = z.object({
      a: z.string(),
      flags: z.record(z.string(), z.boolean()),
      deep: z.record(z.string(), z.object({ on: z.boolean() })),
    })
    expect(resourcesOf(policyOf({ schema: open, path: '/app' }))).toEqual({
      ReadByPath: ['/app/deep', '/app/deep/*', '/app/flags'],
      ReadByName: ['/app/deep/*', '/app/flags/*', '/app/a'],
      DecryptParameters: ['key/*'],
    })
    expect(resourcesOf(policyOf({ schema: z.looseObject({ a: z.string() }), path: '/' }))).toMatchObject({
      ReadByPath: ['/'],
      ReadByName: ['/*'],
    })
  })

  it('lists paths and reads names with the strategy by-path', () => {
    expect(resourcesOf(policyOf({ schema, path: '/app', strategy: 'by-path' }))).toMatchObject({
      ReadByPath: ['/app', '/app/*'],
      ReadByName: ['/app/a', '/app/b/c'],
    })
  })

  it('names parameters by their ARN, without versions and labels, and public ones without an account', () => {
    const arn = 'arn:aws:ssm:eu-west-1:210987654321:parameter/theirs'
    const named = z.object({
      pinned: parameter('/other/x:3', z.string()),
      theirs: parameter(`${arn}:live`, z.string()),
      image: parameter('/aws/service/ami/latest', z.string()),
    })
    const { statements } = policyOf({ schema: named, sentinel: '/app/sentinel' })
    const own = (name: string) => `arn:${partition}:ssm:${region}:${account}:parameter${name}`
    const image = `arn:${partition}:ssm:${region}::parameter/aws/service/ami/latest`
    expect(statements).toMatchObject([
      { Sid: 'ReadByName', Resource: [own('/other/x'), arn, image, own('/app/sentinel')] },
      {
        Sid: 'DecryptParameters',
        Resource: [`arn:${partition}:kms:${region}:${account}:key/*`, 'arn:aws:kms:eu-west-1:210987654321:key/*'],
        Condition: {
          StringLike: {
            'kms:EncryptionContext:PARAMETER_ARN': [own('/other/x'), arn, own('/app/sentinel')],
          },
        },
      },
    ])
  })

  it('reads a secret by its reference, or from Secrets Manager itself', () => {
    const full = 'arn:aws:secretsmanager:eu-west-1:210987654321:secret:theirs-a1b2c3'
    const secrets = z.object({
      db: secret('prod/db', z.string()),
      previous: secret('prod/db:AWSPREVIOUS', z.string()),
      managed: secret('rds!db-1', z.string()),
      theirs: secret(full, z.string()),
    })
    const reference = '/aws/reference/secretsmanager/prod/db'
    const { statements } = policyOf({ schema: secrets })
    expect(resourcesOf({ statements, notes: [] })).toEqual({
      ReadByName: [reference, `${reference}:AWSPREVIOUS`],
      ReadAlone: [reference, `${reference}:AWSPREVIOUS`],
      ReadSecrets: ['secret:prod/db-??????', 'secret:rds!db-1-??????', full],
      DecryptSecrets: ['key/*', 'arn:aws:kms:eu-west-1:210987654321:key/*'],
    })
    expect(Object.keys(resourcesOf(policyOf({ schema: secrets, secretsVia: 'secrets-manager' })))).toEqual([
      'ReadSecrets',
      'DecryptSecrets',
    ])
  })

  it('adds the secrets that stored references name', () => {
    const options = { schema: z.object({ token: sensitive(z.string()) }), path: '/app' }
    expect(resourcesOf(policyOf(options, { secrets: ['prod/token', 'prod/shop/*'] }))).toMatchObject({
      ReadAlone: ['/aws/reference/secretsmanager/prod/token', '/aws/reference/secretsmanager/prod/shop/*'],
      ReadSecrets: ['secret:prod/token-??????', 'secret:prod/shop/*'],
    })
    expect(() => policyOf(options, { secrets: ['not a name'] })).toThrow(
      '--secret takes the name or the ARN of a secret',
    )
  })

  it('restricts the given keys by context and service', () => {
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd'
    const { statements } = policyOf({ schema: z.object({ a: z.string() }), path: '/app' }, { keys: [key] })
    expect(statements.at(-1)).toEqual({
      Sid: 'DecryptParameters',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: key,
      Condition: {
        StringLike: {
          'kms:ViaService': `ssm.${region}.*`,
          'kms:EncryptionContext:PARAMETER_ARN': `arn:${partition}:ssm:${region}:${account}:parameter/app/a`,
        },
      },
    })
  })

  it('allows what the notifications of the definition do, for run only', () => {
    const topicArn = 'arn:aws:sns:eu-west-1:123456789012:changes'
    const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/changes'
    const notifications = [snsNotifications({ topicArn, queuePrefix: 'shop' }), sqsNotifications({ queueUrl })]
    const options = { schema, path: '/app', notifications }
    expect(resourcesOf(policyOf(options))).toMatchObject({
      OwnQueues: ['shop-changes-*'],
      FindQueues: ['*'],
      Subscribe: [topicArn],
      Listen: [`arn:${partition}:sqs:eu-west-1:123456789012:changes`],
    })
    expect(Object.keys(resourcesOf(policyOf(options, { for: ['check', 'exec'] })))).toEqual([
      'ReadByPath',
      'ReadByName',
      'DecryptParameters',
    ])
  })

  it('allows a shared cache to encrypt readings of its application, with every key', async () => {
    const aws = await localAws()
    const keyIds = [aws.keys.create().arn, aws.keys.create().arn]
    const sharedCache = redisCache({ client: createClient(), keyId: keyIds, app: 'shop' })
    const { statements } = policyOf({ schema, path: '/app', sharedCache })
    const used = statements.slice(-2)
    expect(used.map(({ Sid }) => Sid)).toEqual(['EncryptReadings', 'EncryptReadingsElsewhere'])
    expect(policyOf({ schema, path: '/app', sharedCache }, { for: ['check'] }).statements).toHaveLength(3)
    const seal = async (app: string) => {
      const encryption = encryptionAt(aws, { keyId: keyIds })
      const own = { ...context, app }
      await encryption.decrypt(await encryption.encrypt(Buffer.from('x'), own, call()), own, call())
    }
    const attached = await aws.policy.attach(documentOf(used))
    await seal('shop')
    expect(aws.policy.refused).toEqual([])
    await expect(seal('other')).rejects.toThrow('kms:GenerateDataKey')
    attached.remove()
    for (const one of used) {
      const alone = await aws.policy.attach(documentOf([one]))
      await expect(seal('shop')).rejects.toThrow('not authorized to perform: kms:')
      alone.remove()
    }
  })

  it('allows a backup to encrypt readings, once if it has the keys of the shared cache', () => {
    const keyId = 'arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000'
    const sharedCache = redisCache({ client: createClient(), keyId, app: 'shop' })
    const backupOf = (app: string) => encryptedBackup(fileStore({ path: join(root, 'backups') }), { keyId, app })
    const sids = (options: object) => policyOf({ schema, path: '/app', ...options }).statements.map(({ Sid }) => Sid)
    expect(policyOf({ schema, path: '/app', backup: backupOf('shop') }).statements.at(-1)).toEqual({
      Sid: 'EncryptReadings',
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Resource: keyId,
      Condition: { StringEquals: { 'kms:EncryptionContext:app': 'shop' } },
    })
    expect(sids({ sharedCache, backup: backupOf('shop') }).slice(2)).toEqual(['EncryptReadings'])
    expect(sids({ sharedCache, backup: backupOf('other') }).slice(2)).toEqual(['EncryptReadings', 'EncryptReadings2'])
  })

  it('names paths if it would exceed the limit of IAM, and says so', () => {
    const many = z.object(Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`key${index}`, z.string()])))
    const { statements, notes } = policyOf({ schema: many, path: '/shop/production' })
    expect(resourcesOf({ statements, notes })).toEqual({
      ReadByName: ['/shop/production/*'],
      DecryptParameters: ['key/*'],
    })
    expect(notes).toEqual([
      expect.stringMatching(
        /^with every name the policy would have \d{4,5} characters, and IAM allows 6144, so it names the paths instead of each parameter: it allows every parameter below them$/,
      ),
    ])
    const secrets = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`s${index}`, secret(`prod/s${index}`, z.string())]),
    )
    const both = policyOf({ schema: many.extend(secrets), path: '/shop/production' })
    expect(resourcesOf(both).ReadSecrets).toEqual(['secret:prod/*'])
    expect(both.notes).toEqual([expect.stringContaining('so it names paths and folders of secrets instead of each')])
    const spread = Object.fromEntries(
      Array.from({ length: 90 }, (_, index) => [`k${index}`, parameter(`/elsewhere/${index}/value`, z.string())]),
    )
    expect(policyOf({ schema: z.object(spread) }).notes.at(-1)).toMatch(
      /^it still has \d+ characters: split its statements into several policies$/,
    )
  })

  it('never allows ssm:GetParameterHistory', () => {
    for (const name of ['run', 'check', 'explain', 'diff', 'exec', 'watch']) {
      const { statements } = policyOf({ schema, path: '/app' }, { for: [name], describes: true })
      expect(statements.flatMap(({ Action }) => Action).filter((action) => /History|\*/.test(action))).toEqual([])
    }
    expect(purposeNames).toEqual(['run', 'check', 'explain', 'diff', 'exec', 'watch'])
  })

  it('is empty for a source of its own, except for its notifications', () => {
    const queueUrl = 'http://127.0.0.1:4566/000000000000/changes'
    const source = memorySource({})
    expect(policyOf({ schema, path: '/app', source }).statements).toEqual([])
    expect(
      resourcesOf(policyOf({ schema, path: '/app', source, notifications: sqsNotifications({ queueUrl }) })),
    ).toEqual({ Listen: ['changes'] })
  })
})

describe('liveparam infra policy', () => {
  beforeAll(assertBuilt)

  it('prints the policy with the account and region that are given, and reads no account', async () => {
    const project = makeProject({ 'config.ts': configModule('{ a: z.string(), key: sensitive(z.string()) }') })
    const { code, output, errors } = await project.run(
      'infra',
      'policy',
      '--account',
      '123456789012',
      '--region',
      'us-gov-west-1',
    )
    expect({ code, errors }).toEqual({
      code: 0,
      errors: 'note: key can hold references to secrets: name those secrets with --secret\n',
    })
    expect(JSON.parse(output).Statement[0]).toEqual({
      Sid: 'ReadByName',
      Effect: 'Allow',
      Action: 'ssm:GetParameters',
      Resource: [
        'arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/shop/prod/a',
        'arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/shop/prod/key',
      ],
    })
  })

  it('leaves placeholders where nothing is given, and applies --path', async () => {
    const project = makeProject({ 'config.ts': configModule('{ a: z.string() }') })
    const { output, errors } = await project.run('infra', 'policy', '--path', '/shop/staging')
    expect(errors).toBe('note: replace ACCOUNT and REGION, or give --account and --region\n')
    expect(output).toContain('"arn:aws:ssm:REGION:ACCOUNT:parameter/shop/staging/a"')
  })

  it.each([['explain'], ['diff', '/shop/prod', '/shop/staging'], ['exec', 'config.ts', '--', 'true']])(
    'is named by %s after a denial',
    async (...args) => {
      const aws = await localAws({ seed: { parameters: { '/shop/prod/a': 'x', '/shop/staging/a': 'x' } } })
      aws.policy.deny({ action: 'ssm:GetParameters', resource: '*' })
      const project = makeProject({ 'config.ts': configModule('{ a: z.string() }') }, aws)
      const { output, errors } = await project.run(...args)
      expect(output + errors).toContain('ssm:GetParameters')
      expect(errors).toContain(`liveparam infra policy config.ts --for ${args[0]}`)
    },
  )

  it.each([
    [['infra'], 'say what to print: policy or notifications'],
    [['infra', 'polcy'], 'there is no infra "polcy": policy or notifications'],
    [['infra', 'policy', '--account', '12'], '--account takes twelve digits, and not "12"'],
    [['infra', 'policy', '--region', 'mars'], '"mars" is no AWS region, such as eu-west-1'],
    [['infra', 'policy', '--key', 'alias/shop'], 'a policy cannot name an alias'],
    [['infra', 'policy', '--for', 'history'], 'no policy is printed for history'],
    [['infra', 'policy', '--for', 'chek'], 'did you mean check?'],
    [['infra', 'policy', '--format', 'yaml'], '--format takes json, cloudformation, terraform, cdk'],
  ])('refuses %j', async (args, message) => {
    const project = makeProject({ 'config.ts': configModule('{ a: z.string() }') })
    const { code, output, errors } = await project.run(...args)
    expect({ code, output }).toEqual({ code: 2, output: '' })
    expect(errors.replace(/\s+/g, ' ')).toContain(message)
  })
})
