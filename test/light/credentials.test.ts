import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { CredentialCache } from '../../src/light/credentials.ts'
import type { LightCredentials } from '../../src/light/index.ts'
import { setForTest } from '../support/environment.ts'
import { rejection } from '../support/rejection.ts'

const minuteMs = 60_000
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * minuteMs)

/** A function for credentials that returns new ones each time, which expire after so many minutes. */
function provider(minutes?: number) {
  const calls: unknown[] = []
  const provide = async (options?: object): Promise<LightCredentials> => {
    calls.push(options)
    const expiration = minutes === undefined ? {} : { expiration: inMinutes(minutes) }
    return { accessKeyId: `key${calls.length}`, secretAccessKey: 'secret', ...expiration }
  }
  return { provide, calls }
}

describe('a function for credentials', () => {
  it('is called once while its credentials last, by however many callers', async () => {
    const { provide, calls } = provider(60)
    const cache = new CredentialCache(provide)
    const [one, other] = await Promise.all([cache.current(), cache.current()])

    expect([one.accessKeyId, other.accessKeyId, (await cache.current()).accessKeyId]).toEqual(['key1', 'key1', 'key1'])
    expect(calls).toHaveLength(1)
  })

  it('is called again five minutes before its credentials expire', async () => {
    const { provide, calls } = provider(4)
    const cache = new CredentialCache(provide)
    await cache.current()

    expect((await cache.current()).accessKeyId).toBe('key2')
    expect(calls).toHaveLength(2)
  })

  it.each([
    ['are served while they are valid', 4, 'old'],
    ['are not served when they have expired', -1, 'canary'],
  ])('that fails: the old credentials %s', async (_, minutes, served) => {
    let count = 0
    const cache = new CredentialCache(async () => {
      if (++count > 1) throw new Error('canary')
      return { accessKeyId: 'old', secretAccessKey: 'secret', expiration: inMinutes(minutes) }
    })
    await cache.current()
    const next = await cache.current().catch((error) => ({ accessKeyId: error.message }))

    expect(next.accessKeyId).toBe(served)
  })

  it('is asked for other credentials after AWS reports that they have expired, once for all calls', async () => {
    const { provide, calls } = provider()
    const cache = new CredentialCache(provide)
    const old = await cache.current()

    expect(await Promise.all([cache.replace(old), cache.replace(old)])).toEqual([true, true])
    expect(await cache.replace(old)).toBe(true)
    expect(calls).toEqual([undefined, { forceRefresh: true }])
    expect((await cache.current()).accessKeyId).toBe('key2')
  })

  it('that returns the same credentials again replaces nothing', async () => {
    const cache = new CredentialCache(async () => ({ accessKeyId: 'same', secretAccessKey: 'secret' }))

    expect(await cache.replace(await cache.current())).toBe(false)
  })

  it.each([undefined, {}, { accessKeyId: 'a' }, { accessKeyId: 'a', secretAccessKey: 5 }])(
    'that returns %j is refused',
    async (value) => {
      const cache = new CredentialCache(async () => value as unknown as LightCredentials)

      expect(await rejection(cache.current())).toMatchObject({ failure: { code: 'NO_CREDENTIALS' } })
    },
  )
})

describe('the environment', () => {
  it('is read for each call, because programs replace its credentials', async () => {
    const cache = new CredentialCache(undefined)
    setForTest('AWS_SESSION_TOKEN', 'first')
    const first = await cache.current()
    expect(first).toMatchObject({ accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'first' })
    expect(await cache.replace(first)).toBe(false)
    setForTest('AWS_SESSION_TOKEN', 'second')

    expect(await cache.replace(first)).toBe(true)
    expect((await cache.current()).sessionToken).toBe('second')
  })

  it('gives way to a profile, which the SDK reads', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'liveparam-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'credentials')
    writeFileSync(file, '[shop]\naws_access_key_id = fromProfile\naws_secret_access_key = secret\n')
    setForTest('AWS_SHARED_CREDENTIALS_FILE', file)
    setForTest('AWS_PROFILE', 'shop')
    vi.spyOn(console, 'warn').mockReturnValue()
    onTestFinished(() => void vi.restoreAllMocks())

    expect((await new CredentialCache(undefined).current()).accessKeyId).toBe('fromProfile')
  })

  it('without credentials ends in the error of the SDK', async () => {
    const nothing = join(tmpdir(), 'liveparam-nothing')
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) setForTest(name, '')
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) setForTest(name, nothing)

    expect(await rejection(new CredentialCache(undefined).current())).toMatchObject({
      name: 'CredentialsProviderError',
      message: 'Could not load credentials from any providers',
    })
  })
})

it('uses credentials that were passed as an object', async () => {
  const given = { accessKeyId: 'a', secretAccessKey: 'b' }
  const cache = new CredentialCache(given)

  expect(await cache.current()).toBe(given)
  expect(await cache.replace(given)).toBe(false)
})
