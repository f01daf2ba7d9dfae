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
    ['sqs', '@aws-sdk/client-sqs', []],
    ['sns', '@aws-sdk/client-sqs', []],
    ['sns', '@aws-sdk/client-sns', ['@aws-sdk/client-sqs']],
  ] as const)('warns in one sentence that %s needs %s, and serves the configuration', (name, client, present) => {
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
        logger: { warn: (message) => console.log(message) },
      })
      while (config.status().notifications.sources[0].failure === undefined) await new Promise(setImmediate)
      await config.close()
      console.log(config.current.a)
    `
    const reason = `listening needs ${client}, which cannot be loaded: npm install ${client}`
    const sentence = `liveparam: ${name} cannot listen for changes: ${reason}`

    expect(run(program, present)).toEqual({ stdout: `${sentence}\nx\n`, stderr: '', status: 0 })
  })
})

/** Runs a program in a folder with the package, its required dependencies and these packages. */
function run(program: string, others: readonly string[] = []) {
  const folder = installed([...required, ...others])
  writeFileSync(join(folder, 'main.mjs'), program)
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'main.mjs')], {
    encoding: 'utf8',
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
