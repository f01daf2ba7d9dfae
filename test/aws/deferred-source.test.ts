import { describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { createConfig, loadConfig, secret } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

const disk = vi.hoisted(() => ({ isBroken: false, failures: 0 }))

vi.mock('../../src/aws/aws-source.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/aws/aws-source.ts')>()
  return {
    get AwsSource() {
      if (!disk.isBroken) return original.AwsSource
      disk.failures++
      throw new Error('no such file')
    },
  }
})

const schema = z.object({
  port: z.number(),
  login: secret('login', z.string()),
  rest: z.record(z.string(), z.string()),
})

describe('before the source of a new config is loaded', () => {
  it('lists the same calls as later', async () => {
    const aws = await localAws()
    put(aws, { '/app/port': '8080' })
    aws.secrets.create({ name: 'login', value: 'hunter2' })
    await using config = createConfig({ schema, path: '/app', ...at(aws), logger: false })
    const { calls } = config.explain()
    await config.ready

    expect(calls).toEqual([
      { action: 'ssm:GetParametersByPath', subjects: ['/app/rest'] },
      { action: 'ssm:GetParameters', subjects: ['/app/port'] },
      { action: 'ssm:GetParameters', subjects: ['/aws/reference/secretsmanager/login'] },
    ])
    expect(config.explain().calls).toEqual(calls)
  })

  it('shows no usage and no place', async () => {
    const aws = await localAws()
    put(aws, { '/app/port': '8080' })
    await using config = createConfig({
      schema: z.object({ port: z.number() }),
      path: '/app',
      ...at(aws),
      logger: false,
    })
    const before = config.status()
    await config.ready

    expect(before.usage).toEqual({ calls: {}, decryptions: 0 })
    expect(before).not.toHaveProperty('place')
    expect(config.status()).toMatchObject({ usage: { calls: { 'ssm:GetParameters': { answered: 1 } } }, place: {} })
  })

  it('closes, and makes no call', async () => {
    const aws = await localAws()
    const config = createConfig({ schema, path: '/app', ...at(aws), logger: false })
    await config.close()

    await expect(config.ready).rejects.toMatchObject({ code: 'CLOSED' })
    expect(aws.counts.calls).toEqual({})
  })
})

describe('if the source cannot be loaded', () => {
  it('fails the start with one reason for all that it would have read', async () => {
    disk.isBroken = true
    const aws = await localAws()
    const loading = loadConfig({ schema, path: '/app', ...at(aws), logger: false, startup: { timeoutMs: 300 } })
    const error = await loadError(loading.finally(() => Object.assign(disk, { isBroken: false })))

    expect(error.attempts).toBeGreaterThan(1)
    expect(error.unreadable.map(({ code, detail }) => `${code} ${detail}`)).toEqual(
      error.unreadable.map(() => expect.stringMatching(/^UNREACHABLE a module of liveparam could not be loaded: /)),
    )
    expect(error.unreadable.map(({ key, parameter }) => key ?? parameter)).toEqual(['/app', 'login'])
  })

  it('starts once a later attempt loads it', async () => {
    Object.assign(disk, { isBroken: true, failures: 0 })
    const aws = await localAws()
    put(aws, { '/app/port': '8080' })
    const source = { schema: z.object({ port: z.number() }), path: '/app', ...at(aws) }
    await using config = createConfig({ ...source, logger: false })
    await vi.waitFor(() => expect(disk.failures).toBeGreaterThan(0))
    disk.isBroken = false
    await config.ready

    expect(config.current).toEqual({ port: 8080 })
  })
})
