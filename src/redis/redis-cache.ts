import { createHash, randomBytes } from 'node:crypto'
import type { Encryption } from '../backup/encryption.ts'
import type { CheckedEncryption } from '../backup/encryption-options.ts'
import type { Restorer } from '../backup/restorer.ts'
import type { SharedCacheContext, SharedSource, UsableCache } from '../config/shared-cache.ts'
import { moduleFailure } from '../messages/describe-thrown.ts'
import type { BackedUpConfig, ConnectedBackup, Restoration } from '../refresh/backup.ts'
import type { RedisClient } from './client.ts'
import type { FleetSource, FleetTimes } from './fleet-source.ts'

/** What a cache works with. */
export interface CacheParts {
  readonly client: RedisClient
  readonly app: string
  readonly encryption: CheckedEncryption
  readonly times: FleetTimes
}

/** Makes a cache that any number of configs can share. */
export function makeCache({ client, app, encryption, times }: CacheParts): UsableCache {
  let cipher: Encryption | undefined
  const open = async (context: SharedCacheContext) => {
    const [{ FleetSource }, { Encryption }, { identify }] = await Promise.all([
      import('./fleet-source.ts'),
      import('../backup/encryption.ts'),
      import('../backup/identity.ts'),
    ])
    cipher ??= new Encryption(encryption)
    // It takes long to load, and is needed as soon as there is a reading. The first use reports a failure.
    cipher.load().catch(() => undefined)
    const { paths, request } = context
    const identity = identify({ app, paths, request })
    // Instances with another key could not use the readings.
    const keys = createHash('sha256').update(JSON.stringify(encryption.keyIds)).digest('hex').slice(0, 16)
    return new FleetSource({
      context,
      client,
      name: `liveparam:${identity.key}:${keys}`,
      sealing: { identity, request, cipher },
      owner: randomBytes(12).toString('hex'),
      times,
      onClosed: cipher.open(),
    })
  }
  return Object.freeze({
    name: 'redis',
    encryption: Object.freeze({ keyIds: encryption.keyIds, app }),
    share: (context: SharedCacheContext) => deferred(context, times.keepMs, () => open(context)),
  })
}

/** A source that loads while the config starts. If it cannot be loaded, the config reads AWS itself. */
function deferred(
  { source, warn }: SharedCacheContext,
  maxAgeMs: number,
  open: () => Promise<FleetSource>,
): SharedSource {
  const report = (error: unknown) => {
    const { detail, remedy } = moduleFailure(error)
    warn(`sharedCache: ${detail}: ${remedy}`)
    return undefined
  }
  const opening = open().catch(report)
  let restorer: Restorer | undefined
  const restoreShared = async (
    config: BackedUpConfig,
    ...given: Parameters<ConnectedBackup['restore']>
  ): Promise<Restoration> => {
    const fleet = await opening
    if (fleet === undefined) return {}
    const loaded = await import('../backup/restorer.ts').catch(report)
    if (loaded === undefined) return {}
    const read = (signal: AbortSignal) => fleet.saved(signal)
    restorer ??= new loaded.Restorer({ origin: 'shared-cache', maxAgeMs, read }, config)
    return restorer.restore(...given)
  }
  return {
    around: (refresher) => ({
      async refresh(task, signal) {
        const fleet = await opening
        return (fleet?.around(refresher) ?? refresher).refresh(task, signal)
      },
    }),
    backup: (config, own) => ({
      ...(own ?? unwritten),
      async restore(...given) {
        // As a rule, it is newer than the backup of one instance.
        const shared = await restoreShared(config, ...given)
        if (own === undefined || shared.published !== undefined) return shared
        const kept = await own.restore(...given)
        if (kept.published !== undefined) return kept
        const reasons = [shared.ignored, kept.ignored].filter((reason) => reason !== undefined)
        return reasons.length === 0 ? {} : { ignored: reasons.join('; ') }
      },
    }),
    read: async (request, options) => ((await opening) ?? source).read(request, options),
    explain: (request) => source.explain?.(request) ?? [],
    usage: () => source.usage?.() ?? { calls: {}, decryptions: 0 },
    place: () => source.place?.(),
    where: async () => (await source.where?.()) ?? {},
    resumed: () => source.resumed?.(),
    async close() {
      await (await opening)?.close()
      await source.close?.()
    },
  }
}

// The fleet writes the shared reading.
const unwritten: Omit<ConnectedBackup, 'restore'> = {
  save: () => undefined,
  resume: () => undefined,
  pause: async () => undefined,
  close: async () => undefined,
}
