import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { compile, shop, startsOf } from '../support/bootstrap.ts'
import { runProgram, startService } from '../support/service.ts'

const examples = 'examples/bootstrap'
const bundle = join(mkdtempSync(join(tmpdir(), 'liveparam-')), 'main.cjs')

describe.each([
  ['ES modules', ['--import', 'tsx', `${examples}/esm/main.ts`]],
  ['CommonJS', [`${examples}/commonjs/main.cjs`]],
  ['a CommonJS bundle', [bundle]],
  ['Nest', [`${examples}/nest/dist/main.cjs`]],
])('a start with %s', { timeout: 60_000 }, (_, main) => {
  beforeAll(async () => {
    if (main[0]?.includes('nest')) compile(`${examples}/nest`)
    return main[0] === bundle ? bundleCommonJs() : undefined
  }, 60_000)

  it('shares one configuration between all modules', async () => {
    const { aws, env } = await shop()
    const service = await startService(main, { env })

    expect(await service.get('/')).toBe('Welcome to the shop')
    expect(await service.get('/mail')).toBe('shop@example.com')
    expect(startsOf(aws)).toBe(1)
    expect(service.output()).toContain("apiKey: '[redacted]' },\n  db: '[redacted]'")
  })

  it('closes the config on a signal, after which the process ends', async () => {
    const { env } = await shop()
    const service = await startService(['--import', './test/support/ends-by-itself.mjs', ...main], { env })
    await service.get('/')
    const { code, output, errors } = await service.end()

    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(output).toMatch(/\nclosed\n$/)
  })

  it('prints one readable block and exits when loading fails', async () => {
    const { aws, env } = await shop()
    aws.parameters.delete('/shop/dev/greeting')
    aws.parameters.put({ name: '/shop/dev/port', value: 'hunter2' })
    aws.secrets.put({ id: 'dev/db', value: '{"username":"hunter2"}' })
    const { code, output, errors } = await runProgram(main, { env })

    expect({ code, output }).toEqual({ code: 1, output: '' })
    expect(errors.replace(/\(\d attempts in \d+ ms\)/, '(…)').replace(aws.endpoint, '(endpoint)')).toBe(block)
  })
})

it('examples start without an account', { timeout: 60_000 }, async () => {
  const withLocalAws = ['--import', 'tsx', `${examples}/with-local-aws.ts`]
  const main = [process.execPath, `${examples}/commonjs/main.cjs`]
  const service = await startService([...withLocalAws, ...main], { env: { PORT: '0' } })

  expect(await service.get('/')).toBe('Welcome to the shop')
  expect((await service.end()).output).toMatch(/\nclosed\n$/)
})

it('require() of liveparam needs no flag and prints no warning', async () => {
  const { env } = await shop()
  const code = "console.log(typeof require('liveparam').createConfig)"

  expect(await runProgram(['-e', code], { env })).toEqual({ code: 0, output: 'function\n', errors: '' })
})

const block = `liveparam: could not load the configuration: 2 missing, 1 invalid (…)
  read with account 123456789012, region us-east-1, credentials from environment variables, endpoint (endpoint)

Missing
  greeting  /shop/dev/greeting  [MISSING_PARAMETER]
      expected string: nothing is stored
      → store it, or make the key optional or give it a default
  db.password  secret dev/db  [MISSING_JSON_KEY]
      expected string: the stored JSON has no password
      → add it to the JSON, or make the key optional

Invalid
  port  /shop/dev/port  [INVALID_VALUE]
      expected integer: something else is stored
      → correct the stored value, or the schema
`

async function bundleCommonJs(): Promise<() => void> {
  const entryPoints = [fileURLToPath(new URL(`../../${examples}/commonjs/main.cjs`, import.meta.url))]
  await build({ entryPoints, outfile: bundle, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' })
  return () => rmSync(dirname(bundle), { recursive: true })
}
