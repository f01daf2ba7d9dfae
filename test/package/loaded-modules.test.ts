import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { beforeAll, expect, it } from 'vitest'
import { at, localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { root } from '../support/entry-points.ts'

beforeAll(assertBuilt)

const dist = pathToFileURL(join(root, 'dist/')).href
const entry = `${dist}index.js`

// Prints the URL of each module when Node.js loads it.
const hook = `
  import { writeSync } from 'node:fs'
  export async function load(url, context, next) {
    writeSync(1, 'loaded ' + url + '\\n')
    return next(url, context)
  }
`

const withoutClient = `
  export async function resolve(specifier, context, next) {
    if (specifier === '@aws-sdk/client-ssm') throw new Error('Cannot find package')
    return next(specifier, context)
  }
`

/** The packages that a program loads, and the files of dist, in two lists for each line `---` that it prints. */
async function loadedBy(program: string, env: Readonly<Record<string, string>> = {}) {
  const stdout = await run(program, hook, env)
  return stdout.split('---\n').map((part) => {
    const urls = [...part.matchAll(/^loaded (.*)$/gm)].map(([, url = '']) => url)
    const names = urls.map((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1])
    const packages = [...new Set(names.filter((name) => name !== undefined))]
    const files = urls.flatMap((url) => (url.startsWith(dist) ? url.slice(dist.length) : []))
    return { packages, files }
  })
}

it('loads no client and none of what only failures need when it is imported', async () => {
  const [imported] = await loadedBy(`await import('${entry}')`)

  expect(imported?.packages).toEqual(['eventemitter3'])
  expect(imported?.files.sort()).toEqual(['chunks/core.js', 'chunks/shared.js', 'index.js'])
})

it('loads one client and nothing else for a configuration that loads', async () => {
  const aws = await localAws()
  put(aws, { '/app/port': '8080' })
  const { endpoint, region } = at(aws)
  const [, loaded] = await loadedBy(
    `
      const { loadConfig } = await import('${entry}')
      const z = await import('zod')
      console.log('---')
      const config = await loadConfig({ schema: z.object({ port: z.number() }), path: '/app', logger: false })
      await config.close()
    `,
    { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region },
  )

  expect(loaded?.packages).toContain('@aws-sdk/client-ssm')
  expect(loaded?.packages).not.toContain('@aws-sdk/client-secrets-manager')
  expect(loaded?.packages).not.toContain('p-retry')
  expect(loaded?.files).toEqual(['chunks/aws-source.js', 'chunks/aws.js'])
})

it('loads no client with a bundle that leaves the SDK to the runtime of Lambda', async () => {
  const { metafile } = await build({
    stdin: { contents: `export * from 'liveparam'`, resolveDir: root },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    external: ['@aws-sdk/*'],
  })
  const [output] = Object.values(metafile.outputs)
  const imports = output?.imports.filter(({ path }) => path.startsWith('@aws-sdk/')) ?? []

  expect(imports.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual([
    'dynamic-import @aws-sdk/client-secrets-manager',
    'dynamic-import @aws-sdk/client-ssm',
  ])
})

it('loads nothing of the SDK with lightClient(), secrets included', async () => {
  const aws = await localAws()
  put(aws, { '/app/port': '8080' })
  aws.secrets.create({ name: 'login', value: 'hunter2' })
  aws.secrets.create({ name: 'blob', value: new Uint8Array(2) })
  const { endpoint, region } = at(aws)
  const [, loaded] = await loadedBy(
    `
      const { loadConfig, secret } = await import('${entry}')
      const { lightClient } = await import('${dist}light/index.js')
      const z = await import('zod')
      const schema = z.object({ port: z.number(), login: secret('login', z.string()), blob: secret('blob', { binary: true }) })
      console.log('---')
      const config = await loadConfig({ schema, path: '/app', client: lightClient(), logger: false })
      await config.refresh()
      await config.close()
    `,
    { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region },
  )

  expect(loaded?.packages).toEqual([])
  expect(aws.counts.calls).toMatchObject({ 'ssm:GetParameters': {}, 'secretsmanager:GetSecretValue': {} })
})

it('loads no client for a source that was passed in', async () => {
  const [, loaded] = await loadedBy(
    `
      const { loadConfig } = await import('${entry}')
      const { memorySource } = await import('${dist}testing/index.js')
      const z = await import('zod')
      console.log('---')
      const source = memorySource({ parameters: { '/app/port': '8080' } })
      const config = await loadConfig({ schema: z.object({ port: z.number() }), path: '/app', source, logger: false })
      await config.close()
    `,
  )

  expect(loaded?.packages).toEqual([])
})

it('needs no commands for the aggregated client SSM, which has a method for each call', async () => {
  const aws = await localAws()
  put(aws, { '/app/port': '8080' })
  const { endpoint, region } = at(aws)
  const [, loaded] = await loadedBy(
    `
      const { createRequire } = await import('node:module')
      const { SSM } = createRequire('${entry}')('@aws-sdk/client-ssm')
      const { loadConfig } = await import('${entry}')
      const z = await import('zod')
      const client = new SSM()
      console.log('---')
      const config = await loadConfig({ schema: z.object({ port: z.number() }), path: '/app', client, logger: false })
      await config.close()
      client.destroy()
    `,
    { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region },
  )

  expect(loaded?.packages).not.toContain('@aws-sdk/client-ssm')
  expect(aws.counts.calls).toMatchObject({ 'ssm:GetParameters': 1 })
})

it('says once that the client is not installed', async () => {
  const output = await run(
    `
      const { loadConfig, secret } = await import('${entry}')
      const z = await import('zod')
      const schema = z.object({ port: z.number(), host: z.string(), more: z.record(z.string(), z.string()), db: secret('db', z.string()) })
      process.stdout.write(await loadConfig({ schema, path: '/app', logger: false }).catch((error) => error.message))
    `,
    withoutClient,
    { AWS_REGION: 'us-east-1' },
  )

  expect(output.split('Could not be read\n')[1]?.trimEnd()).toBe(`  2 names  [AWS_ERROR]
    - /app
    - db  secret db
      reading Parameter Store needs @aws-sdk/client-ssm, which cannot be loaded
      → npm install @aws-sdk/client-ssm`)
})

async function run(program: string, hooks: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hooks))})`
  const args = ['--import', dataUrl(register), '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env }, cwd: root })
  return stdout
}

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`
}
