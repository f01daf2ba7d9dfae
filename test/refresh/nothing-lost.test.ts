import { SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { createConfig, loadConfig, reveal, secret, sensitive } from '../../src/index.ts'
import { withConfig } from '../../src/lambda/index.ts'
import { createFakeClock, type MemorySource, memorySource } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { inLambda } from '../support/lambda.ts'
import { makeNotifier } from '../support/notifier.ts'

const closed = z.object({ a: z.number(), db: secret('db', z.string()) })
const open = z.object({ flags: z.record(z.string(), z.string()), db: secret('db', z.string()) })
const pointing = z.object({ a: z.number(), db: sensitive(z.string()) })

describe('a secret that rotates during a failed refresh is published by the next refresh', () => {
  it.each([
    ['by name', closed, 'ssm:GetParameters', '"/app/a"'],
    ['by path', open, 'ssm:GetParametersByPath', '/app/flags'],
    ['by a pointer', pointing, 'ssm:GetParameters', '"/app/a"'],
  ])('%s', async (_, schema, action, text) => {
    const aws = await localAws()
    put(aws, { '/app/a': '1', '/app/flags/x': 'y', '/app/db': '/aws/reference/secretsmanager/db' })
    aws.secrets.create({ name: 'db', value: 'old' })
    const client = new SSMClient(aws.clientOptions)
    onTestFinished(() => client.destroy())
    await using config = await loadConfig<z.ZodType>({ schema, path: '/app', client, poll: false })
    aws.secrets.put({ id: 'db', value: 'new' })
    const refusal = { kind: 'error', status: 400, name: 'ValidationException', message: 'no' } as const
    const fault = aws.faults.add({ ...refusal, action, when: (input) => JSON.stringify(input).includes(text) })
    await expect(config.refresh()).rejects.toMatchObject({ code: 'LOAD_FAILED' })
    fault.remove()

    expect(await config.refresh()).toBe('changed')
    expect(reveal(config.current)).toMatchObject({ db: 'new' })
  })

  it('when the role is denied a name once', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': '1' })
    aws.secrets.create({ name: 'db', value: 'old' })
    await using config = await loadConfig({ schema: closed, path: '/app', poll: false, ...at(aws) })
    aws.secrets.put({ id: 'db', value: 'new' })
    const denial = aws.policy.deny({ action: 'ssm:GetParameters', resource: 'arn:aws:ssm:*:*:parameter/app/*' })
    await expect(config.refresh()).rejects.toMatchObject({ code: 'LOAD_FAILED' })
    denial.remove()

    expect(await config.refresh()).toBe('changed')
    expect(config.current.db).toBe('new')
  })
})

const denied = { code: 'ACCESS_DENIED', isTransient: false, detail: 'denied', remedy: 'allow it' } as const

/** A config on a clock of its own, whose secret has rotated while `a` was denied. */
async function afterLostRotation(poll?: false) {
  const clock = createFakeClock(1_700_000_000_000)
  const store: MemorySource = memorySource({ clock, parameters: { '/app/a': '1' }, secrets: { db: 'old' } })
  const notifier = makeNotifier()
  const options = { schema: closed, path: '/app', source: store, clock, random: () => 0.5, notifications: notifier }
  const config = await loadConfig({ ...options, ...(poll === false && { poll }) })
  const { versionId } = store.putSecret('db', 'new')
  const denial = store.fail('/app/a', denied)
  await config.refresh().catch(() => undefined)
  denial.remove()
  onTestFinished(() => config.close())
  return { config, clock, store, versionId, notifier }
}

