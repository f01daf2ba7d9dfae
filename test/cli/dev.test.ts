import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { localAws } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { bin, configModule, makeProject, type Project } from '../support/cli.ts'

beforeAll(assertBuilt)

const schema = `{
  port: z.number(),
  key: z.string(),
  plain: sensitive(z.string()).default(''),
  limits: z.record(z.string(), sensitive(z.string())).optional(),
  login: secret('dev/db', z.string()).optional(),
}`
const topic = 'arn:aws:sns:eu-west-1:210987654321:shop-changes'
const seed = `parameters:
  /shop/dev/port: 8080
  /shop/dev/key: { value: hunter2, type: SecureString }
secrets:
  dev/db: hunter3
`
const useKey = `
  import { createRequire } from 'node:module'
  const { DecryptCommand, GenerateDataKeyCommand, KMSClient } = createRequire('${import.meta.url}')('@aws-sdk/client-kms')
  const client = new KMSClient({})
  const request = new GenerateDataKeyCommand({ KeyId: process.env.KEY_ARN, KeySpec: 'AES_256' })
  const { CiphertextBlob, Plaintext } = await client.send(request)
  const decrypted = await client.send(new DecryptCommand({ CiphertextBlob }))
  console.log(Buffer.from(decrypted.Plaintext).equals(Plaintext))
`
const printEnvironment =
  "console.log(JSON.stringify(Object.entries(process.env).filter(([n]) => n.startsWith('AWS_'))))"

function definition(options: string): string {
  return `import { snsNotifications, sqsNotifications } from 'liveparam/sqs'
    ${configModule(schema, `path: '/shop/dev', poll: { everyMs: 3_600_000 }, logger: false, ${options}`)}`
}

// Writes what it holds into the file `log`, at its start and after each change.
const service = `
  import { appendFileSync } from 'node:fs'
  import { loadConfig } from 'liveparam'
  import { definition } from './config.mjs'
  const config = await loadConfig(definition)
  const log = () => appendFileSync('log', [config.current.port, config.current.key, config.current.login ?? '-'].join(' ') + '\\n')
  config.on('change', log)
  log()
  // As a server would, it keeps the process alive.
  setInterval(() => {}, 1e6)
  process.on('SIGTERM', async () => {
    await config.close()
    process.exit(9)
  })
`

interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<number | null>
  /** Everything that it has printed. */
  printed(): string
  /** Waits until the file `log` has this line last. */
  logged(line: string): Promise<void>
}

/** Starts dev, and goes on. */
function start(project: Project, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const running = spawn(process.execPath, [bin, 'dev', ...args], {
    cwd: project.folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void running.kill('SIGKILL'))
  let text = ''
  for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk) => (text += String(chunk)))
  const file = join(project.folder, 'log')
  return {
    process: running,
    ended: once(running, 'close').then(([code]) => code as number | null),
    printed: () => text,
    logged: async (line) => {
      const last = () => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) : text)
      await expect.poll(last, { timeout: 15_000 }).toBe(line)
    },
  }
}

function shop(options = `notifications: snsNotifications({ topicArn: '${topic}' })`) {
  return makeProject({ 'config.mjs': definition(options), 'service.mjs': service, 'seed.yaml': seed })
}

const serviceCommand = ['--', process.execPath, 'service.mjs']

