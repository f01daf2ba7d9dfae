import { beforeAll, describe, expect, it } from 'vitest'
import { localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject } from '../support/cli.ts'
import { scriptedAws } from '../support/scripted-aws.ts'

beforeAll(assertBuilt)

const schema = `{
  host: z.string(),
  port: z.number().default(5432),
  token: z.string(),
  key: sensitive(z.string()),
  proxy: sensitive(z.string()),
  flag: z.boolean().optional(),
  limits: z.record(z.string(), z.number()),
}`

async function shops() {
  const aws = await localAws()
  aws.secrets.create({ name: 'one', value: 'hunter-proxy' })
  aws.secrets.create({ name: 'two', value: 'hunter-proxy' })
  const common = { key: ['SecureString', 'hunter-key'] as const, flag: 'true' }
  const stages = {
    '/shop/staging': { ...common, host: 'staging-host', port: '5432', token: ['SecureString', 'hunter-a'] as const },
    '/shop/prod': { ...common, host: 'prod-host', token: ['SecureString', 'hunter-b'] as const, 'limits/eu': '1' },
  }
  for (const [path, parameters] of Object.entries(stages)) {
    put(aws, Object.fromEntries(Object.entries(parameters).map(([name, stored]) => [`${path}/${name}`, stored])))
  }
  put(aws, {
    '/shop/staging/proxy': '/aws/reference/secretsmanager/one',
    '/shop/prod/proxy': '/aws/reference/secretsmanager/two',
  })
  return { aws, project: makeProject({ 'config.mjs': configModule(schema) }, aws) }
}

interface Difference {
  readonly key: string
  readonly result: string
  readonly a?: { readonly digest?: string }
  readonly b?: { readonly digest?: string }
}

function resultsIn(output: string): unknown {
  return Object.fromEntries(JSON.parse(output).keys.map(({ key, result }: Difference) => [key, result]))
}

describe('diff', () => {
  it('compares two paths by key', async () => {
    const { project } = await shops()
    const { code, output } = await project.run('diff', '/shop/staging', '/shop/prod', '--json')

    expect(code).toBe(1)
    expect(resultsIn(output)).toEqual({
      host: 'different',
      port: 'only in A',
      token: 'different',
      key: 'equal',
      // References to secrets with the same value.
      proxy: 'equal',
      flag: 'equal',
      'limits.eu': 'only in B',
    })
  })

  it('prints the differences, and equal keys on request', async () => {
    const { project } = await shops()
    const { output } = await project.run('diff', '/shop/staging', '/shop/prod')

    expect(output).toMatch(/^≠ {2}host +different +String 1 +String 1$/m)
    expect(output).toMatch(/^- {2}port +only in A +String 1 +absent$/m)
    expect(output).not.toMatch(/^= /m)
    expect(output).toMatch(/\n7 keys: 3 equal, 2 different, 1 only in A, 1 only in B\n$/)
    expect((await project.run('diff', '/shop/staging', '/shop/prod', '--all')).output).toMatch(/^= {2}key +equal/m)
  })

  it('prints no value, and digests of sensitive ones that tell nothing in another run', async () => {
    const { project } = await shops()
    const runs = [
      await project.run('diff', '/shop/staging', '/shop/prod', '--json'),
      await project.run('diff', '/shop/staging', '/shop/prod', '--json'),
    ]
    const [first, second] = runs.map(({ output }): readonly Difference[] => JSON.parse(output).keys)
    const keyIn = (keys: readonly Difference[] | undefined) => keys?.find(({ key }) => key === 'key')

    for (const { output } of runs) expect(output).not.toMatch(/hunter|-host/)
    expect(keyIn(first)?.a?.digest).toMatch(/^[\da-f]{6}$/)
    expect(keyIn(first)?.a?.digest).toBe(keyIn(first)?.b?.digest)
    expect(keyIn(first)?.a?.digest).not.toBe(keyIn(second)?.a?.digest)
    expect(first?.find(({ key }) => key === 'host')?.a?.digest).toBeUndefined()
  })

  it('compares the accounts of two profiles', async () => {
    const accounts: Readonly<Record<string, string>> = { BLUE: '111111111111', GREEN: '222222222222' }
    const aws = await scriptedAws(({ accessKey = '' }) => {
      const ARN = `arn:aws:ssm:us-east-1:${accounts[accessKey]}:parameter/shop/prod/a`
      return { body: { Parameters: [{ Name: '/shop/prod/a', ARN, Type: 'String', Version: 1, Value: accessKey }] } }
    })
    const profile = (name: string) =>
      `[profile ${name}]\nregion = us-east-1\naws_access_key_id = ${name.toUpperCase()}\naws_secret_access_key = b\n`
    const files = {
      'config.mjs': configModule('{ a: z.string() }'),
      'aws-config': profile('blue') + profile('green'),
    }
    const env = {
      AWS_CONFIG_FILE: 'aws-config',
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
    }
    const project = makeProject(files, undefined, { env })
    const { code, output } = await project.run('diff', 'blue:', 'green:/shop/prod', '--json')

    expect(code).toBe(1)
    expect(JSON.parse(output)).toMatchObject({
      a: { where: { account: '111111111111', profile: 'blue' } },
      b: { where: { account: '222222222222', profile: 'green' } },
      keys: [{ key: 'a', result: 'different' }],
    })
  })

  it('compares versions with a report', async () => {
    const { aws, project } = await shops()
    project.write('before.json', (await project.run('check', '--json')).output)
    const unchanged = await project.run('diff', 'before.json', '/shop/prod', '--json')
    put(aws, { '/shop/prod/host': 'prod-host', '/shop/prod/limits/us': '2' })
    const changed = await project.run('diff', 'before.json', '/shop/prod', '--json')
    const elsewhere = await project.run('diff', 'before.json', '/shop/staging', '--json')

    expect(unchanged.code).toBe(0)
    expect(resultsIn(changed.output)).toMatchObject({ host: 'different', 'limits.us': 'only in B', token: 'equal' })
    expect(resultsIn(elsewhere.output)).toMatchObject({
      host: 'not compared',
      'limits.eu': 'only in A',
      port: 'only in B',
    })
  })

  it('compares stored texts if a start would fail, and says so', async () => {
    const { aws, project } = await shops()
    put(aws, { '/shop/prod/flag': 'yes', '/shop/staging/port': 'none' })
    aws.policy.deny({ action: 'ssm:GetParameters', resource: '/shop/prod/host' })
    const { code, output, errors } = await project.run('diff', '/shop/staging', '/shop/prod')

    expect(code).toBe(1)
    expect(output).toMatch(/^≠ {2}flag +different/m)
    expect(output).toMatch(/^\? {2}host +not compared +String 1 +unreadable$/m)
    expect(output).toContain('Could not be read in B')
    expect(errors).toContain('  → liveparam check config.mjs --path /shop/prod\n')
    expect(output + errors).not.toContain('hunter')
  })

  it.each([
    [['diff'], 'liveparam diff needs two sides'],
    [['diff', '/a', 'staging'], '"staging" is neither a path, nor a profile with a colon'],
    [['diff', '/a', 'missing.json'], 'cannot read missing.json'],
  ])('explains its arguments: %j', async (args, message) => {
    const { project } = await shops()

    expect(await project.run(...args)).toMatchObject({ code: 2, output: '', errors: expect.stringContaining(message) })
  })
})
