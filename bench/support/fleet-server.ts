import { createConfig, type LiveConfig } from 'liveparam'
import { lightClient } from 'liveparam/light'
import { redisCache } from 'liveparam/redis'
import type { Inbox, NotificationSource } from 'liveparam/source'
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

/** A change of the first parameter. */
export interface FleetChange {
  readonly type: 'expect' | 'notify'
  readonly name: string
  readonly value: string
  /** The identity of the event. */
  readonly eventId: string
}

/** What a process reports, with times since the Unix epoch. */
export type FleetReport =
  | { readonly type: 'loaded' | 'expecting' }
  | { readonly type: 'started'; readonly failed: number; readonly readyAt: number }
  | { readonly type: 'changed'; readonly at: number }
  | { readonly type: 'older' }

type Config = LiveConfig<Record<string, Record<string, unknown>>>

// Each instance has a queue of its own, and receives an event within this time.
const notifiedWithinMs = 2_000
const configs: Config[] = []
const inboxes: Inbox[] = []
let remaining = new Set<Config>()
let expected = ''

process.on('message', async (message: FleetJob | FleetChange | 'close') => {
  if (message === 'close') {
    await Promise.all(configs.map((config) => config.close()))
    process.exit()
  }
  if ('instances' in message) await start(message)
  else if (message.type === 'notify') notify(message)
  else {
    expected = message.value
    remaining = new Set(configs)
    report({ type: 'expecting' })
  }
})
process.on('disconnect', () => process.exit())

async function start({ place, path, count, instances, timeoutMs, cache }: FleetJob): Promise<void> {
  const { schema } = schemaOf({ path, count, groups: 8 })
  const starts = Array.from({ length: instances }, async () => {
    // As in a process of its own, nothing is shared.
    const client = lightClient(place)
    const redis = cache && createClient({ url: cache.redisUrl })
    redis?.on('error', () => undefined)
    await redis?.connect()
    const sharedCache = cache && redis && redisCache({ client: redis, keyId: cache.keyId, kmsEndpoint: place.endpoint })
    const config = createConfig({
      path,
      schema,
      client,
      logger: false,
      // The calls of a change are counted, without those of polls.
      poll: { everyMs: 3_600_000 },
      notifications,
      startup: { timeoutMs },
      ...(sharedCache !== undefined && { sharedCache }),
    })
    configs.push(config)
    follow(config)
    await config.ready
    return config
  })
  const settled = await Promise.allSettled(starts)
  const failed = settled.filter(({ status }) => status === 'rejected').length
  report({ type: 'started', failed, readyAt: Date.now() })
}

function follow(config: Config): void {
  let last = ''
  config.on('change', ({ current }) => {
    const value = String(current.group0?.key0)
    // The values of changes are in order.
    if (value < last) report({ type: 'older' })
    last = value
    if (value === expected && remaining.delete(config) && remaining.size === 0)
      report({ type: 'changed', at: Date.now() })
  })
}

function notify({ name, eventId }: FleetChange): void {
  const occurredAt = Math.floor(Date.now() / 1_000) * 1_000
  for (const inbox of inboxes) {
    const hint = { kind: 'parameter', name, operation: 'put', occurredAt, eventId } as const
    setTimeout(() => inbox.hint(hint), Math.random() * notifiedWithinMs)
  }
}

const notifications: NotificationSource = {
  name: 'bench',
  async listen(inbox, { signal }) {
    inbox.healthy()
    inboxes.push(inbox)
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  },
}

function report(sent: FleetReport): void {
  process.send?.(sent)
}

report({ type: 'loaded' })
