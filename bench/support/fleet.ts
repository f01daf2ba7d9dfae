import { type ChildProcess, fork, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { createClient, type RedisClientType } from 'redis'
import { loadByNames } from '../contenders/powertools.ts'
import type { FleetChange, FleetJob, FleetReport } from './fleet-server.ts'
import { type RemoteAws, roundTripMs } from './local-aws.ts'
import { type Place, schemaOf } from './store.ts'
import { print } from './table.ts'

// As many as two cores carry: each process stands for hundreds of instances, each with its own cache and connection.
const processes = 4
const instancesEach = 250
const timeoutMs = 60_000
// Even without announcements, a poll finds a change in time.
const reportMs = 150_000
const quietMs = 6_000
// Without a cache, a thousand instances would take minutes.
const uncached = 40

interface Quota {
  readonly ratePerSecond: number
  readonly burst: number
}

/** Measures a fleet with a shared cache, beside one without and Powertools. */
export async function measureSharedCache(aws: RemoteAws, place: Place, quota: Quota): Promise<void> {
  const redis = await startRedis()
  if (redis === undefined) {
    console.log('The shared cache is not measured: redis-server is not installed.\n')
    return
  }
  const kms = new KMSClient(aws.place)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  kms.destroy()
  await aws.setUp({ latencyMs: roundTripMs, quota })
  const cache = { redisUrl: redis.url, keyId: KeyMetadata?.Arn ?? '' }
  const job: FleetJob = {
    place: aws.place,
    path: place.path,
    count: place.count,
    instances: instancesEach,
    timeoutMs,
    cache,
  }
  try {
    const redisMs = await cpuMs(redis.client)
    const [cold, first] = await startFleet(aws, job)
    const redisSeconds = ((10 * ((await cpuMs(redis.client)) - redisMs)) / 1_000).toFixed(0)
    await Promise.all(first.map(close))
    const [warm, fleet] = await startFleet(aws, job)
    const instances = processes * instancesEach
    const tenfold = (10 * Number.parseFloat(cold[2])).toFixed(0)
    const rows = [
      [`${instances} start at once, cold cache`, ...cold],
      [`${10 * instances} of them on these two cores: ten times that`, '', cold[1], `${tenfold} s`],
      [`${10 * instances} of them on machines of their own: the work of Redis`, '', cold[1], `${redisSeconds} s`],
      [`${instances} start at once, warm cache`, ...warm],
    ]
    // The new instance with the lease confirms the reading.
    await until(async () => (await redis.client.keys('*:lease')).length > 0, reportMs)
    await quiet(aws)
    rows.push(
      ['one parameter changes, all notified within 2 s', ...(await change(aws, place, fleet, 'the value 1'))],
      ['the process with the lease is killed', ...(await lose(aws, redis.client, fleet, 'SIGKILL'))],
      ['the process with the lease is stopped and resumed', ...(await lose(aws, redis.client, fleet, 'SIGSTOP'))],
      ['one parameter changes, all notified within 2 s', ...(await change(aws, place, fleet, 'the value 2'))],
    )
    await Promise.all(fleet.map(close))
    rows.push([
      `${uncached} start at once, without a cache`,
      ...(await startUncached(aws, { ...job, instances: uncached })),
    ])
    rows.push([`${uncached} start at once, Powertools by names`, ...(await startPowertools(aws, place))])
    print(['a fleet with 100 parameters', 'failed', 'calls to AWS', 'time to the last instance'], rows)
    console.log(
      `Ten times as many instances without a cache take at least ${(10_000 * place.count) / 10 / quota.ratePerSecond} s.\n`,
    )
  } finally {
    redis.client.destroy()
    redis.process.kill('SIGKILL')
  }
}

type Figures = [failed: string, calls: string, time: string]

async function startFleet(aws: RemoteAws, job: FleetJob): Promise<[Figures, ChildProcess[]]> {
  const children = await Promise.all(Array.from({ length: processes }, startProcess))
  await aws.resetCounts()
  const startedAt = Date.now()
  const started = await Promise.all(children.map((child) => send(child, job, 'started')))
  const failed = started.reduce((sum, report) => sum + report.failed, 0)
  const seconds = (Math.max(...started.map(({ readyAt }) => readyAt)) - startedAt) / 1_000
  return [[`${failed}`, await calls(aws), `${seconds.toFixed(1)} s`], children]
}

async function change(aws: RemoteAws, place: Place, fleet: ChildProcess[], value: string): Promise<Figures> {
  const children = fleet.filter(isAlive)
  await aws.resetCounts()
  const [name = ''] = schemaOf(place).names
  const about = { name, value, eventId: randomUUID() }
  await Promise.all(children.map((child) => send(child, { ...about, type: 'expect' }, 'expecting')))
  const changedAt = Date.now()
  await aws.put([{ name, type: 'String', value }])
  const reports = children.map((child) => send(child, { ...about, type: 'notify' }, 'changed'))
  const changed = await Promise.allSettled(reports)
  const times = changed.map((settled) => (settled.status === 'fulfilled' ? settled.value.at : Number.POSITIVE_INFINITY))
  const seconds = (Math.max(...times) - changedAt) / 1_000
  // Instances that are notified later ask for nothing more.
  await quiet(aws)
  const time = Number.isFinite(seconds) ? `${seconds.toFixed(1)} s` : `not all within ${reportMs / 1_000} s`
  return ['', await calls(aws), time]
}

/** The time until another process has the lease. */
async function lose(
  aws: RemoteAws,
  client: RedisClientType,
  children: ChildProcess[],
  signal: 'SIGKILL' | 'SIGSTOP',
): Promise<Figures> {
  const [key = ''] = await client.keys('*:lease')
  const before = await client.get(key)
  await aws.resetCounts()
  // Which process has the lease is not known to the others: all but one are stopped in turn until it is lost.
  for (const child of children.filter(isAlive)) {
    child.kill('SIGSTOP')
    const lostAt = Date.now()
    const isLost = await until(async () => ((await client.get(key)) ?? before) !== before, 16_000)
    const seconds = (Date.now() - lostAt) / 1_000
    child.kill(isLost && signal === 'SIGKILL' ? 'SIGKILL' : 'SIGCONT')
    if (!isLost) continue
    await quiet(aws)
    return ['0', await calls(aws), `${seconds.toFixed(1)} s until another one reads`]
  }
  return ['', '', 'not within 15 s']
}

async function startUncached(aws: RemoteAws, { cache: _, ...job }: FleetJob): Promise<Figures> {
  const child = await startProcess()
  await aws.setUp({ latencyMs: roundTripMs, quota: { ratePerSecond: 40, burst: 40 } })
  await aws.resetCounts()
  const startedAt = Date.now()
  const { failed, readyAt } = await send(child, job, 'started')
  const figures: Figures = [`${failed}`, await calls(aws), `${((readyAt - startedAt) / 1_000).toFixed(1)} s`]
  await close(child)
  return figures
}

async function startPowertools(aws: RemoteAws, place: Place): Promise<Figures> {
  await aws.setUp({ latencyMs: roundTripMs, quota: { ratePerSecond: 40, burst: 40 } })
  await aws.resetCounts()
  const startedAt = Date.now()
  const starts = await Promise.allSettled(Array.from({ length: uncached }, () => loadByNames(aws, schemaOf(place))))
  const failed = starts.filter(({ status }) => status === 'rejected').length
  return [`${failed}`, await calls(aws), `${((Date.now() - startedAt) / 1_000).toFixed(1)} s`]
}

/** Waits until no call has been made for a while, rechecks included. */
async function quiet(aws: RemoteAws): Promise<void> {
  for (let before = ''; before !== (await calls(aws)); await sleep(quietMs)) before = await calls(aws)
}

/** The processor time that Redis has taken. */
async function cpuMs(client: RedisClientType): Promise<number> {
  const used = (await client.info('cpu')).matchAll(/^used_cpu_(?:user|sys):([\d.]+)/gm)
  return [...used].reduce((sum, [, seconds]) => sum + 1_000 * Number(seconds), 0)
}

async function calls(aws: RemoteAws): Promise<string> {
  const { calls: byAction } = await aws.counts()
  const made = Object.entries(byAction).filter(([action]) => /^(ssm|secretsmanager):/.test(action))
  return `${made.reduce((sum, [, count]) => sum + count, 0)}`
}

async function startProcess(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('fleet-server.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] })
  child.on('message', ({ type }: FleetReport) => {
    if (type === 'older') throw new Error('an instance published an older configuration')
  })
  await receive(child, 'loaded')
  return child
}

function send<Type extends FleetReport['type']>(child: ChildProcess, message: FleetJob | FleetChange, type: Type) {
  const received = receive(child, type)
  child.send(message)
  return received
}

function receive<Type extends FleetReport['type']>(child: ChildProcess, type: Type) {
  return new Promise<Extract<FleetReport, { readonly type: Type }>>((resolve, reject) => {
    const listen = (report: FleetReport) => {
      if (report.type !== type) return
      child.off('message', listen)
      resolve(report as Extract<FleetReport, { readonly type: Type }>)
    }
    child.on('message', listen)
    child.once('exit', () => reject(new Error('a process of the fleet has ended')))
    setTimeout(() => reject(new Error(`no report of ${type} within ${reportMs} ms`)), reportMs).unref()
  })
}

async function close(child: ChildProcess): Promise<void> {
  if (!isAlive(child)) return
  const ended = once(child, 'exit')
  child.send('close')
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(timer)
}

function isAlive({ exitCode, signalCode, killed }: ChildProcess): boolean {
  return exitCode === null && signalCode === null && !(killed && signalCode === 'SIGKILL')
}

async function until(isMet: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const endAt = Date.now() + withinMs; Date.now() < endAt; await sleep(50)) if (await isMet()) return true
  return false
}

async function startRedis() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  server.close()
  await once(server, 'close')
  const child = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' })
  const isStarted = await Promise.race([once(child, 'spawn').then(() => true), once(child, 'error').then(() => false)])
  if (!isStarted) return undefined
  const url = `redis://127.0.0.1:${port}`
  const client: RedisClientType = createClient({ url, socket: { reconnectStrategy: 100 } })
  client.on('error', () => undefined)
  await client.connect()
  return { process: child, client, url }
}
