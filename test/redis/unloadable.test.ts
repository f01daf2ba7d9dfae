import { expect, it, vi } from 'vitest'
import * as z from 'zod'
import { createConfig } from '../../src/index.ts'
import { type RedisClient, redisCache } from '../../src/redis/index.ts'
import { memorySource } from '../../src/testing/index.ts'
import { loadError } from '../support/rejection.ts'

const disk = vi.hoisted(() => ({ missing: '' }))

vi.mock('../../src/backup/restorer.ts', (importOriginal) => load('restorer', importOriginal))
vi.mock('../../src/redis/fleet-source.ts', (importOriginal) => load('fleet-source', importOriginal))

function load<Module>(name: string, importOriginal: () => Promise<Module>): Promise<Module> {
  if (disk.missing === name) throw new Error('no such file')
  return importOriginal()
}

it('warns once and reads AWS if the cache cannot be loaded', async () => {
  disk.missing = 'fleet-source'
  const { config, warnings } = start({ isAway: false })
  await config.ready
  await config.refresh()

  expect(config.current.a).toBe('one')
  expect(warnings).toEqual([expect.stringMatching(/^sharedCache: a module of liveparam could not be loaded/)])
  await config.close()
})

it('warns and fails the start as without a cache if the fallback cannot be loaded', async () => {
  disk.missing = 'restorer'
  const { config, warnings } = start({ isAway: true })
  const error = await loadError(config.ready)

  expect(error.message).not.toContain('the refresh threw')
  expect(warnings).toContainEqual(expect.stringMatching(/^sharedCache: a module of liveparam could not be loaded/))
  await config.close()
})

const away: RedisClient = {
  isReady: false,
  sendCommand: () => Promise.reject(new Error('away')),
  duplicate: () => {
    throw new Error('away')
  },
}

function start({ isAway }: { readonly isAway: boolean }) {
  const source = memorySource({ parameters: { '/app/a': 'one' } })
  if (isAway) source.fail('*', { code: 'UNREACHABLE', isTransient: true, detail: 'it is away', remedy: 'wait' })
  const keyId = 'arn:aws:kms:eu-west-1:111122223333:key/1234'
  const config = createConfig({
    path: '/app',
    schema: z.object({ a: z.string() }),
    source,
    logger: false,
    startup: { timeoutMs: 1_000 },
    sharedCache: redisCache({ client: away, keyId }),
  })
  const warnings: string[] = []
  config.on('warning', ({ message }) => void warnings.push(message))
  return { config, warnings }
}
