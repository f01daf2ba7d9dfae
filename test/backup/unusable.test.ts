import { describe, expect, it } from 'vitest'
import { encryptedBackup } from '../../src/backup/index.ts'
import type { SnapshotStore } from '../../src/source/index.ts'
import {
  type BackupWorld,
  backupWorld,
  memorySnapshotStore,
  reasonOf,
  schema,
  shiftedClock,
  soon,
} from '../support/backup.ts'
import { sample } from '../support/suite.ts'

const hour = 3_600_000

describe('a backup that is too old', () => {
  it('is ignored after 24 h', async () => {
    const world = await backupWorld()
    await world.writeBackup()
    world.disconnect()

    expect(await reasonOf(world, { clock: shiftedClock(25 * hour) })).toBe('it is 25 h old, and maxAgeMs allows 24 h')
    await world.load({ ...soon, clock: shiftedClock(23 * hour) })
  })

  it('is not renewed by its use', async () => {
    const world = await backupWorld()
    await world.writeBackup()
    world.disconnect()
    for (let start = 0; start < 2; start++) await world.writeBackup({ ...soon, clock: shiftedClock(20 * hour) })

    expect(world.store.writes).toBe(1)
    expect(await reasonOf(world, { clock: shiftedClock(25 * hour) })).toMatch(/^it is 25 h old/)
  })

  it('can have another limit', async () => {
    const world = await backupWorld()
    await world.writeBackup()
    world.disconnect()

    const reason = await reasonOf(world, { clock: shiftedClock(300_000) }, { maxAgeMs: 60_000 })
    expect(reason).toBe('it is 5 min old, and maxAgeMs allows 60 s')
  })

  it('is ignored if the clock was set back by hours, and used within 5 min', async () => {
    const world = await backupWorld()
    await world.writeBackup()
    world.disconnect()

    expect(await reasonOf(world, { clock: shiftedClock(-3 * hour) })).toBe(
      'it was written 3 h in the future: check the clock of this machine',
    )
    const config = await world.load({ ...soon, clock: shiftedClock(-240_000) })
    expect(config.health().ageMs).toBeLessThan(60_000)
  })
})

describe('a backup of another config', () => {
  it.each<[string, Parameters<BackupWorld['load']>[0], Parameters<BackupWorld['load']>[1]]>([
    ['app', {}, { app: 'cart' }],
    ['list of paths', { path: ['/shared', '/shop'] }, {}],
    ['schema', { schema: schema.extend({ port: schema.shape.host.optional() }) }, {}],
  ])('is not found by another %s', async (_, more, backup) => {
    const world = await backupWorld()
    await world.writeBackup()
    world.disconnect()

    expect(await reasonOf(world, more, backup)).toBe('no backup was written yet')
  })

  it('is refused where it was put in the place of another one', async () => {
    const world = await backupWorld()
    await world.writeBackup({}, { app: 'cart' })
    const [bytes] = world.store.contents.values()
    await world.writeBackup()
    for (const key of world.store.contents.keys()) world.store.contents.set(key, bytes ?? new Uint8Array())
    world.disconnect()

    expect(await reasonOf(world)).toBe('it belongs to another config: it has another app')
  })

  it('is refused in another account', async () => {
    const world = await backupWorld()
    await world.writeBackup()
    world.disconnect()
    const place = { accountId: '999999999999', region: 'us-east-1' }
    const source = { read: () => Promise.reject(new Error('away')), place: () => place }

    const reason = await reasonOf(world, { source, region: undefined, endpoint: undefined } as object)
    expect(reason).toBe('it is from account 123456789012, and this config reads account 999999999999')
  })

  it('is refused in another region, without an answer of AWS', async () => {
    const world = await backupWorld()
    await world.writeBackup()
    world.disconnect()

    expect(await reasonOf(world, { region: 'eu-west-1' })).toBe(
      'it is from the region us-east-1, and this config reads the region eu-west-1',
    )
  })
})

describe('a backup that is corrupt', () => {
  it('is ignored after a change of any byte', { timeout: 60_000 }, async () => {
    const world = await backupWorld()
    await world.writeBackup()
    const [[key, bytes] = ['', new Uint8Array()]] = world.store.contents
    world.disconnect()
    for (const place of sample([...bytes.keys()], 12).slice(0, 40)) {
      const changed = Uint8Array.from(bytes)
      changed[place] = (changed[place] ?? 0) ^ 0x40
      world.store.contents.set(key, changed)
      expect(await reasonOf(world, { startup: { timeoutMs: 20 } }), `byte ${place}`).toMatch(
        /^it (is corrupt|has version)/,
      )
    }
  })

  it.each([
    ['empty', new Uint8Array()],
    ['text', Buffer.from('hunter2')],
    ['of a later version', Buffer.from('liveparam reading 9\nx')],
  ])('is ignored when it is %s', async (_, bytes) => {
    const world = await backupWorld()
    await world.writeBackup()
    for (const key of world.store.contents.keys()) world.store.contents.set(key, bytes)
    world.disconnect()

    expect(await reasonOf(world)).toMatch(/^it (is corrupt|has version 9 of the format, and this liveparam reads 1)/)
  })
})

