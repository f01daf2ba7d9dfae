import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { callsOf } from '../support/calls.ts'
import { allows, statementsIn } from '../support/iam.ts'
import { runProgram } from '../support/service.ts'
import { isWholeSuite, sample } from '../support/suite.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .map((file) => `docs/${file}`)
    .sort(),
].filter((file) => file.endsWith('.md'))
const blocks = pages.flatMap((page) => {
  const found = readFileSync(join(root, page), 'utf8').matchAll(/```ts\n(?:\/\/ ([\w-]+\.ts)\n)?([\s\S]*?)```/g)
  return [...found].map(([, name, code = ''], index) => {
    return { name: name ?? `${basename(page, '.md')}-${index + 1}.ts`, code }
  })
})

// The output of each block, or of the program that uses it.
const examples: Readonly<
  Record<string, { readonly prints: string | RegExp; readonly use?: string; readonly warns?: string }>
> = {
  'README-1.ts': { prints: '5433\n' },
  'benchmarks-1.ts': { prints: /^\d+ ms, \d+ calls\n$/ },
  'shop.ts': { prints: /\n✓ a start would succeed · 2 keys: 2 ok.*\s*$/, use: useCommandLine('check', 'shop.ts') },
  'comparison-1.ts': { prints: '5433 5433\n' },
  'design-1.ts': { prints: "refresh [ 'db.port' ]\n1 1 2 2\n" },
  'errors-1.ts': { prints: 'MISSING_PARAMETER db.hostname /shop/prod/db/hostname\n' },
  'express-1.ts': { prints: '{"gross":120,"currency":"EUR"} 200\n', use: useShop() },
  'fleets-1.ts': {
    prints: 'db.local\n',
    use: 'await example.config.close(); process.exit()',
    // test/examples/fleet.test.ts has a Redis.
    warns:
      'liveparam: sharedCache: the client of Redis is not connected, and its error events say why. The config reads AWS itself until the shared cache works\n',
  },
  'fleet-config.ts': { prints: /"Sid": "EncryptReadings"/, use: useCommandLine('infra', 'policy', 'fleet-config.ts') },
  'ioredis-client.ts': { prints: '' },
  'lambda-1.ts': { prints: /statusCode: 200/, use: "console.log(await example.api({ rawPath: '/a' }, {}))" },
  'light-client-1.ts': { prints: 'db.local\n', use: 'console.log(example.config.current.db.host)' },
  'local-aws-1.ts': { prints: '8080\n' },
  'local-development-1.ts': { prints: 'changed 9090\n' },
  'migrating-1.ts': { prints: '5433\n' },
  'migrating-2.ts': { prints: '5433\n' },
  'migrating-3.ts': { prints: 'app@db.prod:5433\n', use: 'console.log(await example.addressNow())' },
  'migrating-4.ts': { prints: 'app@db.prod:5433\n', use: 'console.log(example.addressNow())' },
  'migrating-5.ts': { prints: /port: '5433'/, use: 'console.log(await example.handler({}, {})); process.exit()' },
  'migrating-6.ts': { prints: /port: 5433/, use: 'console.log(await example.handler({}, {}))' },
  'migrating-7.ts': { prints: 'db.prod 5433\n' },
  'migrating-8.ts': { prints: '{ port: 6543, checkoutEnabled: true }\n', use: useFile() },
  'migrating-9.ts': { prints: '5433 true\n' },
  'notifications-1.ts': { prints: 'true\n', use: useWebhook() },
  'operations-1.ts': { prints: /^ssm:GetParameters [\s\S]*status: 'up'/ },
  'options-1.ts': { prints: '5433 1 up\n' },
  'outages-1.ts': { prints: /^liveparam: stale \(from-backup\)\ndb\.local backup\n$/, use: useOutage() },
  'outages-2.ts': { prints: 'db.local from-backup\n' },
  'bucket-store.ts': { prints: '' },
  'package-1.ts': { prints: 'function\n' },
  'promises-1.ts': { prints: 'LoadError db.local\n' },
  'recipes-1.ts': { prints: 'ready\n' },
  'recipes-2.ts': { prints: '/shared/allowedOrigins 0\n' },
  'db-package.ts': { prints: '' },
  'recipes-4.ts': { prints: 'db.shared:5432\n' },
  'rotation-1.ts': { prints: '' },
  'schema-1.ts': { prints: '8081 100 3\n' },
  'security-1.ts': { prints: `{"login":"[redacted]"}\n{ login: '[redacted]' }\napp\n` },
  'config.ts': { prints: '' },
  'main.ts': { prints: 'ready\ncheckout: true\n\n', use: useService() },
  'telemetry-1.ts': { prints: '' },
  'testing-1.ts': { prints: '' },
  'testing-2.ts': { prints: "8080 { 'ssm:GetParameters': 3 }\n" },
}

