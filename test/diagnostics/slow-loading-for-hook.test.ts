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

it('shows the message of a hook that throws just before the deadline', async () => {
  const source = memorySource({ parameters: { '/app/port': '1' } })
  const validate = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    throw new Error('no such port')
  }
  const schema = z.object({ port: z.number() })
  const error = await loadError(loadConfig({ schema, path: '/app', source, validate, startup: { timeoutMs: 200 } }))

  expect(error.invalid).toMatchObject([
    { code: 'VALIDATE_FAILED', detail: 'validate() refused the configuration: no such port' },
  ])
})
