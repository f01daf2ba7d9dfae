import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { assertBuilt } from '../support/built.ts'
import { entryPoints, root } from '../support/entry-points.ts'

const required = ['zod', '@aws-sdk/client-ssm', '@smithy/signature-v4', 'p-retry', 'is-network-error', 'eventemitter3']

describe('without optional peers', () => {
  it('imports every entry point but liveparam/otel', () => {
    const names = JSON.stringify(entryPoints().flatMap(({ name }) => (name === 'liveparam/otel' ? [] : name)))
    const program = `for (const name of ${names}) await import(name)`

    expect(run(program)).toEqual({ stdout: '', stderr: '', status: 0 })
  })

  it('fails to import liveparam/otel with the error of Node, which names @opentelemetry/api', () => {
    const { stderr, status } = run("import 'liveparam/otel'")

    expect(status).toBe(1)
    expect(stderr).toContain("[ERR_MODULE_NOT_FOUND]: Cannot find package '@opentelemetry/api'")
  })

  it('imports liveparam/otel once @opentelemetry/api is installed', () => {
    const program = `
      import { openTelemetry } from 'liveparam/otel'
      import { createTestConfig } from 'liveparam/testing'
      import * as z from 'zod'

      const telemetry = openTelemetry({ name: 'shop' })
      const config = await createTestConfig(
        { schema: z.object({ a: z.string() }), path: '/app', telemetry },
        { values: { a: 'x' } },
      )
      await config.set({ values: { a: 'y' } })
      await config.close()
      console.log(config.current.a, config.explain().warnings.length)
    `

    expect(run(program, ['@opentelemetry/api'])).toEqual({ stdout: 'y 0\n', stderr: '', status: 0 })
  })

  it.each([
    ['sqs', ['@aws-sdk/client-sqs'], []],
    ['sns', ['@aws-sdk/client-sqs', '@aws-sdk/client-sns'], []],
    ['sns', ['@aws-sdk/client-sns'], ['@aws-sdk/client-sqs']],
    ['sns', ['@aws-sdk/client-sqs'], ['@aws-sdk/client-sns']],
  ] as const)('warns in one sentence that %s needs %j, and serves the configuration', (name, missing, present) => {
    const program = `
      import { loadConfig } from 'liveparam'
      import { snsNotifications, sqsNotifications } from 'liveparam/sqs'
      import { memorySource } from 'liveparam/testing'
      import * as z from 'zod'

      const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/changes'
      const topicArn = 'arn:aws:sns:eu-west-1:123456789012:changes'
      const config = await loadConfig({
        schema: z.object({ a: z.string() }),
        path: '/app',
        source: memorySource({ parameters: { '/app/a': 'x' } }),
        notifications: { sqs: sqsNotifications({ queueUrl }), sns: snsNotifications({ topicArn }) }.${name},
      })
      while (config.status().notifications.sources[0].failure === undefined) await new Promise(setImmediate)
      await config.close()
      console.log(config.current.a)
    `
    const reason = `listening needs ${missing.join(' and ')}, which cannot be loaded: npm install ${missing.join(' ')}`
    const sentence = `liveparam: ${name} cannot listen for changes: ${reason}`

    expect(run(program, present)).toEqual({ stdout: 'x\n', stderr: `${sentence}\n`, status: 0 })
  })
})

it('names both packages that the encryption of a backup needs', () => {
  const program = `
    import { loadConfig } from 'liveparam'
    import { encryptedBackup, fileStore } from 'liveparam/backup'
    import { memorySource } from 'liveparam/testing'
    import * as z from 'zod'

    const keyId = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'
    const config = await loadConfig({
      schema: z.object({ a: z.string() }),
      path: '/app',
      source: memorySource({ parameters: { '/app/a': 'x' } }),
      backup: encryptedBackup(fileStore({ path: import.meta.dirname }), { keyId }),
      logger: { warn: (message) => console.log(message) },
    })
    await config.close()
  `
  const packages = ['@aws-crypto/client-node', '@aws-sdk/client-kms']

  expect(run(program).stdout).toContain(
    `encryption needs ${packages.join(' and ')}, which cannot be loaded: npm install ${packages.join(' ')}`,
  )
  expect(run(program, packages.slice(1)).stdout).toContain(
    `encryption needs ${packages[0]}, which cannot be loaded: npm install ${packages[0]}`,
  )
})

describe('without the credential providers of the SDK', () => {
  const program = `
    import { loadConfig } from 'liveparam'
    import { lightClient } from 'liveparam/light'
    import * as z from 'zod'

    const client = lightClient({ region: 'eu-west-1' })
    const options = { schema: z.object({ a: z.string() }), path: '/app', client, logger: false }
    await loadConfig(options).catch(({ unreadable: [{ code, detail, remedy }] }) => console.log([code, detail, remedy].join('\\n')))
  `
  const configFile = join(tmpdir(), `liveparam-${process.pid}-config`)
  const remedy =
    'install or bundle @aws-sdk/credential-provider-node, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or pass credentials to lightClient()'

  it.each([
    [
      'has no credentials',
      {},
      'the environment holds no credentials, and lightClient() finds others with @aws-sdk/credential-provider-node, which cannot be loaded',
    ],
    [
      'selects a profile',
      { AWS_PROFILE: 'shop', AWS_CONFIG_FILE: configFile },
      'AWS_PROFILE selects the profile shop, which lightClient() reads with @aws-sdk/credential-provider-node, which cannot be loaded',
    ],
  ])('lightClient() names the remedy if the environment %s', (_, env, detail) => {
    writeFileSync(configFile, '[profile shop]\nregion = eu-west-1\n')
    onTestFinished(() => rmSync(configFile))
    const { stdout } = run(program, [], { AWS_ACCESS_KEY_ID: '', ...env })

    expect(stdout).toBe(`NO_CREDENTIALS\n${detail}\n${remedy}\n`)
  })
})

/** Runs a program in a folder with the package, its required dependencies and these packages. */
function run(program: string, others: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const folder = installed([...required, ...others])
  writeFileSync(join(folder, 'main.mjs'), program)
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'main.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 15_000,
  })
  return { stdout, stderr, status }
}

function installed(packages: readonly string[]): string {
  assertBuilt()
  const folder = mkdtempSync(join(tmpdir(), 'liveparam-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const modules = join(folder, 'node_modules')
  for (const name of packages) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'dir')
  }
  for (const part of ['package.json', 'dist']) {
    cpSync(join(root, part), join(modules, 'liveparam', part), { recursive: true })
  }
  return folder
}