describe('dev', () => {
  it('turns edits of the file into changes in the running command, through the topic of its definition', async () => {
    const project = shop()
    const { process: running, ended, logged, printed } = start(project, ['--seed', 'seed.yaml', ...serviceCommand])
    await logged('8080 hunter2 hunter3')
    project.write('seed.yaml', seed.replace('8080', '9090'))
    await logged('9090 hunter2 hunter3')
    // Editors replace the file.
    project.write('seed.yaml~', seed.replace('hunter2', 'hunter4'))
    renameSync(join(project.folder, 'seed.yaml~'), join(project.folder, 'seed.yaml'))
    await logged('8080 hunter4 hunter3')
    project.write('seed.yaml', seed.replace('hunter3', 'hunter5'))
    await logged('8080 hunter2 hunter5')
    running.kill('SIGTERM')

    expect(await ended).toBe(9)
    expect(printed().match(/^liveparam: \w+ed .*/gm)).toEqual([
      'liveparam: changed /shop/dev/port',
      'liveparam: changed /shop/dev/port',
      'liveparam: changed /shop/dev/key',
      'liveparam: changed /shop/dev/key',
      'liveparam: changed dev/db',
    ])
    expect(printed()).not.toContain('hunter')
  })

  it('sends changes to a queue whose URL is in a variable', async () => {
    const project = shop('notifications: sqsNotifications({ queueUrl: process.env.SHOP_QUEUE })')
    project.write('seed.json', JSON.stringify({ parameters: { '/shop/dev/port': 1, '/shop/dev/key': 'a' } }))
    const { logged } = start(project, ['--seed', 'seed.json', '--queue-variable', 'SHOP_QUEUE', ...serviceCommand])
    await logged('1 a -')
    project.write('seed.json', JSON.stringify({ parameters: { '/shop/dev/port': 2, '/shop/dev/key': 'a' } }))

    await logged('2 a -')
  })

  it('sends changes to a topic whose ARN is in a variable', async () => {
    const project = shop('notifications: snsNotifications({ topicArn: process.env.SHOP_TOPIC })')
    const { logged } = start(project, ['--seed', 'seed.yaml', '--topic-variable', 'SHOP_TOPIC', ...serviceCommand])
    await logged('8080 hunter2 hunter3')
    project.write('seed.yaml', seed.replace('8080', '9090'))

    await logged('9090 hunter2 hunter3')
  })

  it('creates a key whose ARN is in a variable', async () => {
    const project = makeProject({ 'use-key.mjs': useKey })
    const { output, errors } = await project.run(
      'dev',
      '--key-variable',
      'KEY_ARN',
      '--',
      process.execPath,
      'use-key.mjs',
    )

    expect(output, errors).toBe('true\n')
  })

  it('creates an entry again if more than its value changes, and deletes a removed one', async () => {
    const project = shop()
    const { logged, printed } = start(project, ['--seed', 'seed.yaml', ...serviceCommand])
    await logged('8080 hunter2 hunter3')
    const changed = seed
      .replace('type: SecureString', 'type: String')
      .replace('dev/db: hunter3', 'dev/db: { value: hunter6, description: for the shop }\n  other: x')
    project.write('seed.yaml', changed)
    await logged('8080 hunter2 hunter6')
    project.write('seed.yaml', changed.replace('\n  other: x', ''))
    await expect.poll(printed, { timeout: 15_000 }).toContain('deleted other')

    expect(printed().match(/^liveparam: \w+ed .*/gm)).toEqual([
      'liveparam: replaced /shop/dev/key',
      'liveparam: replaced dev/db',
      'liveparam: created other',
      'liveparam: deleted other',
    ])
  })

  it('changes nothing for a mistake in the file, and names its line', async () => {
    const project = shop()
    const { logged, printed } = start(project, ['--seed', 'seed.yaml', ...serviceCommand])
    await logged('8080 hunter2 hunter3')
    const notes = (text: string) => expect.poll(printed, { timeout: 15_000 }).toContain(text)
    // The last one is refused by the local AWS, after it was read.
    project.write('seed.yaml', `${seed.replace('8080', '1')}  dev/db: again\n`)
    await notes('liveparam: seed.yaml:6: this name is there twice: nothing has changed')
    project.write('seed.yaml', '')
    await notes('seed.yaml: the file is empty: nothing has changed')
    rmSync(join(project.folder, 'seed.yaml'))
    await notes('seed.yaml: there is no such file: nothing has changed')
    project.write('seed.yaml', seed.replace('8080', '2').replace('SecureString', 'Text'))
    await notes('liveparam: seed.yaml:3: /shop/dev/key: ')
    project.write('seed.yaml', seed.replace('8080', '3'))
    await logged('3 hunter2 hunter3')

    expect(readFileSync(join(project.folder, 'log'), 'utf8').trim().split('\n')).toHaveLength(2)
    expect(printed()).not.toContain('hunter')
  })

  it.each([
    ['parameters:\n  /a: 1\n  /a: 2\n', 'seed.yaml:3: this name is there twice'],
    ['parameters:\n  /a: 1\n  /b: { value: x, type: Text }\n', 'seed.yaml:3: /b: '],
    [undefined, 'there is no file seed.yaml: write it from what is stored → liveparam init --seed seed.yaml'],
  ])('starts nothing with the file %j', async (text, message) => {
    const project = makeProject(text === undefined ? {} : { 'seed.yaml': text })
    const { code, output, errors } = await project.run('dev', '-s', 'seed.yaml', '--', 'echo', 'started')

    expect({ code, output }).toEqual({ code: 2, output: '' })
    expect(errors.replaceAll(/\s+/g, ' ')).toContain(message)
  })

  it('shows what it serves: no value of a SecureString, a secret or a sensitive key', async () => {
    const project = shop()
    const more = '  /shop/dev/plain: hunter7\n  /shop/dev/limits/eu: hunter8\n  /other: "a\\u001b[31m\\n b"\nsecrets:'
    project.write('seed.yaml', seed.replace('secrets:', more))
    const args = ['-s', 'seed.yaml', '--', process.execPath, '-e', '']
    const { code, errors } = await project.run('dev', ...args)
    const hidden = await project.run('dev', '--values', 'never', ...args)

    expect(code).toBe(0)
    expect(errors.split('\n').slice(1)).toEqual([
      '  NAME                 TYPE          VALUE',
      '  /shop/dev/port       String        8080',
      '  /shop/dev/key        SecureString  [redacted]',
      '  /shop/dev/plain      String        [redacted]',
      '  /shop/dev/limits/eu  String        [redacted]',
      '  /other               String        a [31m b',
      '  dev/db               secret        [redacted]',
      '',
    ])
    expect(hidden.errors).not.toMatch(/8080|hunter/)
  })

  it('shows no value if a definition cannot be read', async () => {
    const project = makeProject({
      'config.js': "throw new Error('hunter1')",
      'seed.yaml': 'parameters: { /a: hunter2 }',
    })
    const { code, errors } = await project.run('dev', '-s', 'seed.yaml', '--', process.execPath, '-e', '')

    expect(code).toBe(0)
    expect(errors).toContain('note: no definition is used')
    expect(errors).toContain('reading config.js failed\n  → liveparam check config.js\n')
    expect(errors).not.toContain('hunter')
    expect((await project.run('dev', 'config.js', '--', 'true')).code).toBe(2)
  })

  it('gives the command no AWS_ variable but those of the local AWS and the settings of the SDK', async () => {
    const env = {
      AWS_PROFILE: 'prod',
      AWS_SESSION_TOKEN: 't',
      AWS_ENDPOINT_URL_SSM: 'https://ssm',
      AWS_REGION: 'eu-west-3',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    }
    const project = makeProject({}, undefined, { env })
    const { output } = await project.run('dev', '--', process.execPath, '-e', printEnvironment)

    expect(Object.fromEntries(JSON.parse(output))).toEqual({
      AWS_ENDPOINT_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      AWS_REGION: 'eu-west-3',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      AWS_DEFAULT_REGION: 'eu-west-3',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    })
  })

  it.each([
    ['process.exit(7)', 7],
    ["process.kill(process.pid, 'SIGKILL')", 137],
  ])('ends as the command does: %s', async (program, expected) => {
    expect((await makeProject({}).run('dev', '--', process.execPath, '-e', program)).code).toBe(expected)
  })

  it('refuses production, a port that is in use, and a command that does not exist', async () => {
    const taken = new URL((await localAws()).endpoint).port
    const production = makeProject({}, undefined, { env: { NODE_ENV: 'production' } })
    const project = makeProject({})

    expect(await production.run('dev', '--', 'echo', 'started')).toMatchObject({
      code: 2,
      output: '',
      errors: expect.stringContaining('does not run where NODE_ENV is production'),
    })
    expect(await project.run('dev', '--port', taken, '--', 'echo', 'started')).toMatchObject({
      code: 2,
      output: '',
      errors: expect.stringContaining(`the port ${taken} is in use`),
    })
    expect((await project.run('dev', '--port', 'x', '--', 'true')).code).toBe(2)
    expect((await project.run('dev', '--', 'there-is-no-such-program')).code).toBe(127)
  })

  it('serves until it is ended if there is no command', async () => {
    const project = makeProject({ 'seed.yaml': seed })
    const { process: running, ended, printed } = start(project, ['-s', 'seed.yaml', '--queue-variable', 'Q'])
    await expect.poll(printed, { timeout: 15_000 }).toMatch(/^export .* Q=http/m)
    const [, endpoint = ''] = /AWS_ENDPOINT_URL=(\S+)/.exec(printed()) ?? []
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
    const client = new SSMClient({ endpoint, region: 'us-east-1', credentials })
    onTestFinished(() => client.destroy())

    expect(await client.send(new GetParameterCommand({ Name: '/shop/dev/port' }))).toMatchObject({
      Parameter: { Value: '8080' },
    })
    running.kill('SIGTERM')
    expect(await ended).toBe(143)
  })
})
