import { type Check, isDuration } from '../messages/check-arguments.ts'
import type { Backup, SnapshotStore } from '../ports.ts'
import type { ConnectableBackup } from '../refresh/backup.ts'
import { deferKeeper } from './deferred-keeper.ts'
import type { Encryption } from './encryption.ts'
import { checkEncryption, type EncryptionOptions } from './encryption-options.ts'

/** How a backup is encrypted, and how long it can be used. */
export interface EncryptedBackupOptions extends EncryptionOptions {
  /**
   * The age of a backup, in milliseconds, at least 1, above which a start ignores it. The age counts from the last reading
   * of AWS that confirmed it: a config in use renews its backup after an hour, or after a tenth of `maxAgeMs` if that is
   * shorter.
   * @default 86_400_000
   */
  readonly maxAgeMs?: number
  /**
   * The name of the application: 1 to 64 letters, digits, dots, dashes and underscores. Backups of another application
   * are ignored, and a key policy can allow one application alone (`kms:EncryptionContext:app`).
   * @default 'liveparam'
   */
  readonly app?: string
}

const defaultMaxAgeMs = 86_400_000
const caller = 'encryptedBackup()'

/**
 * Keeps the last good reading of a config in a store, encrypted with a data key of AWS KMS. A start that cannot reach
 * Parameter Store uses it: see the option `backup`. Needs the packages `@aws-crypto/client-node` and
 * `@aws-sdk/client-kms`.
 *
 * @throws TypeError for a wrong store and for wrong options.
 */
export function encryptedBackup(store: SnapshotStore, options: EncryptedBackupOptions): Backup {
  for (const method of ['read', 'write', 'delete'] as const) {
    if (typeof store?.[method] === 'function') continue
    throw new TypeError(`${caller}: the store must have the method ${method}(), as fileStore({ path }) has`)
  }
  const checked = checkEncryption(caller, options, checks)
  const { maxAgeMs = defaultMaxAgeMs, app = 'liveparam' } = options
  let encryption: Encryption | undefined
  const backup: ConnectableBackup = {
    encryption: Object.freeze({ keyIds: checked.keyIds, app }),
    connect: (config) =>
      deferKeeper(config, async () => {
        const { EncryptedReadings, Encryption } = await import('./encrypted-readings.ts')
        // All configs share the data keys and the clients.
        encryption ??= new Encryption(checked)
        return new EncryptedReadings({ app, maxAgeMs, store, encryption }, config)
      }),
  }
  return Object.freeze(backup)
}

const checks: Readonly<Record<Exclude<keyof EncryptedBackupOptions, keyof EncryptionOptions>, Check>> = {
  maxAgeMs: [(value) => isDuration(value, 1), 'a number of milliseconds, 1 or more and finite'],
  app: [
    (value) => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value),
    '1 to 64 letters, digits, dots, dashes and underscores',
  ],
}
