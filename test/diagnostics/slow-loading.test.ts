import { expect, it, vi } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { memorySource } from '../../src/testing/index.ts'
import { loadError } from '../support/rejection.ts'

// From a slow disk.
vi.mock('../../src/diagnostics/diagnostics.ts', async (importOriginal) => {
  const module = await importOriginal<object>()
  await new Promise((resolve) => setTimeout(resolve, 700))
  return module
})

it('describes the problems of a candidate that is rejected just before the deadline', async () => {
  const source = memorySource({ parameters: { '/app/port': 'high' } })
  const schema = z.object({
    port: z.number(),
    slow: z
      .string()
      .default('')
      .refine(() => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 100))),
  })
  const error = await loadError(loadConfig({ schema, path: '/app', source, startup: { timeoutMs: 200 } }))

  expect(error.unreadable).toEqual([])
  expect(error.invalid).toMatchObject([{ key: 'port', parameter: '/app/port', expected: 'number' }])
})