describe('the code in README.md and docs', () => {
  let folder = ''

  beforeAll(() => {
    // Inside the package, so that the blocks import liveparam by its name.
    folder = mkdtempSync(join(root, 'test/readme-'))
    for (const { name, code } of blocks) writeFileSync(join(folder, name), code)
    const extended = {
      extends: '../tsconfig.json',
      compilerOptions: { rootDir: '../..', allowImportingTsExtensions: true },
      files: blocks.map(({ name }) => name),
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(extended))
    return () => rmSync(folder, { recursive: true, force: true })
  })

  it('is listed here, block by block', () => {
    expect(blocks.map(({ name }) => name)).toEqual(Object.keys(examples))
  })

  it('begins each page with an example that runs', () => {
    const ran = { 'docs/frameworks.md': 'typescript', 'docs/support.md': 'sh' }
    const first = pages.map((page) => [page, /^```(\w*)/m.exec(readFileSync(join(root, page), 'utf8'))?.[1]])

    // test/examples/frameworks.test.ts and test/package/start.test.ts run the other two.
    expect(Object.fromEntries(first.filter(([, language]) => language !== 'ts'))).toEqual(ran)
  })

  it.runIf(isWholeSuite)('compiles', { timeout: 60_000 }, () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })

    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  it.each(sample(Object.entries(examples), 4))(
    'runs: %s',
    { timeout: 60_000 },
    async (name, { prints, use, warns = '' }) => {
      const program = use === undefined ? name : `use-${name}`
      if (use !== undefined) writeFileSync(join(folder, program), `import * as example from './${name}'\n${use}\n`)
      const { output, ...end } = await run(join(folder, program), await shop())

      expect(end).toEqual({ code: 0, errors: warns })
      if (typeof prints === 'string') expect(output).toBe(prints)
      else expect(output).toMatch(prints)
    },
  )

  it('fails with the output that the README shows', async () => {
    const aws = await shop()
    aws.parameters.delete('/shop/prod/db/host')
    put(aws, { '/shop/prod/db/hosst': 'db.prod', '/shop/prod/checkoutEnabled': 'yes' })
    const { code, errors } = await run(join(folder, 'README-1.ts'), aws)
    const [, shown = ''] = /```text\n(liveparam: [\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []

    expect(code).toBe(1)
    expect(comparable(errors)).toContain(comparable(shown))
  })

  it('needs only the permissions in docs/operations.md', async () => {
    const aws = await shop()
    await run(join(folder, 'README-1.ts'), aws)
    const page = readFileSync(join(root, 'docs/operations.md'), 'utf8')
    const [, policy = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? []
    const statements = statementsIn(
      JSON.parse(
        policy.replaceAll('REGION', 'us-east-1').replaceAll('ACCOUNT', '123456789012').replaceAll('key/KEY', 'key/*'),
      ),
    )

    expect(callsOf(aws).length).toBeGreaterThan(0)
    expect(callsOf(aws).filter((call) => !statements.some((statement) => allows(statement, call)))).toEqual([])
  })
})

/** Starts a local AWS with the parameters of the examples. */
async function shop(): Promise<LocalAws> {
  const aws = await localAws()
  put(aws, {
    '/shared/allowedOrigins': ['StringList', 'https://a.example,https://b.example'],
    '/shared/db/host': 'db.shared',
    '/shop/dev/db/host': 'db.local',
    '/shop/dev/checkoutEnabled': 'true',
    '/shop/prod/db/host': 'db.prod',
    '/shop/prod/db/port': '5433',
    '/shop/prod/checkoutEnabled': 'true',
    '/shop/prod/currency': 'EUR',
    '/shop/prod/taxPercent': '20',
  })
  for (const name of ['dev/db', 'prod/db'])
    aws.secrets.create({ name, value: '{"username":"app","password":"hunter2"}' })
  return aws
}

function run(file: string, aws: LocalAws) {
  const { endpoint, region } = at(aws)
  const state = { BACKUP_KEY_ARN: aws.keys.create().arn, STATE_DIRECTORY: join(dirname(file), 'state') }
  // No Redis listens there.
  const cache = { CACHE_KEY_ARN: aws.keys.create().arn, REDIS_URL: 'redis://127.0.0.1:1' }
  const env = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, PORT: '0', ...state, ...cache }
  return runProgram(['--import', 'tsx', file], { env })
}

// Replaces the duration and the account, which depend on the machine.
function comparable(text: string): string {
  return text.replace(/in \d+ ms/, 'in so many ms').replace(/read with account .*/, 'read with account …')
}

function useShop(): string {
  return `
    const server = (await example.serveShop(async () => true)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const at = \`http://127.0.0.1:\${server.address().port}\`
    const [price, page] = await Promise.all([fetch(\`\${at}/price\`), fetch(\`\${at}/_config/status.json\`)])
    console.log(await price.text(), page.status)
    process.exit()`
}

function useCommandLine(...words: string[]): string {
  const command = JSON.stringify([join(root, 'dist/cli/main.js'), ...words])
  return `
    import { spawnSync } from 'node:child_process'
    const { stdout } = spawnSync(process.execPath, ${command}, { cwd: import.meta.dirname, encoding: 'utf8' })
    console.log(stdout)`
}

function useWebhook(): string {
  return `
    const server = (await example.serve()).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    console.log(await (await fetch(\`http://127.0.0.1:\${server.address().port}/checkout\`)).text())
    process.exit()`
}

function useOutage(): string {
  return `
    import { loadConfig } from 'liveparam'
    import { definition } from './config.ts'
    await example.config.close()
    for (const service of ['SSM', 'SECRETS_MANAGER']) process.env['AWS_ENDPOINT_URL_' + service] = 'http://127.0.0.1:1'
    const logger = { warn: (message) => console.log(message.split('\\n')[0]) }
    const { backup } = example
    const config = await loadConfig({ ...definition, backup, logger, startup: { timeoutMs: 300 } })
    console.log(config.current.db.host, config.status().origin)
    await config.close()`
}

function useService(): string {
  return `
    if (!example.server.listening) await new Promise((resolve) => example.server.once('listening', resolve))
    const answer = await fetch(\`http://127.0.0.1:\${example.server.address().port}\`)
    console.log(await answer.text())
    process.exit()`
}

function useFile(): string {
  return `
    import { writeFileSync } from 'node:fs'
    const file = import.meta.dirname + '/settings.env'
    writeFileSync(file, 'DB_PORT=6543\\nCHECKOUT_ENABLED=true\\n')
    console.log(example.settings(file))`
}
