import { createConfig, type LiveConfig } from 'liveparam'
import { lightClient } from 'liveparam/light'
import { redisCache } from 'liveparam/redis'
import { createClient } from 'redis'
import type { RemoteAws } from './local-aws.ts'
import { schemaOf } from './store.ts'

/** What one process of the fleet runs. */
export interface FleetJob {
  readonly place: RemoteAws['place']
  readonly path: string
  readonly count: number
  readonly instances: number
  readonly timeoutMs: number
  /** Absent for a fleet without a cache. */
  readonly cache?: { readonly redisUrl: string; readonly keyId: string }
}

/** What a process reports, with times since the Unix epoch. */
export type FleetReport =
  | { readonly type: 'loaded' }
  | { readonly type: 'started'; readonly failed: number; readonly readyAt: number }
  | { readonly type: 'changed'; readonly at: number }
  | { readonly type: 'older' }

const configs: LiveConfig<Record<string, Record<string, unknown>>>[] = []

process.on('message', async (message: FleetJob | 'change' | 'close') => {
  if (message === 'close') {
    await Promise.all(configs.map((config) => config.close()))
    process.exit()
  }
  if (message === 'change') await configs[0]?.refresh()
  else await start(message)
})
process.on('disconnect', () => process.exit())

async function start({ place, path, count, instances, timeoutMs, cache }: FleetJob): Promise<void> {
  const redis = cache && createClient({ url: cache.redisUrl })
  redis?.on('error', () => undefined)
  await redis?.connect()
  const { schema } = schemaOf({ path, count, groups: 8 })
  const starts = Array.from({ length: instances }, async () => {
    const client = lightClient(place)
    // As in a process of its own: nothing is shared but the connection.
    const sharedCache = cache && redis && redisCache({ client: redis, keyId: cache.keyId, kmsEndpoint: place.endpoint })
    const config = createConfig({
      path,
      schema,
      client,
      logger: false,
      startup: { timeoutMs },
      ...(sharedCache !== undefined && { sharedCache }),
    })
    configs.push(config)
    await config.ready
    return config
  })
  const settled = await Promise.allSettled(starts)
  const failed = settled.filter(({ status }) => status === 'rejected').length
  report({ type: 'started', failed, readyAt: Date.now() })
  let changed = 0
  for (const config of configs) {
    let revision = config.status().revision ?? 0
    config.on('change', (event) => {
      if (event.revision <= revision) report({ type: 'older' })
      revision = event.revision
      changed++
      if (changed % configs.length === 0) report({ type: 'changed', at: Date.now() })
    })
  }
}

function report(sent: FleetReport): void {
  process.send?.(sent)
}

report({ type: 'loaded' })
