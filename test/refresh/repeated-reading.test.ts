import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, secret } from '../../src/index.ts'
import { type MemorySource, memorySource } from '../../src/testing/index.ts'

const schema = z.object({
  port: z.number().max(9_000),
  host: z.string().optional(),
  login: secret('login', z.string()),
})

function stored(): MemorySource {
  return memorySource({ parameters: { '/app/port': '8080' }, secrets: { login: 'hunter2' } })
}

it('reads nothing for a refresh that close() ends before its modules are loaded', async () => {
  const source = stored()
  const config = await loadConfig({ schema, path: '/app', source, poll: false })
  let reads = 0
  source.read = () => {
    reads++
    return new Promise(() => {})
  }
  const refreshing = config.refresh().catch(() => 'aborted')
  await config.close()

  expect(await refreshing).toBe('aborted')
  expect(reads).toBe(0)
})

describe('after a refresh that read the same again', () => {
  it.each<[string, (source: MemorySource) => unknown]>([
    ['a parameter', (source) => source.put('/app/port', '8081')],
    ['a parameter that was missing', (source) => source.put('/app/host', 'a')],
    ['a secret', (source) => source.putSecret('login', 'correct horse')],
  ])('a refresh finds the change of %s', async (_, change) => {
    const source = stored()
    await using config = await loadConfig({ schema, path: '/app', source, poll: false })
    expect(await config.refresh()).toBe('unchanged')
    change(source)

    expect(await config.refresh()).toBe('changed')
    expect(await config.refresh()).toBe('unchanged')
    expect(config.pin().revision).toBe(2)
  })

  it('a refresh reports a parameter that cannot be read', async () => {
    const source = stored()
    await using config = await loadConfig({ schema, path: '/app', source, poll: false, logger: false })
    expect(await config.refresh()).toBe('unchanged')
    const denied = { code: 'ACCESS_DENIED', isTransient: false, detail: 'denied', remedy: 'allow it' } as const
    const failure = source.fail('/app/port', denied)
    await expect(config.refresh()).rejects.toMatchObject({ unreadable: [{ code: 'ACCESS_DENIED' }] })
    failure.remove()

    expect(await config.refresh()).toBe('unchanged')
  })
})

it('rejects an invalid candidate each time that it is read', async () => {
  const source = stored()
  await using config = await loadConfig({ schema, path: '/app', source, poll: false, logger: false })
  source.put('/app/port', '9999')
  await expect(config.refresh()).rejects.toMatchObject({ invalid: [{ key: 'port' }] })
  await expect(config.refresh()).rejects.toMatchObject({ invalid: [{ key: 'port' }] })
  source.put('/app/port', '8080')

  expect(await config.refresh()).toBe('changed')
  expect(config.health().status).toBe('up')
})
