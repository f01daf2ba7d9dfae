import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { bin, configModule, makeProject, type Project } from '../support/cli.ts'

beforeAll(assertBuilt)

const schema = `{
  db: z.object({ host: z.string(), maxPoolSize: z.number().default(10) }),
  login: secret('prod/db', z.object({ password: z.string() })),
  token: sensitive(z.string()),
  hosts: z.array(z.string()),
}`
const options = "path: '/shop/prod', poll: { everyMs: 1_000 }"

async function shop(definition = options) {
  const aws = await localAws()
  aws.secrets.create({ name: 'prod/db', value: '{"password":"hunter2"}' })
  put(aws, {
    '/shop/prod/db/host': 'db.internal',
    '/shop/prod/token': ['SecureString', 't0ken'],
    '/shop/prod/hosts': ['StringList', 'a,b'],
  })
  return { aws, project: makeProject({ 'config.mjs': configModule(schema, definition) }, aws) }
}

// Notes in a file what happens to it.
const log = `const log = (text) => require('node:fs').appendFileSync('log', text + ' ')`
const prints = (names: string) =>
  `console.log(JSON.stringify(Object.fromEntries(${names}.map((n) => [n, process.env[n]]))))`

/** Starts exec, and goes on. */
function start(project: Project, aws: LocalAws, program: string, ...args: string[]) {
  const { endpoint, region } = at(aws)
  const env = { ...process.env, AWS_ENDPOINT_URL: endpoint, AWS_REGION: region }
  const command = [bin, 'exec', ...args, '--', process.execPath, '-e', `${log}; ${program}`]
  const running: ChildProcess = spawn(process.execPath, command, { cwd: project.folder, env, stdio: 'ignore' })
  onTestFinished(() => void running.kill('SIGKILL'))
  const ended = once(running, 'exit').then(([code]) => code as number | null)
  const logged = (text: string) =>
    expect.poll(() => (existsSync(file) ? readFileSync(file, 'utf8') : ''), { timeout: 15_000 }).toBe(text)
  const file = join(project.folder, 'log')
  return { running, ended, logged }
}

