import { readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import type { Redis } from 'ioredis'
import type { RedisClient } from '../../src/redis/index.ts'

/** Runs the adapter of docs/fleets.md as it is written. */
export async function documentedAdapter(): Promise<(client: Redis) => RedisClient> {
  const page = readFileSync(new URL('../../docs/fleets.md', import.meta.url), 'utf8')
  const [, code = ''] = /```ts\n\/\/ ioredis-client\.ts\n([\s\S]*?)```/.exec(page) ?? []
  const { code: script } = transformSync(code, { loader: 'ts' })
  const { fromIoRedis } = await import(`data:text/javascript,${encodeURIComponent(script)}`)
  return fromIoRedis
}
