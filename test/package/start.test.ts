import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { root } from '../support/entry-points.ts'
import { freePort } from '../support/free-port.ts'
import { describeWithRegistry, installTarball, runIn } from '../support/tarball.ts'

const start = readFileSync(join(root, 'docs/start.md'), 'utf8')
const support = readFileSync(join(root, 'docs/support.md'), 'utf8')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const files = {
  'config.ts': blockOf(start, 'ts\n// config.ts'),
  'main.ts': blockOf(start, 'ts\n// main.ts'),
  'tsconfig.json': blockOf(start, 'json'),
  'seed.yaml': blockOf(start, 'yaml'),
}
const readmeFiles = {
  'package.json': '{ "type": "module" }',
  'main.ts': blockOf(readme, 'ts'),
  'seed.yaml': blockOf(readme, 'yaml'),
}

describeWithRegistry('a reader of the start page, in an empty folder,', () => {
  let folder = ''

  beforeAll(async () => {
    const [, packages = ''] = /npm install --save-dev (.+)/.exec(start) ?? []
    const installed = await installTarball({ packages: ['zod', ...packages.split(' ')] })
    folder = installed.folder
    write('.', files)
    mkdirSync(join(folder, 'readme'))
    write('readme', readmeFiles)
    return installed.remove
  }, 300_000)

  it('compiles the service', async () => {
    expect(await runIn(folder, ['node_modules/typescript/bin/tsc', '-p', '.'])).toMatchObject({ code: 0, output: '' })
  })

  it('lists the versions in use with the command of the support page', async () => {
    const command = run(blockOf(support, 'sh'), '.', {})

    expect(await command.ended).toBe(0)
    const packages = ['liveparam', 'zod', '@aws-sdk/client-ssm', 'typescript']
    expect(command.printed()).toContain(process.version)
    expect(packages.filter((name) => !command.printed().includes(` ${name}@`))).toEqual([])
  })

  it('runs it without an account, and changes a parameter', async () => {
    const port = await freePort()
    const service = run(commandOf(start), '.', { PORT: String(port) })
    await expect.poll(service.printed, { timeout: 60_000 }).toContain('ready')
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('checkout: true\n')

    edit('.', 'checkoutEnabled: true', 'checkoutEnabled: false')
    await expect.poll(service.printed, { timeout: 30_000 }).toContain('liveparam: changed /shop/dev/checkoutEnabled')
  })

  it('reads in the error which parameter is misspelled', async () => {
    edit('.', '/db/host:', '/db/hosst:')
    const service = run(commandOf(start), '.', { PORT: '0' })

    expect(await service.ended).toBe(1)
    expect(service.printed()).toContain('→ /shop/dev/db/hosst is stored: rename it')
  })

  describe('with the example of the README,', () => {
    it('runs it without an account', async () => {
      const service = run(commandOf(readme), 'readme', {})

      expect(await service.ended).toBe(0)
      expect(service.printed()).toMatch(/^5433$/m)
    })

    it('reads in the error which parameter is misspelled', async () => {
      edit('readme', '/db/host:', '/db/hosst:')
      const service = run(commandOf(readme), 'readme', {})

      expect(await service.ended).toBe(1)
      expect(service.printed()).toContain('→ /shop/prod/db/hosst is stored: rename it')
    })
  })

  function write(place: string, texts: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(texts)) writeFileSync(join(folder, place, file), text)
  }

  function edit(place: string, from: string, to: string): void {
    const file = join(folder, place, 'seed.yaml')
    const text = readFileSync(file, 'utf8')
    expect(text).toContain(from)
    writeFileSync(file, text.replace(from, to))
  }

  /** Runs a command of a page until it ends, or the test does. */
  function run(command: string, place: string, env: NodeJS.ProcessEnv) {
    const child = spawn(command, {
      cwd: join(folder, place),
      env: { ...process.env, NODE_ENV: undefined, NODE_OPTIONS: undefined, ...env },
      shell: true,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)))
    const ended = once(child, 'close').then(([code]) => code as number | null)
    onTestFinished(async () => {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      await ended
    })
    return { ended, printed: () => text }
  }
})

/** The code of the first block that begins so. */
function blockOf(page: string, beginning: string): string {
  const start = page.indexOf(`\`\`\`${beginning}\n`)
  expect(start, beginning).toBeGreaterThan(0)
  const code = page.slice(start + beginning.length + 4)
  return code.slice(0, code.indexOf('```'))
}

function commandOf(page: string): string {
  const [command = ''] = /npx liveparam dev --seed seed\.yaml -- npx tsx main\.ts/.exec(page) ?? []
  return command
}
