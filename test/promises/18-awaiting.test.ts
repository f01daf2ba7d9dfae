import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runProgram } from '../support/service.ts'

const fixture = fileURLToPath(new URL('../support/waiting-process.mjs', import.meta.url))

it.each([
  'ready',
  'load',
  'refresh',
  'resource',
  'resource before ready',
  'retryOnAuthError',
  'disposal of a resource',
  'close',
  'a handler of notifications',
])('18. keeps a process alive that awaits %s', async (wait) => {
  expect(await runProgram([fixture, wait], { env: {} })).toEqual({ code: 0, output: 'done\n', errors: '' })
})
