import { SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { CallAttempt } from '../../src/aws/call.ts'
import type { Fault } from '../../src/local/index.ts'
import { platform } from '../../src/platform/node.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { DeadlineReached, withDeadline } from '../../src/time/deadline.ts'
import { localAws, put } from '../support/aws.ts'
import { below, read } from '../support/reading.ts'
import { rejection } from '../support/rejection.ts'
import { sourceOf, ssmClient } from '../support/sources.ts'

const names = ['/app/a']
const throttling = { kind: 'error', status: 400, name: 'ThrottlingException', message: 'Rate exceeded' } as const
const broken = { kind: 'error', status: 500, name: 'InternalServerError', message: 'internal' } as const

describe('a transient failure over HTTP', () => {
  it.each<[Fault, string]>([
    [throttling, 'THROTTLED'],
    [broken, 'AWS_ERROR'],
    [{ kind: 'reset' }, 'UNREACHABLE'],
    [{ kind: 'html-503' }, 'AWS_ERROR'],
    [{ kind: 'half-body' }, 'AWS_ERROR'],
    [{ kind: 'error', status: 400, name: 'ExpiredTokenException', message: 'expired' }, 'EXPIRED_CREDENTIALS'],
  ])('%o is %s until the deadline', async (fault, code) => {
    const aws = await localAws()
    aws.faults.add(fault)
    const deadline = new AbortController()
    const reading = read(sourceOf(aws, { random: () => 0.1 }), { names }, deadline.signal)
    await expect.poll(() => aws.counts.total, { timeout: 10_000 }).toBeGreaterThan(1)
    deadline.abort(new DeadlineReached(1_000))

    expect((await reading).names.get('/app/a')).toMatchObject({ kind: 'failed', failure: { code, isTransient: true } })
  })

  it('is a call that hangs: it is aborted after 2 s and repeated', async () => {
    const clock = createFakeClock()
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    aws.faults.add({ kind: 'hang', times: 1 })
    const reading = read(sourceOf(aws, { clock, random: () => 0 }), { names })
    await expect.poll(() => aws.counts.total).toBe(1)
    await clock.advance(2_000)

    expect((await reading).names.get('/app/a')).toMatchObject({ kind: 'found' })
    expect(aws.counts.total).toBe(2)
  })

  it('is an endpoint without a listener, and a host without an address', async () => {
    for (const endpoint of ['http://127.0.0.1:9', 'http://ssm.nowhere.invalid']) {
      const reading = await withDeadline(platform.clock, 200, undefined, (signal) =>
        read(sourceOf({ endpoint }), { names }, signal),
      )
      expect(reading.names.get('/app/a')).toMatchObject({
        failure: { code: expect.stringMatching(/^(UNREACHABLE|TIMEOUT)$/), isTransient: true },
      })
    }
  })

  it('makes one request for each attempt', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    aws.faults.add({ ...broken, times: 3 })
    const attempts: CallAttempt[] = []
    await read(sourceOf(aws, { random: () => 0, onCall: (attempt) => attempts.push(attempt) }), { names })

    expect(attempts.map(({ attempt, outcome }) => `${attempt} ${outcome}`)).toEqual([
      '1 failed',
      '2 failed',
      '3 failed',
      '4 answered',
    ])
    expect(aws.counts.calls).toEqual({ [attempts[0]?.action ?? '']: 4 })
  })
})

describe('a permanent failure', () => {
  it('is a missing region', async () => {
    const client = new SSMClient({ region: async () => '', endpoint: 'http://127.0.0.1:9' })
    onTestFinished(() => client.destroy())
    const reading = await read(sourceOf({ endpoint: '' }, { client }), { names })

    expect(reading.names.get('/app/a')).toMatchObject({
      failure: { code: 'NO_REGION', isTransient: false, remedy: 'set the region option or AWS_REGION' },
    })
  })
})

