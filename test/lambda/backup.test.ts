import { expect, it } from 'vitest'
import { withConfig } from '../../src/lambda/index.ts'
import { backupWorld, soon } from '../support/backup.ts'
import { inLambda } from '../support/lambda.ts'

it('writes a backup during an invocation, and not before the first one', async () => {
  inLambda()
  const { load, store } = await backupWorld()
  const config = await load()
  const handler = withConfig((_event: unknown, _context: unknown, { host }) => host, config)
  expect(store.writes).toBe(0)

  await expect
    .poll(async () => {
      // An invocation waits for the write, but no longer than 2 s.
      expect(await handler({}, {})).toBe('db1')
      return store.writes
    })
    .toBe(1)
  await handler({}, {})
  expect(store.writes).toBe(1)
})

it('starts from a backup while AWS cannot be reached, and reads AWS during the next invocation', async () => {
  const { writeBackup, load, disconnect } = await backupWorld()
  await writeBackup()
  inLambda()
  const outage = disconnect()
  const config = await load(soon)
  const handler = withConfig((_event: unknown, _context: unknown, { host }) => host, config)
  expect(config.status()).toMatchObject({ state: 'stale', reason: 'from-backup' })
  outage.remove()

  await expect
    .poll(async () => {
      await handler({}, {})
      return config.status().state
    })
    .toBe('ready')
})
