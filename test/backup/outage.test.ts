import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { printState } from '../../src/config/attach-logger.ts'
import { isLoadError, secret, sensitive } from '../../src/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { put } from '../support/aws.ts'
import { backupWorld, schema, shiftedClock, soon } from '../support/backup.ts'
import { rejection } from '../support/rejection.ts'

const hour = 3_600_000

describe('a start while AWS cannot be reached', () => {
  it('uses the backup, in state stale with its origin and age', async () => {
    const { writeBackup, load, disconnect } = await backupWorld()
    await writeBackup()
    disconnect()
    const clock = shiftedClock(2 * hour)
    const config = await load({ ...soon, clock })

    expect({ ...config.current }).toEqual({ host: 'db1', token: 'hunter2' })
    const { state, reason, origin, savedAt, verifiedAt, revision, lastError } = config.status()
    expect({ state, reason, origin, revision }).toEqual({
      state: 'stale',
      reason: 'from-backup',
      origin: 'backup',
      revision: 1,
    })
    expect(savedAt).toBe(config.pin().verifiedAt)
    expect(verifiedAt).toBeLessThanOrEqual(clock.now() - 2 * hour)
    expect(lastError?.code).toBe('LOAD_FAILED')
    expect(config.pin().origin).toBe('backup')
    const health = config.health()
    expect(health).toMatchObject({ status: 'degraded', state: 'stale', reason: 'from-backup', origin: 'backup' })
    expect(health.ageMs).toBeGreaterThanOrEqual(2 * hour)
  })

  it('fails without a backup, and says so', async () => {
    const { load, disconnect } = await backupWorld()
    disconnect()
    const error = await rejection(load(soon))

    expect(isLoadError(error)).toBe(true)
    expect(String(error)).toContain('the backup was not used: no backup was written yet')
  })

  it('emits ready, stale and error, and recovers when AWS is back', async () => {
    const { aws, writeBackup, create, disconnect } = await backupWorld()
    await writeBackup()
    const outage = disconnect()
    const config = create(soon)
    const trace: string[] = []
    config.on('ready', ({ snapshot }) => trace.push(`ready ${snapshot.origin}`))
    config.on('stale', ({ reason, error }) => trace.push(`stale ${reason} ${error?.code}`))
    config.on('error', ({ error }) => trace.push(`error ${error.message.split('\n')[0]?.replace(/:.*/, '')}`))
    config.on('recovered', () => trace.push('recovered'))
    config.on('unchanged', () => trace.push('unchanged'))
    await config.ready
    const { value } = config.pin()
    aws.resetCounts()
    outage.remove()
    await config.refresh()

    expect(trace.slice(0, 3)).toEqual(['ready backup', 'stale from-backup LOAD_FAILED', 'error liveparam'])
    expect(trace.slice(-2)).toEqual(['unchanged', 'recovered'])
    expect(config.status()).toMatchObject({ state: 'ready', origin: 'remote' })
    expect(config.status()).not.toHaveProperty('savedAt')
    expect(config.pin().value).toBe(value)
    // The versions are those of the backup, so no SecureString is decrypted again.
    expect(aws.counts.decryptions).toBe(0)
  })

  it('publishes what has changed since the backup', async () => {
    const { aws, writeBackup, load, disconnect } = await backupWorld()
    await writeBackup()
    const outage = disconnect()
    const config = await load(soon)
    put(aws, { '/shop/host': 'db2' })
    outage.remove()

    expect(await config.refresh()).toBe('changed')
    expect({ ...config.current }).toEqual({ host: 'db2', token: 'hunter2' })
    expect(config.pin()).toMatchObject({ origin: 'remote', revision: 2 })
  })

  it('stays stale (from-backup) through more failures', async () => {
    const { writeBackup, load, disconnect } = await backupWorld()
    await writeBackup()
    disconnect()
    const config = await load(soon)
    const stale: string[] = []
    config.on('stale', ({ reason }) => stale.push(reason))
    await rejection(config.refresh())

    expect(config.status()).toMatchObject({ state: 'stale', reason: 'from-backup', origin: 'backup' })
    expect(stale).toEqual([])
  })

  it('restores secrets and the secrets that stored texts refer to', async () => {
    const { aws, writeBackup, load, disconnect } = await backupWorld()
    aws.secrets.create({ name: 'login', value: '{"user":"shop"}' })
    aws.secrets.create({ name: 'key', value: Uint8Array.of(0, 255, 7) })
    aws.secrets.create({ name: 'api', value: 'hunter3' })
    put(aws, { '/shop/api': '/aws/reference/secretsmanager/api' })
    const withSecrets = {
      schema: schema.extend({
        api: sensitive(z.string()),
        login: secret('login', z.object({ user: z.string() })),
        key: secret('key', { binary: true }),
      }),
    }
    await writeBackup(withSecrets)
    disconnect()
    const config = await load({ ...soon, ...withSecrets })

    expect(config.pin().value).toEqual({
      host: 'db1',
      token: 'hunter2',
      api: 'hunter3',
      login: { user: 'shop' },
      key: Uint8Array.of(0, 255, 7),
    })
  })

  it('validates the backup by the schema and the hooks of today', async () => {
    const { writeBackup, load, disconnect } = await backupWorld()
    await writeBackup()
    disconnect()
    const stricter = { schema: schema.extend({ host: z.string().min(10) }) }
    const error = await rejection(load({ ...soon, ...stricter }))
    expect(String(error)).toMatch(/the backup was not used: the schema or a hook refuses it: host \/shop\/host: /)
    const validate = ({ host }: { readonly host: string }) => host !== 'db1'
    expect(String(await rejection(load({ ...soon, validate } as object)))).toMatch(/the schema or a hook refuses it/)
    const calls: unknown[] = []
    await load({ ...soon, prepare: (next: { readonly host: string }) => calls.push(next.host) } as object)
    expect(calls).toEqual(['db1'])
  })

  it('creates resources from the backup', async () => {
    const { writeBackup, create, disconnect } = await backupWorld()
    await writeBackup()
    disconnect()
    const config = create(soon)
    const pool = await config.resource(
      ({ host }) => host,
      (host) => ({ host }),
    )

    expect(await pool.use(({ host }) => host)).toBe('db1')
  })

  it('ignores maxStaleMs no more than a snapshot does: a backup that is older makes health() down', async () => {
    const { writeBackup, load, disconnect } = await backupWorld()
    await writeBackup()
    disconnect()
    const config = await load({ ...soon, maxStaleMs: hour, clock: shiftedClock(2 * hour) })

    expect(config.health()).toMatchObject({ status: 'down', reason: 'age-exceeded', origin: 'backup' })
    expect(config.current.host).toBe('db1')
  })

  it('in mode background uses the backup at the deadline', async () => {
    const { writeBackup, create, disconnect } = await backupWorld()
    await writeBackup()
    disconnect()
    const config = create({ startup: { timeoutMs: 300, mode: 'background' } })
    await config.ready

    expect(config.status()).toMatchObject({ state: 'stale', reason: 'from-backup' })
  })
})

