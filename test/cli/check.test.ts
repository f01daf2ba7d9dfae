import { beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject, nextIn } from '../support/cli.ts'
import { loadError } from '../support/rejection.ts'

beforeAll(assertBuilt)

const secrets = ['hunter1-plain', 'hunter2-secure', 'hunter3-secret', 'hunter4-copied']

const schema = `{
  db: z.object({ host: z.string(), port: z.number().default(5432), poolSize: z.number().int().default(10) }),
  login: secret('prod/db', z.object({ password: z.string() })),
  apiKey: sensitive(z.string()),
  token: z.string(),
  enabled: z.boolean(),
  limits: z.record(z.string(), z.number()),
}`

async function shop() {
  const aws = await localAws()
  aws.secrets.create({ name: 'prod/db', value: JSON.stringify({ password: secrets[2] }) })
  put(aws, {
    '/shop/prod/db/hosst': 'db.internal',
    '/shop/prod/db/pool-size': '20',
    '/shop/prod/apiKey': secrets[0] ?? '',
    '/shop/prod/token': ['SecureString', secrets[1] ?? ''],
    '/shop/prod/enabled': 'yes',
    '/shop/prod/limits/eu': '5',
    '/shop/prod/legacy/flag': 'x',
  })
  return { aws, project: makeProject({ 'config.mjs': configModule(schema) }, aws) }
}

