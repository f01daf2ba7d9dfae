import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import express from 'express'
import { stdSerializers } from 'pino'
import * as z from 'zod'
import { type ConfigOptions, createConfig, json, loadConfig, secret } from '../../src/index.ts'
import { memorySource } from '../../src/testing/memory-source.ts'
import { shapes } from './canaries.ts'

// A service of whose secrets nothing may be printed, whatever it prints. It ends with an error that nobody catches.
function failing(canary: string): readonly ConfigOptions<z.ZodType>[] {
  const text = z.object({ it: z.string() })
  return [
    { schema: z.object({ it: z.number().max(-1) }) },
    { schema: z.object({ it: json(z.object({ a: z.number() })), whole: secret('whole', z.uuid()) }) },
    { schema: z.object({ it: z.string().transform((value): string => rethrow(new RangeError(value), value)) }) },
    { schema: text, validate: () => rethrow(new Error(canary, { cause: canary }), canary) },
    { schema: text, prepare: () => Promise.reject(canary) },
  ]
}

function rethrow(error: Error, text: string): never {
  void error.stack
  error.message = 'it is wrong'
  throw Object.assign(error, { text })
}

async function printError(error: unknown): Promise<void> {
  console.error(error)
  console.error(
    JSON.stringify([stdSerializers.err(error as Error), stdSerializers.errWithCause(error as Error), String(error)]),
  )
  console.error(inspect(structuredClone(error), { depth: null, showHidden: true }))
  const app = express()
  app.set('env', 'development')
  app.get('/', () => Promise.reject(error))
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  console.log(response.status, await response.text())
  server.close()
}

let last: unknown
for (const [, canary] of shapes) {
  const parameters = { '/app/it': { type: 'SecureString', value: canary } as const }
  const source = memorySource({ parameters, secrets: { whole: canary } })
  const common = { path: '/app', source, random: () => 0, logger: console }
  await using config = await loadConfig({ ...common, schema: z.object({ it: z.string() }) })
  console.log(config, config.current, config.pin(), config.status(), config.explain())
  for (const options of failing(canary)) {
    const failed = createConfig({ ...common, ...options })
    last = await failed.ready.catch((error: unknown) => error)
    await printError(last)
    console.log(JSON.stringify([failed.status(), failed.health(), failed]))
    await failed.close()
  }
}
throw last
