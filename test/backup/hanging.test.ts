import { expect, it } from 'vitest'
import { backupWorld, memorySnapshotStore, reasonOf } from '../support/backup.ts'

const timeout = 60_000
const never = () => new Promise<never>(() => undefined)

it('KMS that never answers delays a start during an outage by 5 s at most', { timeout }, async () => {
  const world = await backupWorld()
  await world.writeBackup()
  world.disconnect()
  world.aws.faults.add({ kind: 'hang', action: 'kms:*' })

  expect(await reasonOf(world)).toMatch(/^(kms:Decrypt: no answer|it was not finished within 5000 ms)/)
})

it('a store that never answers delays a start during an outage by 5 s at most', { timeout }, async () => {
  const world = await backupWorld({ store: { ...memorySnapshotStore(), read: never } })
  world.disconnect()

  expect(await reasonOf(world)).toBe('it was not finished within 5000 ms')
})

it('a store that never takes a write delays close() by 5 s at most', { timeout }, async () => {
  const { load } = await backupWorld({ store: { ...memorySnapshotStore(), write: never } })
  const config = await load()
  await config.close()

  expect(config.status().state).toBe('closed')
})
