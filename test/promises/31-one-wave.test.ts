import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineConfig, loadConfig, secret } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { makeNotifier } from '../support/notifier.ts'
import { loadError } from '../support/rejection.ts'

const keys = Array.from({ length: 25 }, (_, index) => `k${index}`)
const group = z.object(Object.fromEntries(keys.map((key) => [key, z.string()])))
const values = Object.fromEntries(keys.map((key) => [key, key]))

function store(aws: LocalAws, path: string): void {
  for (const key of keys) put(aws, { [`${path}/${key}`]: key })
}

describe('31. reads the names of the schema in one wave', () => {
  it('reads ten names per call, including layers, references and missing names', async () => {
    const aws = await localAws()
    store(aws, '/low/db')
    put(aws, { '/high/db/k0': 'mine' })
    aws.secrets.create({ name: 'login', value: 'hunter2' })
    let most = 0
    aws.faults.add({
      kind: 'latency',
      ms: 100,
      when: () => {
        most = Math.max(most, aws.counts.total)
        return true
      },
    })
    const schema = z.object({ db: group, login: secret('login', z.string()), note: z.string().optional() })
    await using config = await loadConfig({ schema, path: ['/low', '/high'], ...at(aws) })

    expect(config.current).toEqual({ db: { ...values, k0: 'mine' }, login: 'hunter2' })
    // 52 names and a secret.
    expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 7 })
    expect(config.explain().calls).toHaveLength(7)
    expect(most).toBe(7)
  })

  it('reads sub-paths in parallel with the strategy by-path', async () => {
    const aws = await localAws()
    for (const path of ['/app/a', '/app/b']) store(aws, path)
    put(aws, { '/app/name': 'shop' })
    const schema = z.object({ a: group, b: group, name: z.string() })
    await using config = await loadConfig({ schema, path: '/app', strategy: 'by-path', ...at(aws) })

    expect(config.current).toEqual({ a: values, b: values, name: 'shop' })
    expect(aws.counts.calls).toEqual({ 'ssm:GetParametersByPath': 7 })
    expect(config.explain().calls.map(({ subjects }) => subjects)).toEqual([['/app'], ['/app/a'], ['/app/b']])
  })

  it('reads a denied sub-path from its parent, and remembers this', async () => {
    const aws = await localAws()
    for (const path of ['/app/a', '/app/b']) store(aws, path)
    aws.policy.deny({ action: 'ssm:GetParametersByPath', resource: '/app/a' })
    const schema = z.object({ a: group, b: group })
    await using config = await loadConfig({ schema, path: '/app', strategy: 'by-path', poll: false, ...at(aws) })
    expect(config.current).toEqual({ a: values, b: values })

    const before = aws.requests.length
    await config.refresh()
    expect(new Set(aws.requests.slice(before).map(({ input }) => input.Path))).toEqual(new Set(['/app']))
  })

  it('reads a record with a denied path from the parent of that path', async () => {
    const aws = await localAws()
    put(aws, { '/app/flags/x': 'on', '/app/name': 'shop' })
    aws.policy.deny({ action: 'ssm:GetParameters', resource: '/app/name' })
    aws.policy.deny({ action: 'ssm:GetParametersByPath', resource: '/app/flags' })
    const schema = z.object({ flags: z.record(z.string(), z.string()), name: z.string() })
    await using config = await loadConfig({ schema, path: '/app', poll: false, ...at(aws) })

    expect(config.current).toEqual({ flags: { x: 'on' }, name: 'shop' })
    expect(config.explain().calls).toEqual([{ action: 'ssm:GetParametersByPath', subjects: ['/app'] }])
  })

  it.each([
    ['ssm:GetParameters', undefined, /allow ssm:GetParameters on parameter\/app\/\*, or set strategy: 'by-path'/],
    ['ssm:GetParametersByPath', 'by-path' as const, /allow ssm:GetParametersByPath .*, or set strategy: 'by-name'/],
  ])('names the denied action %s and the option that avoids it', async (action, strategy, remedy) => {
    const aws = await localAws()
    store(aws, '/app')
    aws.policy.deny({ action, resource: '/app*' })
    const options = { schema: group, path: '/app', ...(strategy && { strategy }) }
    const error = await loadError(loadConfig({ ...options, ...at(aws) }))
    const single = { ...options, schema: z.object({ k0: z.string() }), path: '/app' }
    const alone = await loadError(loadConfig({ ...single, ...at(aws) }))

    expect(alone.problems).toMatchObject([{ remedy: expect.stringContaining('or set strategy') }])
    expect(error.problems).toMatchObject([
      { code: 'ACCESS_DENIED', parameter: '/app', action, remedy: expect.stringMatching(remedy) },
    ])
  })

  it('does not name an option that a schema with a record cannot have', async () => {
    const aws = await localAws()
    aws.policy.deny({ action: 'ssm:GetParametersByPath', resource: '*' })
    const schema = z.object({ flags: z.record(z.string(), z.string()) })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))

    expect(error.problems).toMatchObject([
      { code: 'ACCESS_DENIED', remedy: expect.stringMatching(/^allow ssm:GetParametersByPath on [^,]+$/) },
    ])
  })

  it('lists no path with the strategy by-name, not even for suggestions', async () => {
    const aws = await localAws()
    put(aws, { '/app/K0': 'x' })
    const schema = z.object({ k0: z.string() })
    const error = await loadError(loadConfig({ schema, path: '/app', strategy: 'by-name', ...at(aws) }))
    expect(error.missing).toMatchObject([{ code: 'EMPTY_PATH' }, { key: 'k0', parameter: '/app/k0' }])
    expect(Object.keys(aws.counts.calls)).toEqual(['ssm:GetParameters'])

    const open = { schema: z.object({ flags: z.record(z.string(), z.string()) }), path: '/app' } as const
    expect(() => defineConfig({ ...open, strategy: 'by-name' })).toThrow(
      /the schema does not know the names below flags/,
    )
  })

  it('reads a hinted parameter by path when reading by name is denied', async () => {
    const aws = await localAws()
    put(aws, { '/app/flags/x': 'old' })
    aws.policy.deny({ action: 'ssm:GetParameters', resource: '/app/flags/*' })
    const notifications = makeNotifier()
    const schema = z.object({ flags: z.record(z.string(), z.string()) })
    await using config = await loadConfig({ schema, path: '/app', poll: false, notifications, ...at(aws) })
    put(aws, { '/app/flags/x': 'new' })
    notifications.inbox.hint({ kind: 'parameter', name: '/app/flags/x', operation: 'put' })

    await expect.poll(() => config.current.flags.x).toBe('new')
    expect(Object.keys(aws.counts.calls)).toEqual(['ssm:GetParametersByPath', 'ssm:GetParameters'])
  })
})
