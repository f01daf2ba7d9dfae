import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type ConfigEvents, loadConfig, parameter } from '../../src/index.ts'
import type { PolicyNotice } from '../../src/source/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { makeNotifier } from '../support/notifier.ts'

const dayMs = 86_400_000

async function listening() {
  const [clock, notifier] = [createFakeClock(), makeNotifier()]
  const source = memorySource({ clock, parameters: { '/app/token': 'a', '/app/other': 'b', '/common': 'c' } })
  const schema = z.object({
    token: z.string(),
    copy: parameter('/app/token', z.string()),
    root: parameter('/common', z.string()),
  })
  const config = await loadConfig({
    schema,
    path: '/app',
    source,
    clock,
    notifications: notifier,
    random: () => 0.5,
  })
  const told: ConfigEvents<unknown>['expiring'][] = []
  config.on('expiring', (expiring) => told.push(expiring))
  const tell = (notice: PolicyNotice) => notifier.inbox.notice(notice)
  return { clock, source, notifier, config, told, tell }
}

describe('34. reports the announcements of a parameter policy, and lists them until the parameter changes', () => {
  it('emits expiring once, with the affected keys', async () => {
    const { config, told, tell } = await listening()
    const notice = { parameter: '/app/token', policy: 'ExpirationNotification', expiresAt: 15 * dayMs } as const
    tell({ ...notice, eventId: 'e1' })
    tell({ ...notice, eventId: 'e1' })
    tell({ ...notice, expiresAt: notice.expiresAt + 3_600_000, eventId: 'e2' })

    expect(told).toEqual([{ ...notice, keys: ['token', 'copy'], noticedAt: 0 }])
    expect(config.status().expiring).toEqual(told)
    expect(config.status().notifications).toMatchObject({ received: 3, duplicates: 1 })
    await config.close()
  })

  it('reports a parameter at the root, which events name without a slash', async () => {
    const { config, told, tell } = await listening()
    tell({ parameter: 'common', policy: 'NoChangeNotification' })

    expect(told).toMatchObject([{ parameter: '/common', keys: ['root'] }])
    await config.close()
  })

  it('ignores parameters outside the schema', async () => {
    const { config, told, tell } = await listening()
    tell({ parameter: '/app/other', policy: 'NoChangeNotification' })

    expect(told).toEqual([])
    expect(config.status()).toMatchObject({ expiring: [], notifications: { unrelated: 1 } })
    await config.close()
  })

  it('lists an announcement until the parameter is written', async () => {
    const { config, source, notifier, clock, tell } = await listening()
    tell({ parameter: '/app/token', policy: 'NoChangeNotification' })
    tell({ parameter: '/common', policy: 'NoChangeNotification' })
    source.put('/app/token', 'renewed')
    notifier.inbox.hint({ kind: 'parameter', name: '/app/token', operation: 'put' })
    await clock.advance(250)

    expect(config.current.token).toBe('renewed')
    expect(config.status().expiring).toMatchObject([{ parameter: '/common' }])
    await config.close()
  })
})