describe('exec', () => {
  it('gives the command what is stored, decrypted, and the defaults', async () => {
    const { project } = await shop()
    const names = "['DB__HOST', 'DB__MAX_POOL_SIZE', 'LOGIN', 'TOKEN', 'HOSTS']"
    const { code, output, errors } = await project.run('exec', '--', process.execPath, '-e', prints(names))

    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(JSON.parse(output)).toEqual({
      DB__HOST: 'db.internal',
      DB__MAX_POOL_SIZE: '10',
      LOGIN: '{"password":"hunter2"}',
      TOKEN: 't0ken',
      HOSTS: 'a,b',
    })
  })

  it('gives them in the form that fromEnv() reads', async () => {
    const { project } = await shop()
    const child = `
      import { fromEnv, loadConfig } from 'liveparam'
      import { memorySource } from 'liveparam/testing'
      import { definition } from './config.mjs'
      const source = memorySource({ parameters: {} })
      const config = await loadConfig({ ...definition, source, overrides: fromEnv('SHOP_'), logger: false })
      console.log(JSON.stringify([config.current, config.current.login.password]))
      await config.close()
    `
    project.write('child.mjs', child)
    const { output, errors } = await project.run('exec', '--prefix', 'SHOP_', '--', process.execPath, 'child.mjs')

    expect(errors).toBe('')
    expect(JSON.parse(output)).toMatchObject([
      { db: { host: 'db.internal', maxPoolSize: 10 }, hosts: ['a', 'b'] },
      'hunter2',
    ])
  })

  it('takes the prefix of fromEnv() in the definition, and its overrides', async () => {
    const aws = await localAws()
    put(aws, { '/shop/prod/port': '1', '/shop/prod/host': 'stored' })
    const module = `
      import { defineConfig, fromEnv } from 'liveparam'
      import * as z from 'zod'
      export const definition = defineConfig({
        path: '/shop/prod', schema: z.object({ port: z.number(), host: z.string() }), overrides: fromEnv('SHOP_'),
      })
    `
    const project = makeProject({ 'config.mjs': module }, aws, { env: { SHOP_PORT: '2' } })
    const { output } = await project.run('exec', '--', process.execPath, '-e', prints("['SHOP_PORT', 'SHOP_HOST']"))

    expect(JSON.parse(output)).toEqual({ SHOP_PORT: '2', SHOP_HOST: 'stored' })
  })

  it.each([
    ['process.exit(7)', 7],
    ["process.kill(process.pid, 'SIGKILL')", 137],
    ["process.kill(process.pid, 'SIGTERM')", 143],
  ])('ends as the command does: %s', async (program, expected) => {
    const { project } = await shop()

    expect((await project.run('exec', '--', process.execPath, '-e', program)).code).toBe(expected)
  })

  it('passes everything on that the command prints', async () => {
    const { project } = await shop()
    const program = "for (let line = 0; line < 50_000; line++) console.log('x'.repeat(99))"
    const { code, output } = await project.run('exec', '--', process.execPath, '-e', program)

    expect(code).toBe(0)
    expect(output.length).toBe(50_000 * 100)
  })

  it('passes signals on', async () => {
    const { aws, project } = await shop()
    const program =
      "process.on('SIGTERM', () => { log('ends'); process.exit(5) }); log('runs'); setInterval(() => {}, 1e6)"
    const { running, ended, logged } = start(project, aws, program)
    await logged('runs ')
    running.kill('SIGTERM')

    expect(await ended).toBe(5)
    await logged('runs ends ')
  })

  it('waits for a command that ignores a signal', async () => {
    const { aws, project } = await shop()
    const program = `process.on('SIGTERM', () => log('ignores')); process.on('SIGINT', () => process.exit(6));
      log('runs'); setInterval(() => {}, 1e6)`
    const { running, ended, logged } = start(project, aws, program)
    await logged('runs ')
    running.kill('SIGTERM')
    await logged('runs ignores ')
    running.kill('SIGINT')

    expect(await ended).toBe(6)
  })

  it.each([
    [[], 2, 'liveparam exec needs a command after --'],
    [['--', 'there-is-no-such-program'], 127, 'there is no command there-is-no-such-program'],
    [['--kill-after', 'soon', '--', 'true'], 2, '--kill-after takes a number of seconds'],
  ])('refuses %j', async (args, expected, message) => {
    const { project } = await shop()
    const { code, errors } = await project.run('exec', ...args)

    expect(code).toBe(expected)
    expect(errors).toContain(message)
  })

  it('replaces no variable that is set without --overwrite', async () => {
    const { aws } = await shop()
    const project = makeProject({ 'config.mjs': configModule('{ path: z.string().default("x") }') }, aws)
    const refused = await project.run('exec', '--', process.execPath, '-e', '')
    const command = [process.execPath, '-e', prints("['PATH']")]
    const { output } = await project.run('exec', '--overwrite', '--', ...command)

    expect(refused.code).toBe(2)
    expect(refused.errors.replaceAll(/\s+/g, ' ')).toContain('this would replace the environment variable: PATH.')
    expect(JSON.parse(output)).toEqual({ PATH: 'x' })
  })

  it('leaves out what no variable can hold, and shows none of it', async () => {
    const { aws, project } = await shop()
    aws.secrets.create({ name: 'null', value: 'hunter9\0' })
    project.write('config.mjs', configModule(`{ key: secret('null', z.string()), host: z.string().default('a') }`))
    const command = [process.execPath, '-e', prints("['KEY', 'HOST']")]
    const { code, output, errors } = await project.run('exec', '--', ...command)

    expect({ code, output }).toEqual({ code: 0, output: '{"HOST":"a"}\n' })
    expect(errors).toContain('left out, because no environment variable can hold them: KEY')
    expect(errors).not.toContain('hunter9')
  })

  it('shows nothing of the command line of the command in its own errors', async () => {
    const { aws } = await shop()
    const project = makeProject({ 'config.mjs': 'throw new Error("broken")' }, aws)
    const { code, errors } = await project.run('exec', '--', 'psql', 'postgres://app:hunter2@db')

    expect(code).toBe(2)
    expect(errors).not.toContain('hunter2')
  })

  it('starts nothing when the configuration is refused', async () => {
    const { aws, project } = await shop()
    aws.parameters.delete('/shop/prod/db/host')
    const { code, output, errors } = await project.run('exec', '--', process.execPath, '-e', 'console.log(1)')

    expect({ code, output }).toEqual({ code: 2, output: '' })
    expect(errors).toContain('/shop/prod/db/host')
    expect(errors).not.toMatch(/hunter2|t0ken/)
  })
})

describe('exec --watch', () => {
  const program = "process.on('SIGTERM', () => process.exit(0)); log(process.env.DB__HOST); setInterval(() => {}, 1e6)"

  it('starts the command again after a change', async () => {
    const { aws, project } = await shop()
    const { running, ended, logged } = start(project, aws, program, '--watch')
    await logged('db.internal ')
    aws.parameters.put({ name: '/shop/prod/db/host', value: 'moved', overwrite: true })
    await logged('db.internal moved ')
    running.kill('SIGTERM')

    expect(await ended).toBe(0)
  })

  it('keeps the command running while AWS cannot be reached', async () => {
    const { aws, project } = await shop()
    const { running, ended, logged } = start(project, aws, program, '--watch')
    await logged('db.internal ')
    aws.resetCounts()
    const outage = aws.faults.add({ kind: 'html-503' })
    await expect.poll(() => aws.counts.total, { timeout: 15_000 }).toBeGreaterThan(0)
    await logged('db.internal ')
    aws.parameters.put({ name: '/shop/prod/db/host', value: 'moved', overwrite: true })
    outage.remove()
    await logged('db.internal moved ')
    running.kill('SIGTERM')

    expect(await ended).toBe(0)
  })

  it('ends when the command ends by itself', async () => {
    const { aws, project } = await shop()
    const { ended } = start(project, aws, 'process.exit(4)', '--watch')

    expect(await ended).toBe(4)
  })

  it('kills a command that does not end in time', async () => {
    const { aws, project } = await shop()
    const ignoring =
      "process.on('SIGTERM', () => log('ignores')); log(process.env.DB__HOST); setInterval(() => {}, 1e6)"
    const { logged } = start(project, aws, ignoring, '--watch', '--kill-after', '1')
    await logged('db.internal ')
    aws.parameters.put({ name: '/shop/prod/db/host', value: 'moved', overwrite: true })

    await logged('db.internal ignores moved ')
  })
})