describe('AWS KMS', () => {
  it.each<[string, (world: BackupWorld) => unknown, RegExp]>([
    ['disabled', ({ aws, keyId }) => aws.keys.disable(keyId), /^kms:Decrypt: arn:aws:kms:.* is disabled\.: enable arn/],
    [
      'denied',
      ({ aws }) => aws.policy.deny({ action: 'kms:Decrypt', resource: '*' }),
      /^kms:Decrypt: .* allow kms:Decrypt on arn/,
    ],
    [
      'away',
      ({ aws }) => aws.faults.add({ kind: 'reset', action: 'kms:*' }),
      /^kms:Decrypt: the endpoint cannot be reached/,
    ],
  ])('that is %s makes a backup unreadable', { timeout: 30_000 }, async (_, change, reason) => {
    const world = await backupWorld()
    await world.writeBackup()
    world.disconnect()
    change(world)

    expect(await reasonOf(world)).toMatch(reason)
  })

  it('that is denied for a write is a warning, and nothing else', async () => {
    const { aws, load, store } = await backupWorld()
    aws.policy.deny({ action: 'kms:GenerateDataKey', resource: '*' })
    const config = await load()
    await expect.poll(() => config.explain().warnings).toHaveLength(1)

    expect(config.explain().warnings[0]).toMatch(
      /^the backup could not be written: kms:GenerateDataKey: .* allow kms:Gen/,
    )
    expect(config.status().state).toBe('ready')
    expect(store.contents.size).toBe(0)
  })
})

describe('a store', () => {
  const full = () =>
    Promise.reject(
      Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' }),
    )

  it.each<[string, Partial<SnapshotStore>, RegExp]>([
    ['has no space', { write: full }, /ENOSPC: no space left on device, write$/],
    ['rejects', { write: () => Promise.reject(new Error('hunter2')) }, /the store threw Error at /],
    [
      'throws',
      {
        write: () => {
          throw new Error('hunter2')
        },
      },
      /the store threw Error at /,
    ],
  ])('that %s is a warning, and nothing else', async (_, methods, warning) => {
    const { load } = await backupWorld({ store: { ...memorySnapshotStore(), ...methods } })
    const config = await load()
    await expect.poll(() => config.explain().warnings).toHaveLength(1)

    expect(config.explain().warnings[0]).toMatch(warning)
    expect(config.explain().warnings[0]).not.toContain('hunter2')
    expect(config.status().state).toBe('ready')
  })

  it.each<[string, SnapshotStore['read'], RegExp]>([
    ['rejects', () => Promise.reject(new Error('hunter2')), /^the store threw Error at /],
    ['returns a text', (async () => 'hunter2') as never, /^the store returned something other than bytes$/],
    ['returns null', (async () => null) as never, /^the store returned something other than bytes$/],
    ['returns a promise of nothing', (() => undefined) as never, /^no backup was written yet$/],
  ])('that %s during an outage is named in the error of the start', { timeout: 30_000 }, async (_, read, reason) => {
    const world = await backupWorld({ store: { ...memorySnapshotStore(), read } })
    world.disconnect()

    expect(await reasonOf(world)).toMatch(reason)
  })
})

it('a backup that cannot be written during close() is a warning before the event closed', async () => {
  const write = () => Promise.reject(new Error('away'))
  const { load } = await backupWorld({ store: { ...memorySnapshotStore(), write } })
  const config = await load()
  const trace: string[] = []
  config.on('warning', ({ message }) => trace.push(message.replace(/:.*/, '')))
  config.on('closed', () => trace.push('closed'))
  await config.close()

  expect(trace).toEqual(['the backup could not be written', 'closed'])
})

describe('encryptedBackup()', () => {
  const keyId = 'arn:aws:kms:eu-west-1:111122223333:key/134f2428-cec1-4b25-a1ae-9048164dba47'

  it.each<[string, unknown, unknown, string]>([
    ['no store', undefined, { keyId }, 'the store must have the method read(), as fileStore({ path }) has'],
    ['half a store', { read() {}, write() {} }, { keyId }, 'the store must have the method delete()'],
    ['no options', memorySnapshotStore(), undefined, 'encryptedBackup(): pass an object with keyId'],
    ['no key', memorySnapshotStore(), {}, 'encryptedBackup(): keyId must be the ARN of a KMS key'],
    ['an age of 0', memorySnapshotStore(), { keyId, maxAgeMs: 0 }, 'encryptedBackup(): maxAgeMs must be a number of'],
    ['an empty app', memorySnapshotStore(), { keyId, app: '' }, 'encryptedBackup(): app must be 1 to 64 letters'],
    ['an unknown option', memorySnapshotStore(), { keyId, maxAge: 5 }, 'did you mean maxAgeMs?'],
  ])('refuses %s', (_, store, options, message) => {
    expect(() => encryptedBackup(store as never, options as never)).toThrow(message)
  })
})
