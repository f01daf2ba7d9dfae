import { expect, it, vi } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import type { Inbox, NotificationSource } from '../../src/source/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'

const disk = vi.hoisted(() => ({ isReadable: false }))

vi.mock('../../src/config/notification-intake.ts', async (importOriginal) => {
  if (!disk.isReadable) throw new Error('no such file')
  return importOriginal()
})
vi.mock('../../src/testing/on-demand.ts', () => ({ loadOnDemandModules: async () => undefined }))

it('is unhealthy while the module for notifications cannot be loaded, and loads it for a later message', async () => {
  const clock = createFakeClock()
  const source = memorySource({ clock, parameters: { '/app/a': 'one' } })
  const warnings: string[] = []
  const opened: Inbox[] = []
  const notifications: NotificationSource = {
    name: 'test',
    async listen(inbox, { signal }) {
      opened.push(inbox)
      inbox.healthy()
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    },
  }
  const logger = { warn: (line: string) => void warnings.push(line) }
  const schema = z.object({ a: z.string() })
  await using config = await loadConfig({ schema, path: '/app', source, clock, notifications, logger, poll: false })
  const status = () => config.status().notifications
  await vi.waitFor(() => expect(status().sources[0]?.failure).toBeDefined())

  expect(status()).toMatchObject({
    sources: [{ name: 'test', isHealthy: false, failure: { code: 'UNREACHABLE', isTransient: true } }],
    received: 0,
  })
  expect(warnings).toEqual([
    expect.stringMatching(/^liveparam: notifications cannot be received: a module of liveparam/),
  ])

  disk.isReadable = true
  const [inbox] = opened
  inbox?.healthy()
  source.put('/app/a', 'two')
  inbox?.hint({ kind: 'parameter', name: '/app/a', operation: 'put' })
  await vi.waitFor(() => expect(status()).toMatchObject({ sources: [{ name: 'test', isHealthy: true }], received: 1 }))
  await clock.advance(1_000)

  expect(config.current.a).toBe('two')
})