describe('check', () => {
  it('reports everything that a start would refuse, in the words of the start', async () => {
    const { aws, project } = await shop()
    const { code, output } = await project.run('check', '--json')
    const report = JSON.parse(output)
    const own = z.object({ db: z.object({ host: z.string() }), enabled: z.boolean() })
    const error = await loadError(loadConfig({ schema: own, path: '/shop/prod', logger: false, ...at(aws) }))

    expect(code).toBe(1)
    expect(report.problems).toEqual(JSON.parse(JSON.stringify(error)).problems)
    expect(report.keys.map(({ key, status }: { key: string; status: string }) => [key, status])).toEqual([
      ['db.host', 'missing'],
      ['db.port', 'absent'],
      ['db.poolSize', 'absent'],
      ['login', 'ok'],
      ['apiKey', 'ok'],
      ['token', 'ok'],
      ['enabled', 'invalid'],
      ['limits.eu', 'ok'],
    ])
  })

  it('calls a stored secret invalid, not missing, if a part of it is missing', async () => {
    const { aws, project } = await shop()
    aws.secrets.put({ id: 'prod/db', value: '{}' })
    const { keys } = JSON.parse((await project.run('check', '--json')).output)

    expect(keys.find(({ key }: { key: string }) => key === 'login')).toMatchObject({ status: 'invalid' })
  })

  it('notes stored names that the schema does not cover, with the likely key', async () => {
    const { project } = await shop()
    const { notes } = JSON.parse((await project.run('check', '--json')).output)
    const uncovered = notes.filter(({ code }: { code: string }) => code === 'NOT_COVERED')

    expect(uncovered).toMatchObject([
      { parameter: '/shop/prod/db/hosst', key: 'db.host' },
      { parameter: '/shop/prod/db/pool-size', key: 'db.poolSize', remedy: expect.stringContaining('db.poolSize') },
      { parameter: '/shop/prod/legacy/flag' },
    ])
    expect(uncovered[2].key).toBeUndefined()
    expect(notes).toContainEqual(expect.objectContaining({ code: 'NOT_ENCRYPTED', key: 'apiKey' }))
  })

  it('prints a table and a block for people, and ends with one line that sums it up', async () => {
    const { project } = await shop()
    const { output, errors } = await project.run('check')

    expect(errors).toBe('')
    expect(output).toContain('config.mjs  /shop/prod  account 123456789012, region us-east-1')
    expect(output).toMatch(/^✗ {2}db\.host +missing +\/shop\/prod\/db\/host$/m)
    expect(output).toMatch(/^✓ {2}token +ok +\/shop\/prod\/token +SecureString +1$/m)
    expect(output).toContain('/shop/prod/db/hosst is stored: rename it')
    expect(output.trimEnd().split('\n').at(-1)).toMatch(
      /^✗ a start would fail · 8 keys: 4 ok, 2 absent, 1 missing, 1 invalid · 4 notes · \d+ calls in \d+ ms$/,
    )
  })

  it.each([['check'], ['check --json'], ['check --format github'], ['check --all --values never']])(
    '`%s` prints no secret',
    async (line) => {
      const { project } = await shop()
      project.write(
        'broken.mjs',
        configModule(
          '{ login: secret("prod/db", z.object({ password: z.number() })), token: z.number(), apiKey: sensitive(z.email()) }',
        ),
      )
      for (const args of [line.split(' '), [...line.split(' '), 'broken.mjs']]) {
        const { output, errors } = await project.run(...args)
        for (const text of secrets) expect(output + errors).not.toContain(text.slice(0, 7))
      }
    },
  )

  it('reads each name and secret once, also if a start would attempt again', async () => {
    const { aws, project } = await shop()
    await project.run('check')
    const calls = Object.fromEntries(Object.entries(aws.counts.calls).filter(([, count]) => count > 0))

    // One batch of names, one of the secret; one walk for the record, one for the listing.
    expect(calls['ssm:GetParameters']).toBeLessThanOrEqual(3)
    expect(calls['ssm:GetParametersByPath']).toBeLessThanOrEqual(4)
  })

  it('succeeds with exit code 0, and with --strict only without notes', async () => {
    const aws = await localAws()
    put(aws, { '/shop/prod/a': 'x', '/shop/prod/b': 'y' })
    const project = makeProject({ 'config.mjs': configModule('{ a: z.string() }') }, aws)

    expect((await project.run('check')).code).toBe(0)
    expect(await project.run('check', '--strict')).toMatchObject({
      code: 1,
      output: expect.stringContaining('✗ failed by --strict'),
    })
    expect((await project.run('check', '--strict', '--ignore', '/shop/*/b')).code).toBe(0)
  })

  it('makes an annotation of every problem and note', async () => {
    const { project } = await shop()
    const { output } = await project.run('check', '--format', 'github')
    const lines = output.split('\n').filter((line) => line.startsWith('::'))

    expect(lines.map((line) => line.split('::')[1])).toEqual([
      'error file=config.mjs,title=db.host /shop/prod/db/host MISSING_PARAMETER',
      'error file=config.mjs,title=enabled /shop/prod/enabled INVALID_VALUE',
      'warning file=config.mjs,title=db.host /shop/prod/db/hosst NOT_COVERED',
      'warning file=config.mjs,title=db.poolSize /shop/prod/db/pool-size NOT_COVERED',
      'warning file=config.mjs,title=/shop/prod/legacy/flag NOT_COVERED',
      'warning file=config.mjs,title=apiKey /shop/prod/apiKey NOT_ENCRYPTED',
    ])
    expect(lines[0]).toContain('nothing is stored%0A→ ')
  })

  it('compares with an earlier report, by key', async () => {
    const { aws, project } = await shop()
    project.write('before.json', (await project.run('check', '--json')).output)
    put(aws, { '/shop/prod/db/host': 'db', '/shop/prod/enabled': 'true', '/shop/prod/limits/us': '1' })
    aws.parameters.delete('/shop/prod/limits/eu')
    const { code, output } = await project.run('check', '--json', '--against', 'before.json')
    const changes = JSON.parse(output).notes.filter((note: { code: string }) => note.code === 'CHANGED')

    expect(code).toBe(0)
    expect(
      changes.map(({ key, detail }: { key: string; detail: string }) => [key, detail.replace(/ \(since .*/, '')]),
    ).toEqual([
      ['db.host', 'it was missing, and is ok'],
      ['enabled', 'it was invalid, and is ok; its version was 1, and is 2'],
      ['limits.us', 'the key is new'],
      ['limits.eu', 'the key is gone from the schema and the store'],
    ])
    expect(await project.run('check', '--against', 'config.mjs')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('is not the output of liveparam check --json'),
    })
  })

  it('names the action of a denial, and the command that lists the calls', async () => {
    const { aws, project } = await shop()
    aws.policy.deny({ action: 'ssm:GetParameters', resource: '/shop/prod/*' })
    aws.policy.deny({ action: 'ssm:GetParametersByPath', resource: '*' })
    const { code, output, errors } = await project.run('check')

    expect(code).toBe(1)
    expect(output).toContain('[ACCESS_DENIED]')
    expect(output).toContain('ssm:GetParameters')
    expect(errors).toMatch(/^ {2}→ liveparam explain config\.mjs$/m)
  })

  it('says what to type without a region and without credentials', async () => {
    const none = { AWS_REGION: undefined, AWS_ENDPOINT_URL: undefined, AWS_DEFAULT_REGION: undefined }
    const files = { 'config.mjs': configModule(schema) }
    const noRegion = await makeProject(files, undefined, { env: none }).run('check')
    const keys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_REGION: 'us-east-1' }
    const project = makeProject(files, undefined, { env: { ...none, ...keys } })
    const [inPipeline, onTerminal] = [await project.run('check'), await project.runOnTerminal(80, 'check')]

    expect(noRegion).toMatchObject({
      code: 1,
      errors: '  → liveparam check config.mjs --region eu-west-1\n',
    })
    expect(noRegion.output).not.toContain('Notes')
    expect(onTerminal.code).toBe(1)
    expect(nextIn(onTerminal.output)).toBe('  → aws configure sso\n  → liveparam check config.mjs\n')
    expect(inPipeline).toMatchObject({ code: 1, errors: '' })
    expect(inPipeline.output).toContain('→ give the process an IAM role, or credentials in its environment')
  })

  it('names a profile that exists, and repeats the options that say where to read', async () => {
    const none = { AWS_REGION: undefined, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }
    const profiles = '[profile prod admin]\nregion = eu-west-1\n[sso-session company]\n[profile dev]\n'
    const files = { 'config.mjs': configModule(schema), profiles }
    const typed = ['check', '--path', '/shop/blue', '--region', 'eu-west-1', '--endpoint', 'http://127.0.0.1:9']
    const project = makeProject(files, undefined, { env: { ...none, AWS_CONFIG_FILE: 'profiles' } })
    const place = '--region eu-west-1 --endpoint http://127.0.0.1:9'

    expect((await project.run(...typed)).errors).toBe(
      `  → aws sso login --profile 'prod admin'\n  → liveparam check config.mjs --profile 'prod admin' --path /shop/blue ${place}\n`,
    )
    expect((await project.run(...typed, '--profile', 'dev')).errors).toBe(
      `  → aws sso login --profile dev\n  → liveparam check config.mjs --path /shop/blue --profile dev ${place}\n`,
    )
  })

  it('reads AWS, and neither uses nor fills the shared cache and the backup of the definition', async () => {
    const aws = await localAws()
    put(aws, { '/shop/prod/a': 'x' })
    const cache = "{ name: 'redis', share() { throw new Error('the cache was used') } }"
    const backup = "{ connect() { throw new Error('the backup was used') } }, startup: { mode: 'warm' }"
    const module = configModule('{ a: z.string() }', `path: '/shop/prod', sharedCache: ${cache}, backup: ${backup}`)
    const project = makeProject({ 'config.mjs': module }, aws)

    expect((await project.run('check')).code).toBe(0)
    expect((await project.run('exec', '--', process.execPath, '-e', '')).code).toBe(0)
  })

  it('reads 1,000 keys in one wave', async () => {
    const aws = await localAws()
    const keys = Array.from({ length: 1_000 }, (_, index) => `k${index}`)
    put(aws, Object.fromEntries(keys.map((key) => [`/shop/prod/${key}`, 'x'])))
    const text = configModule(
      `Object.fromEntries(${JSON.stringify(keys)}.map((key) => [key, z.string()]))`,
      "path: '/shop/prod', strategy: 'by-name'",
    )
    const { code, output } = await makeProject({ 'config.mjs': text }, aws).run('check')

    expect(code).toBe(0)
    expect(aws.counts.calls['ssm:GetParameters']).toBe(100)
    expect(output).toContain('… and 1000 keys that are fine (--all lists them)')
    expect(output.split('\n').length).toBeLessThan(10)
  })

  it('refuses a second value of an option that takes one', async () => {
    const { aws } = await shop()
    const project = makeProject({ 'config.mjs': configModule(schema) }, aws)
    const { code, errors } = await project.run('check', '--region', 'eu-west-1', '--region', 'eu-west-2')

    expect(code).toBe(2)
    expect(errors).toContain('--region takes one value, and was given 2')
  })

  it('is coloured only on request if it is piped', async () => {
    const { aws } = await shop()
    const outputWith = async (env: Record<string, string>) => {
      const { output } = await makeProject({ 'config.mjs': configModule(schema) }, aws, { env }).run('check')
      return output.includes('\u001b[')
    }

    expect(await outputWith({})).toBe(false)
    expect(await outputWith({ FORCE_COLOR: '1' })).toBe(true)
    expect(await outputWith({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
  })

  it('reports parameters that expire within 30 days, on request', async () => {
    const aws = await localAws()
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000 + 60_000).toISOString()
    const expiresAt = inDays(5)
    const put = (name: string, Timestamp: string) => {
      const policy = { Type: 'Expiration', Version: '1.0', Attributes: { Timestamp } }
      aws.parameters.put({ name, value: 'x', tier: 'Advanced', policies: JSON.stringify([policy]) })
    }
    put('/shop/prod/a', expiresAt)
    put('/shop/prod/b', inDays(31))
    const project = makeProject({ 'config.mjs': configModule('{ a: z.string(), b: z.string() }') }, aws)

    expect((await project.run('check')).output).not.toContain('EXPIRES')
    expect(aws.counts.calls['ssm:DescribeParameters'] ?? 0).toBe(0)
    expect(await project.run('check', '--policies', '--strict')).toMatchObject({
      code: 1,
      output: expect.stringContaining(`it expires on ${expiresAt.slice(0, 10)}, in 5 days`),
    })
    put('/shop/prod/a', inDays(31))
    expect(await project.run('check', '--policies', '--strict')).toMatchObject({ code: 0 })
  })
})