describe('a start that AWS refuses', () => {
  it.each<[string, (world: Awaited<ReturnType<typeof backupWorld>>) => unknown, string]>([
    ['is denied', ({ aws }) => aws.policy.deny({ action: 'ssm:*', resource: '*' }), 'ACCESS_DENIED'],
    ['lacks a parameter', ({ aws }) => aws.parameters.delete('/shop/host'), 'MISSING_PARAMETER'],
    [
      'has rejected credentials',
      ({ aws }) =>
        aws.faults.add({
          kind: 'error',
          action: 'ssm:*',
          status: 400,
          name: 'UnrecognizedClientException',
          message: 'no',
        }),
      'NO_CREDENTIALS',
    ],
  ])('never uses the backup when it %s', async (_, refuse, code) => {
    const world = await backupWorld()
    await world.writeBackup()
    refuse(world)
    const error = await rejection(world.load({ startup: { timeoutMs: 5_000 } }))

    expect(error).toMatchObject({
      code: 'LOAD_FAILED',
      problems: expect.arrayContaining([expect.objectContaining({ code })]),
    })
    expect(String(error)).not.toContain('backup')
  })

  it('never uses the backup when a value is invalid', async () => {
    const { aws, writeBackup, load } = await backupWorld()
    const numbers = { schema: schema.extend({ port: z.number() }) }
    put(aws, { '/shop/port': '5432' })
    await writeBackup(numbers)
    put(aws, { '/shop/port': 'many' })

    expect(await rejection(load(numbers))).toMatchObject({
      problems: [expect.objectContaining({ code: 'INVALID_VALUE' })],
    })
  })

  it('never uses the backup after one refusal, although later attempts cannot reach AWS', async () => {
    const { aws, writeBackup, load } = await backupWorld()
    await writeBackup()
    const denial = { status: 400, name: 'AccessDeniedException', message: 'denied' }
    // The first attempt asks for both names, and then for each of them.
    let calls = 0
    aws.faults.add({ kind: 'error', action: 'ssm:GetParameters', when: () => ++calls <= 3, ...denial })
    aws.faults.add({ kind: 'reset', action: 'ssm:GetParameters', when: () => calls > 3 })
    const error = await rejection(load({ startup: { timeoutMs: 1_500 } }))

    expect(isLoadError(error)).toBe(true)
    expect(calls).toBeGreaterThan(3)
    expect(String(error)).not.toContain('backup')
  })

  it('never uses the backup while everything was read and a check of the schema hangs', async () => {
    const { writeBackup, load } = await backupWorld()
    await writeBackup()
    const clock = createFakeClock(Date.now())
    let isHanging = true
    let begin = () => undefined as unknown
    const begun = new Promise((resolve) => {
      begin = () => resolve(undefined)
    })
    const check = async () => {
      begin()
      return isHanging ? new Promise<boolean>(() => undefined) : true
    }
    const starting = rejection(load({ ...soon, clock, schema: schema.refine(check) }))
    await begun
    // The deadline, and the time in which the start may still report.
    await clock.advance(1_000)
    const error = await starting
    isHanging = false

    expect(error).toMatchObject({ problems: [expect.objectContaining({ code: 'TIMEOUT' })] })
    expect(String(error)).not.toContain('backup')
  })
})

