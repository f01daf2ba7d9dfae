import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, parameter, secret, sensitive } from '../../src/index.ts'
import { createTestConfig, memorySource } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'

const schema = z.object({
  plain: z.string(),
  tokens: z.record(z.string(), z.string()),
  named: parameter('/common/key', z.string()),
  login: secret('login', z.object({ user: z.string(), password: z.string() })),
})

describe('24. decrypts only changed parameters on a refresh', () => {
  it('decrypts no unchanged parameter, and one parameter after one change', async () => {
    const aws = await localAws()
    put(aws, { '/app/plain': 'x', '/common/key': ['SecureString', 'k'] })
    for (let index = 0; index < 12; index++) put(aws, { [`/app/tokens/t${index}`]: ['SecureString', `secret${index}`] })
    aws.secrets.create({ name: 'login', value: '{"user":"u","password":"p"}' })
    await using config = await loadConfig({ schema, path: '/app', poll: false, ...at(aws) })
    aws.resetCounts()

    expect(await config.refresh()).toBe('unchanged')
    // The secret is one of Secrets Manager's, whose version can be told by reading it alone.
    expect(aws.counts.decryptions).toBe(1)

    put(aws, { '/app/tokens/t3': ['SecureString', 'moved'], '/app/plain': 'y' })
    aws.resetCounts()
    expect(await config.refresh()).toBe('changed')
    expect(aws.counts.decryptions).toBe(2)
    expect(config.current.tokens.t3).toBe('moved')
    expect(config.current.plain).toBe('y')

    put(aws, { '/common/key': ['SecureString', 'k2'] })
    aws.resetCounts()
    expect(await config.refresh()).toBe('changed')
    expect(aws.counts.decryptions).toBe(2)
    expect(config.current.named).toBe('k2')
  })

  it('decrypts a recreated parameter whose version is the known one', async () => {
    const aws = await localAws()
    put(aws, { '/app/key': ['SecureString', 'one'] })
    await using config = await loadConfig({ schema: z.object({ key: z.string() }), path: '/app', ...at(aws) })
    aws.parameters.delete('/app/key')
    put(aws, { '/app/key': ['SecureString', 'two'] })
    await config.refresh()

    expect(config.current.key).toBe('two')
    expect(config.pin().keys[0]?.version).toBe('1')
  })

  it('publishes a changed value of the same version from a source without dates', async () => {
    const source = memorySource({ parameters: { '/app/key': 'one' } })
    await using config = await loadConfig({ schema: z.object({ key: z.string() }), path: '/app', source })
    const changes: string[] = []
    config.on('change', ({ changed }) => changes.push(...changed.map(({ key, kind }) => `${kind} ${key}`)))
    source.delete('/app/key')
    source.put('/app/key', 'two')

    expect(await config.refresh()).toBe('changed')
    expect(config.current.key).toBe('two')
    expect(changes).toEqual(['updated key'])
    expect(await config.refresh()).toBe('unchanged')
  })

  it('reads secrets again after five minutes, independently of other refreshes', async () => {
    const values = { plain: 'x', tokens: {}, named: 'n', login: { user: 'u1', password: 'p1' } }
    await using config = await createTestConfig({ schema, path: '/app' }, { values })
    config.store.putSecret('login', '{"user":"u2","password":"p2"}')
    await config.advance(299_000)
    expect(config.current.login).toEqual(values.login)

    await config.advance(2_000)
    expect(config.current.login).toEqual({ user: 'u2', password: 'p2' })
  })

  it('reads a referenced secret with its parameter, so user and password share a version', async () => {
    const pointed = z.object({ user: sensitive(z.string()), password: sensitive(z.string()) })
    const reference = '/aws/reference/secretsmanager/login'
    await using config = await createTestConfig(
      { schema: pointed, path: '/app' },
      {
        parameters: { '/app/user': `${reference}#user`, '/app/password': `${reference}#password` },
        secrets: { login: '{"user":"u1","password":"p1"}' },
      },
    )
    await config.set({ secrets: { login: '{"user":"u2","password":"p2"}' } })

    expect(config.current).toEqual({ user: 'u2', password: 'p2' })
  })
})
