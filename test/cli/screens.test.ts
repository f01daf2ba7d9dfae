import { beforeAll, describe, expect, it } from 'vitest'
import { makeTerminal, type TerminalParts } from '../../src/cli/terminal.ts'
import { localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject, nextIn, type ProjectOptions } from '../support/cli.ts'

beforeAll(assertBuilt)

const long = 'integrations/paymentProvider/retryBudget/maximumAttemptsPerCustomerAndDay'
const schema = `{
  db: z.object({ host: z.string(), credentials: secret('prod/db', z.object({ password: z.string() })) }),
  apiKey: sensitive(z.string()),
  enabled: z.boolean(),
  limits: z.record(z.string(), z.number()),
  integrations: z.object({ paymentProvider: z.object({ retryBudget: z.object({
    maximumAttemptsPerCustomerAndDay: z.number(),
  }) }) }),
}`

async function shop(options: ProjectOptions = {}) {
  const aws = await localAws()
  aws.secrets.create({ name: 'prod/db', value: '{"password":"hunter1"}' })
  put(aws, {
    '/shared/db/host': 'a',
    '/shop/prod/db/host': 'b',
    '/shop/prod/apiKey': ['SecureString', 'hunter2'],
    '/shop/prod/enabled': 'yes',
    '/shop/prod/limits/eu': '5',
    [`/shop/prod/${long}`]: '17',
    [`/shop/staging/${long}`]: '18',
    '/shop/prod/legacy': 'x',
  })
  const definition = configModule(schema, "path: ['/shared', '/shop/prod']")
  return { aws, project: makeProject({ 'config.mjs': definition }, aws, options) }
}

/** The lines that a terminal would break, apart from those that hold one long name. */
function tooLong(text: string, columns: number): string[] {
  return text.split(/\r?\n|\r/).filter((line) => line.length > columns && line.trim().includes('  '))
}

describe('a screen', () => {
  it.each([[['check']], [['explain']], [['diff', '/shop/staging', '/shop/prod']], [['history', 'db.host']]])(
    'fits into 80 columns: %j',
    async (args) => {
      const { project } = await shop()
      const { output } = await project.runOnTerminal(80, ...args)

      expect(output.split('\n').length).toBeGreaterThan(4)
      expect(tooLong(output, 80)).toEqual([])
    },
  )

  it('is as wide as 80 columns on a terminal that reports no width', async () => {
    const { project } = await shop()

    expect((await project.runOnTerminal(0, 'help')).output).toBe((await project.runOnTerminal(80, 'help')).output)
  })

  it('has no escape sequence with NO_COLOR, also where progress is shown', async () => {
    const { project } = await shop()
    const { output } = await project.runOnTerminal(80, 'check')

    expect(output).toContain('Reading…')
    expect(output).not.toContain('\u001b')
  })

  it('names the key and the start of the version of a secret', async () => {
    const { project } = await shop()
    const { output } = await project.runOnTerminal(80, 'explain')

    expect(output).toMatch(/^db\.credentials +secret prod\/db +Secret +[0-9a-f]{7}…\s*$/m)
  })

  it.each(['TERM=dumb', 'TERM=linux', 'LC_ALL=C', 'LANG=de_DE.ISO-8859-1'])(
    'has only ASCII with %s',
    async (setting) => {
      const [name = '', value = ''] = setting.split('=')
      const { project } = await shop({ env: { LC_ALL: '', LC_CTYPE: '', LANG: 'C.UTF-8', [name]: value } })
      const { output } = await project.runOnTerminal(80, 'check')

      expect(output).toMatch(/^x {2}enabled/m)
      expect(output).toMatch(/^ +> store "true" or "false"/m)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with one
      expect(output).toMatch(/^[\u0000-\u007f]*$/)
    },
  )

  it('says after a failed start of exec how to see all of it', async () => {
    const { project } = await shop()
    const { code, errors } = await project.run('exec', '--path', '/shop/prod', '--', 'true')

    expect(code).toBe(2)
    expect(errors).toContain('  → liveparam check config.mjs --path /shop/prod\n')
  })

  it('names the calls that read a secret and a key of a record', async () => {
    const { project } = await shop()

    expect((await project.run('explain', 'db.credentials')).output).toMatch(/read by +ssm:GetParameters$/m)
    expect((await project.run('explain', 'limits.eu')).output).toMatch(/read by +ssm:GetParametersByPath$/m)
  })

  it('counts the names of a call that do not fit', async () => {
    const { project } = await shop()
    const { output } = await project.runOnTerminal(80, 'explain')

    expect(output).toMatch(/^ {2}ssm:GetParameters {2}\/shared\/db\/host .* and \d+ more\s*$/m)
  })

  it('sums up a comparison before it says which side would not start', async () => {
    const { project } = await shop()
    const { output } = await project.runOnTerminal(80, 'diff', '/shop/staging', '/shop/prod')

    expect(output.indexOf('keys:')).toBeLessThan(output.indexOf('note: a start would fail in A'))
  })
})