describe('the mode warm', () => {
  it('serves the backup at once, and verifies it', async () => {
    const { aws, writeBackup, create } = await backupWorld()
    await writeBackup()
    put(aws, { '/shop/host': 'db2' })
    const config = create({ startup: { mode: 'warm' } })
    const trace: string[] = []
    config.on('ready', ({ snapshot }) => trace.push(`ready ${snapshot.origin}`))
    config.on('stale', ({ reason, error }) => trace.push(`stale ${reason} ${error?.code}`))
    config.on('change', ({ current }) => trace.push(`change ${(current as { host: string }).host}`))
    config.on('recovered', () => trace.push('recovered'))
    config.on('error', () => trace.push('error'))
    await config.ready
    await expect.poll(() => config.status().state).toBe('ready')

    expect(trace).toEqual(['ready backup', 'stale from-backup undefined', 'change db2', 'recovered'])
    expect(config.status()).toMatchObject({ origin: 'remote', failures: 0 })
  })

  it('reads AWS when there is no backup, without a warning', async () => {
    const { load } = await backupWorld()
    const config = await load({ startup: { mode: 'warm' } })

    expect(config.status()).toMatchObject({ state: 'ready', origin: 'remote' })
    expect(config.explain().warnings).toEqual([])
  })

  it('keeps the backup in use when AWS refuses the verification, and reports it', async () => {
    const { aws, writeBackup, create } = await backupWorld()
    await writeBackup()
    aws.policy.deny({ action: 'ssm:*', resource: '*' })
    const config = create({ startup: { mode: 'warm' } })
    const errors: string[] = []
    config.on('error', ({ error }) => errors.push(error.message))
    await config.ready
    await expect.poll(() => errors.length).toBeGreaterThan(0)

    expect(errors[0]).toMatch(/ACCESS_DENIED/)
    expect(config.status()).toMatchObject({ state: 'stale', reason: 'from-backup' })
  })

  it('prints and logs the refusal of the verification, once', async () => {
    const { aws, writeBackup, create } = await backupWorld()
    await writeBackup()
    aws.policy.deny({ action: 'ssm:*', resource: '*' })
    const logged: string[] = []
    const logger = { warn: (line: string) => logged.push(line), error: (line: string) => logged.push(line) }
    const config = create({ startup: { mode: 'warm' }, logger })
    const printed: string[] = []
    const printer = { warn: (line: string) => printed.push(line), error: (line: string) => printed.push(line) }
    printState(config, printer, { mode: 'warm' })
    await config.ready
    await expect.poll(() => printed).toHaveLength(2)
    await rejection(config.refresh())

    expect(printed).toEqual([
      expect.stringMatching(/^liveparam: stale \(from-backup\): the backup reading of .* is in use$/),
      expect.stringMatching(
        /^liveparam: could not load the configuration, and liveparam retries: \/shop \[ACCESS_DENIED\]: /,
      ),
    ])
    expect(logged.map((line) => line.split('\n')[0])).toEqual([
      'liveparam: stale (from-backup)',
      expect.stringMatching(/^liveparam: could not refresh the configuration, the last one stays in use: 1 unreadable/),
    ])
  })

  it('is refused without a backup', async () => {
    const { load } = await backupWorld()
    const error = await rejection(load({ startup: { mode: 'warm' }, backup: undefined } as object))

    expect(error).toMatchObject({ code: 'INVALID_DEFINITION', message: expect.stringContaining('startup.mode') })
  })
})
