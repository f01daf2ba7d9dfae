import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { optionNames } from '../../src/options.ts'
import { faultCases } from '../model/faults.ts'
import { at, localAws, put } from '../support/aws.ts'
import { runProgram } from '../support/service.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const errors = readFileSync(join(root, 'src/errors.ts'), 'utf8')
const blocks = [...readme.matchAll(/```ts\n(?:\/\/ ([\w-]+\.ts)[^\n]*\n)?([\s\S]*?)```/g)].map(
  ([, name, code = ''], index) => {
    return { name: name ?? `block-${index}.ts`, code }
  },
)

describe('the README', () => {
  it('numbers a promise for each test, and has a test for each promise', () => {
    const section = readme.slice(readme.indexOf('## What it promises'), readme.indexOf('## Permissions'))
    const promised = [...section.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number))
    const tested = readdirSync(join(root, 'test/promises')).map((file) => Number.parseInt(file, 10))

    expect(promised).toEqual(promised.map((_, index) => index + 1))
    expect(tested.sort((a, b) => a - b)).toEqual(promised)
  })

  it('has a heading for each code, and no other', () => {
    const codes = [...errors.matchAll(/^\s*\|?.*'[A-Z_]+'/gm)].flatMap(([line]) => [
      ...line.matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g),
    ])
    const headings = [...readme.matchAll(/^#### ([A-Z_]+)$/gm)].map(([, heading]) => heading)

    expect(new Set(headings)).toEqual(new Set(codes.map(([, code]) => code)))
    expect(headings).toHaveLength(new Set(headings).size)
  })

  it('says of each fault how it is told', () => {
    const table = readme.slice(readme.indexOf('### When AWS fails'), readme.indexOf('### What depends'))
    const rows = [...table.matchAll(/^\| ([^|]+?) +\| `([A-Z_]+)`/gm)].map(([, name, code]) => [name, code])

    expect(rows).toEqual(Object.entries(faultCases).map(([name, { code }]) => [name, code]))
  })

  it('has every option in its table', () => {
    const table = readme.slice(readme.indexOf('## Options'), readme.indexOf("`fromEnv('SHOP_"))
    const documented = [...table.matchAll(/^\| (`[^|]+`) *\|/gm)].flatMap(([, names = '']) => names.match(/\w+/g) ?? [])

    expect(documented.sort()).toEqual(Object.keys(optionNames).sort())
  })
})

describe('its examples', () => {
  let folder = ''

  beforeAll(() => {
    // Inside the package, so that it is imported by its name as a reader would.
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

  it('compile', { timeout: 60_000 }, () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })

    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  it('run', async () => {
    const aws = await localAws()
    put(aws, {
      '/shared/allowedOrigins': ['StringList', 'https://a.example,https://b.example'],
      '/shop/dev/db/host': 'db.local',
      '/shop/dev/checkoutEnabled': 'true',
    })
    aws.secrets.create({ name: 'dev/db', value: '{"username":"app","password":"hunter2"}' })
    const { endpoint, region } = at(aws)
    const output = await run(join(folder, 'main.ts'), { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region })

    expect(output).toMatch(/^5433\n/)
    expect(output).toContain("credentials: '[redacted]'")
    expect(output).toMatch(/\/shop\/dev\/db\/host\n$/)
  })

  it('run on the local AWS', async () => {
    const local = blocks.find(({ code }) => code.includes('startLocalAws'))
    const output = await run(join(folder, local?.name ?? ''), {})

    expect(output).toBe("8080 { 'ssm:GetParameters': 3 }\n")
  })

  it('run without AWS', async () => {
    const testing = blocks.find(({ code }) => code.includes('createTestConfig'))

    expect(await run(join(folder, testing?.name ?? ''), {})).toBe('')
  })
})

async function run(file: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const { output, ...end } = await runProgram(['--import', 'tsx', file], { env: environment })
  expect(end).toEqual({ code: 0, errors: '' })
  return output
}
