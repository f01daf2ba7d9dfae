import { expect, it, vi } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { loadError } from '../support/rejection.ts'

const disk = vi.hoisted(() => ({ answer: () => {} }))

// From a slow disk, for which the clock does not wait.
vi.mock('../../src/diagnostics/diagnostics.ts', async (importOriginal) => {
  await new Promise<void>((resolve) => Object.assign(disk, { answer: resolve }))
  return importOriginal()
})
vi.mock('../../src/testing/on-demand.ts', () => ({ loadOnDemandModules: async () => undefined }))

it('shows the message of a hook that throws just before the deadline', async () => {
  const clock = createFakeClock()
  const source = memorySource({ clock, parameters: { '/app/port': '1' } })
  const validate = async () => {
    await clock.sleep(100)
    throw new Error('no such port')
  }
  const options = { path: '/app', source, clock, validate, startup: { timeoutMs: 200 } }
  let isOver = false
  const failed = loadError(loadConfig({ schema: z.object({ port: z.number() }), ...options })).finally(() => {
    isOver = true
  })
  await clock.advance(700)

  expect(isOver).toBe(false)
  disk.answer()
  expect((await failed).invalid).toMatchObject([
    { code: 'VALIDATE_FAILED', detail: 'validate() refused the configuration: no such port' },
  ])
})
