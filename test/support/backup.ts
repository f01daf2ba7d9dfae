import { onTestFinished } from 'vitest'
import * as z from 'zod'
import { type EncryptedBackupOptions, encryptedBackup } from '../../src/backup/index.ts'
import {
  type Clock,
  type ConfigOptions,
  createConfig,
  type LiveConfig,
  loadConfig,
  sensitive,
} from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { platform } from '../../src/platform/node.ts'
import type { SnapshotStore } from '../../src/source/index.ts'
import { at, localAws, put } from './aws.ts'
import { rejection } from './rejection.ts'

export const schema = z.object({ host: z.string(), token: sensitive(z.string()) })

/** A store in memory, with its contents. */
export interface MemorySnapshotStore extends SnapshotStore {
  readonly contents: Map<string, Uint8Array>
  /** The number of writes so far. */
  writes: number
}

export function memorySnapshotStore(): MemorySnapshotStore {
  const contents = new Map<string, Uint8Array>()
  const store: MemorySnapshotStore = {
    contents,
    writes: 0,
    async read(key, { signal }) {
      signal.throwIfAborted()
      return contents.get(key)?.slice()
    },
    async write(key, bytes, { signal }) {
      signal.throwIfAborted()
      store.writes++
      contents.set(key, bytes.slice())
    },
    async delete(key, { signal }) {
      signal.throwIfAborted()
      contents.delete(key)
    },
  }
  return store
}

type Value = z.output<typeof schema>

/** A local AWS with two parameters, a key and a store, and configs that use them. */
export interface BackupWorld {
  readonly aws: LocalAws
  readonly keyId: string
  readonly store: MemorySnapshotStore
  /** What configs of this world have in common. */
  options(more?: Partial<ConfigOptions>, backup?: Partial<EncryptedBackupOptions>): ConfigOptions<typeof schema>
  /** Loads a config, waits until its backup is written, and closes it. */
  writeBackup(more?: Partial<ConfigOptions>, backup?: Partial<EncryptedBackupOptions>): Promise<void>
  /** Loads a config, and closes it at the end of the test. */
  load(more?: Partial<ConfigOptions>, backup?: Partial<EncryptedBackupOptions>): Promise<LiveConfig<Value>>
  create(more?: Partial<ConfigOptions>, backup?: Partial<EncryptedBackupOptions>): LiveConfig<Value>
  /** Makes Parameter Store and Secrets Manager unreachable until removed. KMS goes on. */
  disconnect(): { remove(): void }
}

/** A deadline that an outage reaches soon. */
export const soon = { startup: { timeoutMs: 100 } } as const

export async function backupWorld(given?: { readonly store?: SnapshotStore }): Promise<BackupWorld> {
  const aws = await localAws()
  put(aws, { '/shop/host': 'db1', '/shop/token': ['SecureString', 'hunter2'] })
  const keyId = aws.keys.create().arn
  const store = memorySnapshotStore()
  const world: BackupWorld = {
    aws,
    keyId,
    store,
    options: (more = {}, backup = {}) => ({
      schema,
      path: '/shop',
      poll: false,
      logger: false,
      ...at(aws),
      backup: encryptedBackup(given?.store ?? store, { keyId, endpoint: aws.endpoint, ...backup }),
      ...(more as object),
    }),
    async writeBackup(more, backup) {
      const config = await loadConfig(world.options(more, backup))
      await config.close()
    },
    async load(more, backup) {
      const config = await loadConfig(world.options(more, backup))
      onTestFinished(() => config.close())
      return config
    },
    create(more, backup) {
      const config = createConfig(world.options(more, backup))
      onTestFinished(() => config.close())
      return config
    },
    disconnect: () => aws.faults.add({ kind: 'reset', action: ['ssm:*', 'secretsmanager:*'] }),
  }
  return world
}

/** The system clock, which can be set. */
export function shiftedClock(shiftMs = 0): Clock & { shiftMs: number } {
  const clock = {
    ...platform.clock,
    shiftMs,
    now: () => platform.clock.now() + clock.shiftMs,
  }
  return clock
}

/** What the error of a start during an outage says of the backup. */
export async function reasonOf(
  { load }: BackupWorld,
  more: Parameters<BackupWorld['load']>[0] = {},
  backup: Parameters<BackupWorld['load']>[1] = {},
): Promise<string> {
  const error = await rejection(load({ ...soon, ...more }, backup))
  const [, reason = 'nothing'] = /the backup was not used: (.*)/.exec(String(error)) ?? []
  return reason
}
