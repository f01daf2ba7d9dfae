import { expect, it, vi } from 'vitest'
import * as z from 'zod'
import { loadError } from '../support/rejection.ts'

const disk = vi.hoisted(() => {
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  return { answer, answered }
})

// From a slow disk, for which the clock does not wait.
vi.mock('../../src/diagnostics/diagnostics.ts', async (importOriginal) => {
  await disk.answered
  return importOriginal()
})
vi.mock('../../src/testing/on-demand.ts', () => ({ loadOnDemandModules: async () => undefined }))

// A file that ran before in this process may have loaded the clock with the modules themselves.
vi.resetModules()
const { loadConfig } = await import('../../src/index.ts')
const { createFakeClock, memorySource } = await import('../../src/testing/index.ts')

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