describe('the deadline', () => {
  it('reports each parameter and secret with its own result', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x', '/hangs/a': 'x' })
    aws.secrets.create({ name: 'db', value: 'hunter2' })
    aws.faults.add({ kind: 'hang', action: 'ssm:GetParametersByPath', when: (input) => input.Path === '/hangs' })
    aws.faults.add({ ...throttling, action: 'secretsmanager:*' })
    const deadline = new AbortController()
    const reading = read(
      sourceOf(aws),
      {
        hierarchies: [below('/app'), below('/hangs')],
        names: ['/app/a', '/app/none'],
        secrets: [
          { id: 'db', binary: false },
          { id: 'key', binary: true },
        ],
      },
      deadline.signal,
    )
    await expect.poll(() => aws.counts.calls['secretsmanager:GetSecretValue'] ?? 0).toBeGreaterThan(1)
    deadline.abort(new DeadlineReached(1_000))
    const { hierarchies, names, secrets } = await reading

    expect(hierarchies).toMatchObject([{ parameters: [{ value: 'x' }] }, { failure: { code: 'TIMEOUT', attempts: 1 } }])
    expect([...names.values()].map(({ kind }) => kind)).toEqual(['found', 'missing'])
    expect(secrets).toMatchObject([{ kind: 'found' }, { failure: { code: 'THROTTLED', isTransient: true } }])
  })

  it('leaves no request open', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'hang' })
    const client = ssmClient(aws)
    const deadline = new AbortController()
    const reading = read(sourceOf(aws, { client }), { names }, deadline.signal)
    await expect.poll(() => aws.counts.total).toBe(1)
    deadline.abort(new DeadlineReached(1_000))
    await reading
    aws.faults.clear()
    put(aws, { '/app/a': 'x' })

    expect((await read(sourceOf(aws, { client }), { names })).names.get('/app/a')).toMatchObject({ kind: 'found' })
  })

  it('does not delay close()', async () => {
    const aws = await localAws()
    aws.faults.add({ kind: 'hang' })
    const closing = new AbortController()
    const reading = rejection(read(sourceOf(aws), { names, hierarchies: [below('/app')] }, closing.signal))
    await expect.poll(() => aws.counts.total).toBe(2)
    closing.abort('closing')

    expect(await reading).toBe('closing')
  })
})

describe('clients', () => {
  it('that were passed in share calls between sources, and stay open', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    aws.faults.add({ kind: 'latency', ms: 100 })
    const client = ssmClient(aws)
    const sources = Array.from({ length: 20 }, () => sourceOf(aws, { client }))
    const readings = await Promise.all(sources.map((source) => read(source, { names, hierarchies: [below('/app')] })))
    expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 1, 'ssm:GetParametersByPath': 1 })
    expect(readings.every((reading) => reading.names.get('/app/a')?.kind === 'found')).toBe(true)

    let destroyed = 0
    client.config.requestHandler.destroy = () => destroyed++
    for (const source of sources) await source.close?.()
    expect(destroyed).toBe(0)
  })

  it('made by the source are closed, used or not, by one or several close() calls', async () => {
    const aws = await localAws()
    aws.secrets.create({ name: 'key', value: Uint8Array.of(1) })
    const [used, unused] = [sourceOf(aws), sourceOf(aws)]
    await read(used, { names, secrets: [{ id: 'key', binary: true }] })
    for (const source of [used, used, unused]) await source.close?.()
    // Idle sockets would keep their places.
    await expect.poll(() => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length).toBe(0)
  })
})

it('explains the calls that it makes', async () => {
  const aws = await localAws()
  const source = sourceOf(aws)
  const explained = source.explain?.({
    hierarchies: [below('/app')],
    names: Array.from({ length: 11 }, (_, index) => `/n${index}`),
    secrets: [
      { id: 'db', binary: false },
      { id: 'db', selector: 'AWSCURRENT', binary: false },
      { id: 'db', selector: 'AWSPREVIOUS', binary: false },
      { id: 'key', selector: 'live', binary: true },
    ],
  })

  expect(explained).toEqual([
    { action: 'ssm:GetParametersByPath', subjects: ['/app'] },
    { action: 'ssm:GetParameters', subjects: Array.from({ length: 10 }, (_, index) => `/n${index}`) },
    { action: 'ssm:GetParameters', subjects: ['/n10'] },
    {
      action: 'ssm:GetParameters',
      subjects: ['/aws/reference/secretsmanager/db', '/aws/reference/secretsmanager/db:AWSPREVIOUS'],
    },
    { action: 'secretsmanager:GetSecretValue', subjects: ['key:live'] },
  ])
  expect(aws.counts.total).toBe(0)
})