describe('the reading of an unpublished attempt does not count as up to date', () => {
  it('polling publishes it', async () => {
    const { config, clock } = await afterLostRotation()
    await clock.advance(60_000)
    expect(config.current.db).toBe('new')
    expect(config.status().state).toBe('ready')
  })

  it('a notification of that version causes a refresh', async () => {
    const { config, clock, versionId, notifier } = await afterLostRotation(false)
    const move = { operation: 'label', label: 'AWSCURRENT', version: versionId } as const
    notifier.inbox.hint({ kind: 'secret', name: 'db', ...move })
    expect(config.status().notifications.upToDate).toBe(0)
    await clock.advance(2_000)
    expect(config.current.db).toBe('new')
  })

  it('retryOnAuthError() publishes it', async () => {
    const clock = createFakeClock()
    const store = memorySource({ clock, secrets: { db: 'old' } })
    const schema = z.object({ db: secret('db', z.string()) })
    let isRefusing = false
    const validate = () => !isRefusing
    await using config = await loadConfig({ schema, source: store, clock, poll: false, validate })
    store.putSecret('db', 'new')
    isRefusing = true
    await config.refresh().catch(() => undefined)
    isRefusing = false
    const login = () => {
      if (config.current.db === 'old') throw new Error('login refused')
      return 'in'
    }

    expect(await config.retryOnAuthError(() => true, login)).toBe('in')
  })

  it('retryOnAuthError() publishes it once the value that was refused with it is corrected', async () => {
    const clock = createFakeClock()
    const store = memorySource({ clock, parameters: { '/app/a': '1' }, secrets: { db: 'old' } })
    const schema = z.object({ a: z.number().max(9), db: secret('db', z.string()) })
    await using config = await loadConfig({ schema, path: '/app', source: store, clock, poll: false })
    const warnings: string[] = []
    config.on('warning', ({ message }) => void warnings.push(message))
    store.put('/app/a', '10')
    store.putSecret('db', 'new')
    await config.refresh().catch(() => undefined)
    const login = () => {
      if (config.current.db === 'old') throw new Error('login refused')
      return 'in'
    }
    const refused = expect(config.retryOnAuthError(() => true, login)).rejects.toThrow('login refused')
    await clock.advance(6_000)
    await refused
    expect(warnings).toEqual([expect.stringContaining('they are held back: status().lastError says why')])

    await clock.advance(60_000)
    store.put('/app/a', '2')
    expect(await config.retryOnAuthError(() => true, login)).toBe('in')
    expect(config.current.a).toBe(2)
  })

  it.each([
    ['the schema', { schema: z.object({ a: z.number().max(9), db: secret('db', z.string()) }) }],
    ['validate', { validate: (next: { a: number }) => next.a <= 9 }],
    [
      'prepare',
      {
        prepare(next: { a: number }) {
          if (next.a > 9) throw new Error('no')
        },
      },
    ],
  ])('after %s rejected the candidate', async (_, refusing) => {
    const clock = createFakeClock()
    const store = memorySource({ clock, parameters: { '/app/a': '1' }, secrets: { db: 'old' } })
    await using config = await loadConfig({
      schema: closed,
      path: '/app',
      source: store,
      clock,
      poll: false,
      ...refusing,
    })
    store.putSecret('db', 'new')
    store.put('/app/a', '10')
    await expect(config.refresh()).rejects.toMatchObject({ code: 'LOAD_FAILED' })
    store.put('/app/a', '1')

    expect(await config.refresh()).toBe('changed')
    expect(config.current).toMatchObject({ a: 1, db: 'new' })
  })

  it('after the end of an invocation interrupted the validation', async () => {
    inLambda()
    const clock = createFakeClock()
    const store = memorySource({ clock, parameters: { '/app/a': '1' }, secrets: { db: 'old' } })
    let isSlow = false
    const config = createConfig({
      schema: closed,
      path: '/app',
      source: store,
      clock,
      random: () => 0.5,
      prepare: (_next, _previous, { signal }) => (isSlow ? clock.sleep(5_000, signal) : undefined),
    })
    onTestFinished(() => config.close())
    await clock.advance(0)
    const handle = withConfig(async (event: { ms: number }, _context: unknown) => {
      void config.refresh().catch(() => undefined)
      await clock.sleep(event.ms)
    }, config)
    const invoke = async (ms: number) => {
      const invocation = handle({ ms }, undefined)
      await clock.advance(ms + 1_000)
      await invocation
    }
    store.putSecret('db', 'new')
    isSlow = true
    await invoke(50)
    isSlow = false
    await invoke(2_000)
    expect(config.current.db).toBe('new')
    expect(config.status().state).toBe('ready')
  })
})

describe('refresh()', () => {
  it('returns the writes before the call, although a running refresh has read already', async () => {
    const clock = createFakeClock()
    const store = memorySource({ clock, parameters: { '/app/a': '1' } })
    let reads = 0
    const source: MemorySource = {
      ...store,
      async read(request, how) {
        reads++
        const reading = await store.read(request, how)
        if (reads > 1) await clock.sleep(100, how.signal)
        return reading
      },
    }
    await using config = await loadConfig({
      schema: z.object({ a: z.number() }),
      path: '/app',
      source,
      clock,
      poll: false,
    })
    const first = config.refresh()
    await clock.advance(50)
    store.put('/app/a', '2')
    const calls = Promise.all(Array.from({ length: 10_000 }, () => config.refresh()))
    await clock.advance(150)

    expect(await first).toBe('unchanged')
    expect(new Set(await calls)).toEqual(new Set(['changed']))
    expect(config.current.a).toBe(2)
    expect(reads).toBe(3)
  })

  it.each([-5, -1, 0, 1, 5])('reads secrets after the clock has jumped by %i hours', async (hours) => {
    const clock = createFakeClock(1_700_000_000_000)
    const store = memorySource({ parameters: { '/app/a': '1' }, secrets: { db: 'old' } })
    await using config = await loadConfig({ schema: closed, path: '/app', source: store, clock, poll: false })
    clock.jump(hours * 3_600_000)
    store.putSecret('db', 'new')

    expect(await config.refresh()).toBe('changed')
    expect(config.current.db).toBe('new')
  })

  it.each([-5, 5])('polling reads secrets within their five minutes after a jump of %i hours', async (hours) => {
    const clock = createFakeClock(1_700_000_000_000)
    const store = memorySource({ parameters: { '/app/a': '1' }, secrets: { db: 'old' } })
    const options = { schema: closed, path: '/app', source: store, random: () => 0.5 }
    await using config = await loadConfig({ ...options, clock })
    await clock.advance(100_000)
    clock.jump(hours * 3_600_000)
    store.putSecret('db', 'new')
    await clock.advance(400_000)

    expect(config.current.db).toBe('new')
  })

  it('reads a secret that a text refers to once', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': '1', '/app/db': '/aws/reference/secretsmanager/db' })
    aws.secrets.create({ name: 'db', value: 'old' })
    await using config = await loadConfig({ schema: pointing, path: '/app', poll: false, ...at(aws) })
    const before = aws.counts.total
    await config.refresh()

    expect(aws.counts.total - before).toBe(2)
  })
})
