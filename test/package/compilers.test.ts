import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { at, localAws, put } from '../support/aws.ts'
import { entryPoints, optionalPeers, root } from '../support/entry-points.ts'
import { describeWithRegistry, installTarball, runIn } from '../support/tarball.ts'

const compilers = ['5.6', '5.9', '6.0', '7.0'].map((version) => `typescript-${version}@npm:typescript@~${version}.0`)
const common = ['zod@4', '@types/node@20', ...compilers]
const options = { target: 'es2022', strict: true, skipLibCheck: false, types: ['node'], rootDir: '.' }
const nodenext = { ...options, module: 'nodenext' }
// What `module: commonjs` means up to TypeScript 5: no exports of package.json are read. Zod itself needs the interop.
const node10 = {
  ...options,
  lib: ['es2022', 'esnext.disposable'],
  module: 'commonjs',
  moduleResolution: 'node10',
  esModuleInterop: true,
}
const bundler = { ...options, module: 'preserve', moduleResolution: 'bundler', noEmit: true }

describeWithRegistry('TypeScript, with all peers', () => {
  let folder = ''

  beforeAll(async () => {
    const peers = optionalPeers().map(({ name, range }) => `${name}@${range}`)
    const installed = await installTarball({ packages: [...common, ...peers] })
    folder = installed.folder
    const example = readmeExample()
    const modules = writeSources(folder, { name: 'esm', type: 'module', main: example })
    const commonJs = writeSources(folder, { name: 'commonjs', type: 'commonjs', main: inFunction(example) })
    writeOptions(folder, 'modules', nodenext, modules)
    writeOptions(folder, 'modules and CommonJS', nodenext, [...modules, ...commonJs])
    writeOptions(folder, 'modules for a bundler', bundler, modules)
    writeOptions(folder, 'CommonJS without exports', { ...node10, noEmit: true }, commonJs)
    return installed.remove
  }, 300_000)

  it.concurrent.each([
    ['5.6', 'modules'],
    ['5.6', 'modules for a bundler'],
    ['5.6', 'CommonJS without exports'],
    ['5.9', 'CommonJS without exports'],
    ['5.9', 'modules and CommonJS'],
    ['6.0', 'modules and CommonJS'],
    ['7.0', 'modules for a bundler'],
    ['7.0', 'modules and CommonJS'],
  ])('%s compiles %s', { timeout: 300_000 }, async (version, config) => {
    expect(await compile(folder, version, config)).toEqual({ code: 0, output: '', errors: '' })
  })

  it.each(['esm', 'commonjs'])('produces a program that runs: %s', async (project) => {
    const aws = await localAws()
    put(aws, { '/shop/prod/db/host': 'db.prod', '/shop/prod/db/port': '5433', '/shop/prod/checkoutEnabled': 'true' })
    aws.secrets.create({ name: 'prod/db', value: '{"username":"app","password":"hunter2"}' })
    const { endpoint, region } = at(aws)
    // A module is a module by the nearest package.json.
    writeFileSync(
      join(folder, 'dist-7.0', project, 'package.json'),
      readFileSync(join(folder, project, 'package.json')),
    )
    const env = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region }
    const { code, output } = await runIn(folder, [`dist-7.0/${project}/main.js`], env)

    expect({ code, output }).toEqual({ code: 0, output: '5433\n' })
  })
})

describeWithRegistry('TypeScript, without optional peers', () => {
  const needing = ['liveparam/express', 'liveparam/otel']
  let folder = ''

  beforeAll(async () => {
    const installed = await installTarball({ packages: common })
    folder = installed.folder
    return installed.remove
  }, 300_000)

  it('compiles the entry points that need no peer', async () => {
    const names = entryPoints().map(({ name }) => name)

    expect(await problemsOf(names.filter((name) => !needing.includes(name)))).toEqual([])
  })

  it('names the missing peer', async () => {
    const problems = await problemsOf(needing)
    // The declarations name no type of the others.
    const modules = optionalPeers().filter(({ name }) => !/^(@types\/|@aws-(sdk|crypto)\/|(jiti|redis)$)/.test(name))
    const missing = modules.map(({ name }) => `Cannot find module '${name}' or its corresponding type declarations.`)

    expect(new Set(problems)).toEqual(new Set(missing))
  })

  async function problemsOf(names: readonly string[]): Promise<string[]> {
    writeFileSync(join(folder, 'main.ts'), importAll(names))
    writeOptions(folder, 'bare', { ...nodenext, noEmit: true }, ['main.ts'])
    const { output } = await compile(folder, '7.0', 'bare')
    return [...output.matchAll(/error TS\d+: (.*)$/gm)].map(([, problem = '']) => problem)
  }
})

interface Sources {
  readonly name: string
  readonly type: 'module' | 'commonjs'
  readonly main: string
}

/** The first one, which everybody begins with. */
function readmeExample(): string {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  if (example === undefined) throw new Error('README.md has no example')
  return example
}

// CommonJS has no await at the top.
function inFunction(main: string): string {
  const [, imports = '', body = ''] = /^((?:import .*\n|\n)*)([\s\S]*)$/.exec(main) ?? []
  return `${imports}void (async () => {\n${body.replace('export const', 'const')}})()\n`
}

function importAll(names: readonly string[]): string {
  return names.map((name, index) => `export * as entry${index} from '${name}'\n`).join('')
}

/** @returns What is to be compiled. */
function writeSources(folder: string, { name, type, main }: Sources): string[] {
  const entries = importAll(entryPoints().map((entry) => entry.name))
  mkdirSync(join(folder, name))
  const files = {
    'package.json': JSON.stringify({ type }),
    'main.ts': main,
    'entries.ts': entries,
  }
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text)
  return [`${name}/main.ts`, `${name}/entries.ts`]
}

function writeOptions(folder: string, name: string, compilerOptions: object, files: readonly string[]): void {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ compilerOptions, files }))
}

function compile(folder: string, version: string, config: string) {
  const outDir = `dist-${version}`
  return runIn(folder, [`node_modules/typescript-${version}/bin/tsc`, '-p', `${config}.json`, '--outDir', outDir])
}
