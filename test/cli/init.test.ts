import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startLocalAws } from '../../src/local/index.ts'
import { localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject, type Project } from '../support/cli.ts'
import { root } from '../support/entry-points.ts'

beforeAll(assertBuilt)

const names = [
  'db',
  'db/host',
  'db/max-pool-size',
  '1',
  '42/7',
  '007',
  '1st',
  'class',
  'odd.name',
  '__proto__',
  'constructor/prototype',
  'UPPER_CASE',
  '-dash-',
  'a/b/c/d/e/f/g/h/i/j/k/l',
]

function read(project: Project, file: string): string {
  return readFileSync(join(project.folder, file), 'utf8')
}

/** Compiles, lints and formats a module as part of this repository. */
function problemsOf(text: string): string {
  const folder = mkdtempSync(join(root, 'test/readme-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'config.ts'), text)
  const extended = { extends: '../tsconfig.json', compilerOptions: { rootDir: '../..' }, files: ['config.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(extended))
  const run = (...command: readonly string[]) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' })
    return status === 0 ? '' : stdout + stderr
  }
  // Git ignores the folder.
  return (
    run(join(root, 'node_modules/typescript/bin/tsc'), '-p', folder) +
    run(
      join(root, 'node_modules/@biomejs/biome/bin/biome'),
      'check',
      '--vcs-use-ignore-file=false',
      join(folder, 'config.ts'),
    )
  )
}

describe('init', () => {
  it('writes a module that compiles, that Biome accepts, and whose check succeeds', { timeout: 60_000 }, async () => {
    const aws = await localAws()
    put(aws, Object.fromEntries(names.map((name) => [`/odd/app/${name}`, 'x'])))
    put(aws, {
      '/odd/app/json': '{"a":[1,2],"it\'s":{"x":null},"both \\"\'":true,"__proto__":{"y":1},"deep":[{"b":"c"}]}',
      '/odd/app/hosts': ['StringList', 'a,b'],
      '/odd/app/ports': ['StringList', '1,2'],
      '/odd/app/token': ['SecureString', 'hunter1'],
    })
    const project = makeProject({}, aws)
    const { code, output, errors } = await project.run('init', '/odd/app')
    const text = read(project, 'config.ts')

    expect({ code, output }).toEqual({
      code: 0,
      output: 'wrote config.ts for /odd/app: 18 keys, 1 of them sensitive, 2 with a comment to check\n',
    })
    expect(errors).toBe('  → liveparam check config.ts\n')
    expect(problemsOf(text)).toBe('')
    expect(text).not.toContain('hunter')
    const checked = await project.run('check', '--json')
    expect(JSON.parse(checked.output)).toMatchObject({ isAccepted: true, notes: [] })
    expect(JSON.parse(checked.output).keys.map(({ status }: { status: string }) => status)).toEqual(
      Array.from({ length: 18 }, () => 'ok'),
    )
  })

  it('decrypts nothing, and marks what is or looks secret', async () => {
    const aws = await localAws()
    put(aws, {
      '/shop/prod/token': ['SecureString', 'hunter1'],
      '/shop/prod/db/password': 'hunter2',
      '/shop/prod/url': 'postgres://app:hunter3@db/shop',
      '/shop/prod/login': '{"user":"app","apiKey":"hunter4"}',
      '/shop/prod/reference': '/aws/reference/secretsmanager/prod/db',
      '/shop/prod/host': 'db.internal',
    })
    const project = makeProject({}, aws)
    await project.run('init', '/shop/prod', '--yes')
    const text = read(project, 'config.ts')

    expect(aws.counts.decryptions).toBe(0)
    expect(text.match(/sensitive\(/g)).toHaveLength(5)
    expect(text).toContain('host: z.string(),')
    expect(text).toContain('reference: sensitive(z.string()), // the secret that the parameter refers to')
    expect(text).not.toContain('hunter')
  })

  it('takes the types from the data types', async () => {
    const aws = await localAws()
    const typed = {
      boolean: ['true', 'z.boolean()'],
      integer: ['8080', 'z.int()'],
      float: ['1', 'z.number()'],
      email: ['a@example.com', 'z.email()'],
      'ipv4-address': ['10.0.0.1', 'z.ipv4()'],
      'ipv6-address': ['::1', 'z.ipv6()'],
      url: ['https://example.com', 'z.url()'],
      hostname: ['db.internal', 'z.hostname()'],
      binary: ['aGk=', 'z.base64()'],
      'aws:region': ['eu-west-1', 'z.string()'],
      jsonc: ['{} // none', 'z.string()'],
      'aws:account:id': ['123456789012', 'z.string()'],
    } as const
    for (const [dataType, [value]] of Object.entries(typed)) {
      aws.parameters.put({ name: `/typed/${dataType.replaceAll(/\W/g, '.')}`, value, dataType })
    }
    const project = makeProject({}, aws)
    await project.run('init', '/typed')
    const text = read(project, 'config.ts')

    for (const [dataType, [, schema]] of Object.entries(typed)) {
      const name = dataType.replaceAll(/\W/g, '.')
      expect(text).toContain(`${/^\w+$/.test(name) ? name : `'${name}'`}: ${schema},\n`)
    }
    expect((await project.run('check', '--strict')).code).toBe(0)
  })

  it('writes layers, whose last one decides the type', async () => {
    const aws = await localAws()
    put(aws, { '/shared/host': 'a', '/shared/port': '1', '/shop/prod/port': 'https', '/shop/prod/only': 'x' })
    const project = makeProject({}, aws)
    const { code } = await project.run('init', '/shared', '/shop/prod', '--output', 'src/../layers.ts')
    const text = read(project, 'layers.ts')

    expect(code).toBe(0)
    expect(text).toContain("path: ['/shared', '/shop/prod'],")
    expect(text.match(/^ {4}(.*)$/gm)).toEqual([
      '    host: z.string(),',
      '    only: z.string(),',
      '    port: z.string(),',
    ])
    expect((await project.run('check', 'layers.ts')).code).toBe(0)
  })

  it('replaces no file without --force', async () => {
    const aws = await localAws()
    put(aws, { '/shop/prod/a': 'x' })
    const project = makeProject({ 'config.ts': 'mine' }, aws)
    const refused = await project.run('init', '/shop/prod', '--region', 'us-east-1')

    expect(refused).toMatchObject({ code: 2, output: '' })
    expect(refused.errors).toBe(
      [
        'liveparam: config.ts exists: replace it with --force, or write another file',
        '  → liveparam init /shop/prod --force --region us-east-1',
        '  → liveparam init /shop/prod --output other.ts --region us-east-1\n',
      ].join('\n'),
    )
    expect(read(project, 'config.ts')).toBe('mine')
    expect((await project.run('init', '/shop/prod', '--force')).code).toBe(0)
    expect(read(project, 'config.ts')).toContain('a: z.string(),')
  })

  it('says what to type if it cannot read, and if nothing is stored', async () => {
    const aws = await localAws()
    put(aws, { '/shop/prod/a': 'x' })
    const project = makeProject({}, aws)
    const nowhere = makeProject({}, undefined, { env: { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined } })
    aws.policy.deny({ action: 'ssm:GetParametersByPath', resource: '/denied/*' })

    expect(await project.run('init', '/shop/prd')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('  → liveparam init /shop\n'),
    })
    expect((await project.run('init', '/denied/x')).errors.replaceAll(/\s+/g, ' ')).toContain(
      'allow ssm:GetParametersByPath on arn:aws:ssm:us-east-1:123456789012:parameter/denied/x',
    )
    expect((await nowhere.run('init', '/shop/prod')).errors).toContain(
      '  → liveparam init /shop/prod --region eu-west-1\n',
    )
    expect((await project.run('init')).errors).toContain('liveparam init needs a path')
    expect((await project.run('init', 'shop')).errors).toContain('"shop" is not a path')
    expect((await project.run('init', 'config.ts')).errors).toContain('--output config.ts')
    expect(existsSync(join(project.folder, 'config.ts'))).toBe(false)
  })

  it('asks which path, which parameters and which secrets on a terminal', async () => {
    const aws = await localAws()
    put(aws, {
      '/other/a': 'x',
      '/other/b': 'x',
      '/shop/prod/db/host': 'a',
      '/shop/prod/db/pass': 'hunter1',
      '/shop/prod/legacy/x': '1',
    })
    const project = makeProject({}, aws)
    const running = project.startOnTerminal(80, 'init')
    const asked = (text: string) => expect.poll(running.printed, { timeout: 15_000 }).toContain(text)
    const press = (...keys: readonly string[]) => running.process.stdin?.write(keys.join(''))
    const [down, space, enter] = ['\u001b[B', ' ', '\r']
    await asked('Below which path')
    // /other, /shop, /shop/prod
    press(down, down, enter)
    await asked('Which parameters of /shop/prod belong to the configuration?')
    press(down, space, enter)
    await asked('Which of these are secret?')
    press(down, space, enter)

    expect(await running.ended).toBe(0)
    expect(read(project, 'config.ts')).toContain('pass: sensitive(z.string()),')
    expect(read(project, 'config.ts')).not.toContain('legacy')
    expect(running.printed()).not.toContain('hunter')
  })

  it('writes nothing if a question is not answered', async () => {
    const aws = await localAws()
    put(aws, { '/shop/prod/a': 'x', '/shop/prod/b': 'x' })
    const project = makeProject({}, aws)
    const running = project.startOnTerminal(80, 'init', '/shop/prod')
    await expect.poll(running.printed, { timeout: 15_000 }).toContain('Which parameters')
    running.process.stdin?.write('\u0003')

    expect(await running.ended).toBe(130)
    expect(existsSync(join(project.folder, 'config.ts'))).toBe(false)
  })
})

describe('init --seed', () => {
  const schema = `{
    host: z.string(),
    plain: sensitive(z.string()),
    token: z.string(),
    login: secret('prod/db', z.object({ user: z.string(), port: z.number(), tls: z.boolean() })),
  }`

  it.each(['seed.yaml', 'seed.json'])('writes %s for dev and tests, without secrets', async (file) => {
    const aws = await localAws()
    aws.secrets.create({ name: 'prod/db', value: '{"user":"hunter1","port":1,"tls":true}' })
    put(aws, {
      '/shop/prod/host': '1.10',
      '/shop/prod/plain': 'hunter2',
      '/shop/prod/token': ['SecureString', 'hunter3'],
      '/shop/prod/list': ['StringList', 'a,b'],
    })
    aws.parameters.put({ name: '/shop/prod/count', value: '8080', dataType: 'integer' })
    const project = makeProject({ 'config.mjs': configModule(schema) }, aws)
    const { code, output } = await project.run('init', '--seed', file)
    const text = read(project, file)
    const local = await startLocalAws({ seed: join(project.folder, file) })
    onTestFinished(() => local.close())

    expect({ code, output }).toEqual({
      code: 0,
      output: `wrote ${file} from /shop/prod: 6 entries, 3 of them with a placeholder instead of a secret\n`,
    })
    expect(text).not.toContain('hunter')
    expect(aws.counts.decryptions).toBe(0)
    const moved = makeProject({ 'config.mjs': configModule(schema) }, local)
    expect((await moved.run('check')).code).toBe(0)
    const explained = JSON.parse((await moved.run('check', '--json')).output)
    expect(explained.keys).toMatchObject([
      { key: 'host', stored: { type: 'String' } },
      { key: 'plain' },
      { key: 'token', stored: { type: 'SecureString' } },
      { key: 'login', stored: { type: 'Secret' } },
    ])
  })

  it('needs no definition if a path is named', async () => {
    const aws = await localAws()
    put(aws, { '/shop/prod/host': 'a', '/shop/prod/password': 'hunter1' })
    const project = makeProject({}, aws)

    expect((await project.run('init', '/shop/prod', '--seed', 'seed.yaml')).code).toBe(0)
    expect(read(project, 'seed.yaml')).toContain('/shop/prod/host: a')
    expect(read(project, 'seed.yaml')).not.toContain('hunter')
    expect((await project.run('init', '/shop/prod', '--seed', 'seed.yaml')).errors).toContain('seed.yaml exists')
    expect((await project.run('init', '--seed', 'other.yaml')).errors).toContain('found no definition')
  })
})
