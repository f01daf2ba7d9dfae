import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { roundTripMs, startRemoteAws } from './support/local-aws.ts'
import { asRatio, inMs, median, takeTurns } from './support/measure.ts'
import { print } from './support/table.ts'

// Whole processes: the command line beside an empty program, and beside a program that loads the same definition.
const runs = 15
const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'dist/cli/main.js')
const names = Array.from({ length: 100 }, (_, index) => `key${index}`)

await using aws = await startRemoteAws()
await aws.put(names.map((name) => ({ name: `/cli/${name}`, value: name })))
const folder = mkdtempSync(join(tmpdir(), 'liveparam-bench-'))
try {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/liveparam'), 'dir')
  for (const name of ['zod', '@aws-sdk']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir')
  }
  const files = {
    'package.json': '{ "type": "module" }',
    'empty.js': '',
    'config.js': `
      import { defineConfig } from 'liveparam'
      import * as z from 'zod'
      const keys = ${JSON.stringify(names)}
      const schema = z.object(Object.fromEntries(keys.map((key) => [key, z.string()])))
      export const definition = defineConfig({ path: '/cli', schema, logger: false })`,
    'load.js': `
      import { loadConfig } from 'liveparam'
      import { definition } from './config.js'
      const config = await loadConfig(definition)
      console.log(config.explain().keys.length)
      await config.close()`,
    // What check does at least: it knows the path from the definition, and each page has the token of the next one.
    'list.js': `
      import './config.js'
      import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm'
      const loading = import('./load.js')
      const client = new SSMClient()
      const input = { Path: '/cli', Recursive: true }
      for (let NextToken; ; ) {
        const page = await client.send(new GetParametersByPathCommand({ ...input, NextToken }))
        NextToken = page.NextToken
        if (NextToken === undefined) break
      }
      await loading`,
  }
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  await compare('start', 'an empty program', { 'an empty program': ['empty.js'], '--version': [bin, '--version'] })
  for (const latencyMs of [0, roundTripMs]) {
    await aws.setUp({ latencyMs })
    await compare(`100 keys, ${latencyMs} ms a call`, 'a program with loadConfig()', {
      'a program with loadConfig()': ['load.js'],
      'the same, and a listing with the SDK': ['list.js'],
      explain: [bin, 'explain'],
      'check, which also lists the path, ten names a call': [bin, 'check'],
    })
  }
} finally {
  rmSync(folder, { recursive: true })
}

async function compare(title: string, base: string, programs: Readonly<Record<string, readonly string[]>>) {
  const env = { ...process.env, AWS_ENDPOINT_URL: aws.place.endpoint, AWS_REGION: aws.place.region }
  const run = (args: readonly string[]) => () => {
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  }
  const contenders = Object.fromEntries(Object.entries(programs).map(([name, args]) => [name, run(args)]))
  const times = await takeTurns(contenders, runs)
  const baseMs = median(times[base] ?? [])
  print(
    [title, 'median', 'more', `× ${base}`],
    Object.entries(times).map(([name, taken]) => {
      return [name, inMs(median(taken)), inMs(median(taken) - baseMs), asRatio(median(taken) / baseMs)]
    }),
  )
}