describe('the next command', () => {
  it.each([
    ['UNREACHABLE', 'http://127.0.0.1:1', '  → curl -v http://127.0.0.1:1\n'],
    ['THROTTLED', undefined, '  → liveparam check config.mjs\n'],
  ])('does not ask a store that does not answer: %s', async (code, endpoint, next) => {
    const { aws, project } = await shop()
    if (endpoint === undefined) aws.faults.add({ kind: 'throttle', ratePerSecond: 0, burst: 0 })
    const { output, errors } = await project.run('check', ...(endpoint === undefined ? [] : ['--endpoint', endpoint]))

    expect(output).toContain(`[${code}]`)
    expect(errors).toBe(next)
  })

  it.each([
    [
      'known profiles',
      '[profile production]\n',
      '  → liveparam check config.mjs --profile production\n',
      '  → liveparam check config.mjs --profile production\n',
    ],
    [
      'no profiles',
      '',
      '',
      '  → aws configure sso --profile prodution\n  → liveparam check config.mjs --profile prodution\n',
    ],
  ])('corrects a profile that does not exist, with %s', async (_, text, inPipeline, onTerminal) => {
    const { project } = await shop({ env: { AWS_CONFIG_FILE: 'aws.ini' } })
    project.write('aws.ini', text)
    const { errors } = await project.run('check', '--profile', 'prodution')
    const { output } = await project.runOnTerminal(80, 'check', '--profile', 'prodution')

    expect(errors).toBe(inPipeline)
    expect(nextIn(output)).toBe(onTerminal)
  })

  it('is the present one for a module that fails', async () => {
    const project = makeProject({ 'config.mjs': 'throw new Error("APP_ENV is not set")' })
    const { errors } = await project.run('check', '--path', '/shop/prod')

    expect(errors).toContain('liveparam: importing config.mjs failed\n')
    expect(errors).toContain('  → liveparam check --path /shop/prod\n')
  })

  it.each([
    [['check', 'package.json'], 'liveparam check path/to/config.ts'],
    [['check', '--endpoint', 'localhost:4566'], 'liveparam help check'],
    [['dev', '--seed', 'seed.yaml', '--', 'true'], 'liveparam init --seed seed.yaml'],
  ])('follows a wrong argument: %j', async (args, next) => {
    const { project } = await shop()
    const { code, errors } = await project.run(...args)

    expect(code).toBe(2)
    expect(errors).toContain(`  → ${next}\n`)
  })
})

describe('a name that the schema does not cover', () => {
  it('has a remedy also if no key is like it', async () => {
    const { project } = await shop()

    expect((await project.run('check')).output).toContain('→ add a key for it, delete it, or name it with --ignore\n')
  })
})

describe('a profile', () => {
  it('takes precedence over keys in the environment without a warning of the SDK', async () => {
    const { project } = await shop({ env: { AWS_SHARED_CREDENTIALS_FILE: 'aws.ini' } })
    project.write('aws.ini', '[prod]\naws_access_key_id = a\naws_secret_access_key = b\n')
    const { output, errors } = await project.run('check', '--profile', 'prod')

    expect(output).toContain('profile prod')
    expect(errors).not.toContain('WARNING')
  })
})

describe('a terminal', () => {
  const parts = (environment: Record<string, string>, printed: string[]): TerminalParts => ({
    stdout: { isTTY: true, columns: 80, write: (text) => printed.push(text) },
    stderr: { isTTY: false, write: (text) => printed.push(text) },
    environment,
    hasInput: false,
    folder: '/',
    program: 'liveparam',
    nodeVersion: 'v24.0.0',
    signal: new AbortController().signal,
    now: () => 0,
    onSignal: () => () => {},
  })

  it('replaces symbols only where they are shown, so that a file has the same text everywhere', () => {
    const printed: string[] = []
    const terminal = makeTerminal(parts({ LC_ALL: 'C' }, printed))
    terminal.print('✓ a')
    terminal.note('✓ a')

    expect(printed).toEqual(['+ a\n', '✓ a\n'])
  })
})
