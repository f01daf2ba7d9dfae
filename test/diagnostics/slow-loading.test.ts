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

it('describes the problems of a candidate that is rejected just before the deadline', async () => {
  const clock = createFakeClock()
  const source = memorySource({ clock, parameters: { '/app/port': 'high' } })
  const slow = z
    .string()
    .default('')
    .refine(() => clock.sleep(100).then(() => true))
  const schema = z.object({ port: z.number(), slow })
  let isOver = false
  const failed = loadError(loadConfig({ schema, path: '/app', source, clock, startup: { timeoutMs: 200 } })).finally(
    () => {
      isOver = true
    },
  )
  await clock.advance(700)

  expect(isOver).toBe(false)
  disk.answer()
  const error = await failed
  expect(error.unreadable).toEqual([])
  expect(error.invalid).toMatchObject([{ key: 'port', parameter: '/app/port', expected: 'number' }])
})
