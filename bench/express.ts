import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import autocannon, { type Result } from 'autocannon'
import { roundTripMs, startRemoteAws } from './support/local-aws.ts'
import { asRatio, inMs, median } from './support/measure.ts'
import { print } from './support/table.ts'

// A service and whoever calls it, in two processes: what the middleware takes of its speed, and what a reload does.
const rounds = 15
const roundSeconds = 2
const connections = 10
const keys = 100

interface Service {
  readonly url: string
  /** Has it look for changes. */
  reload(): Promise<{ readonly took: number; readonly revision: number }>
  close(): Promise<void>
}

await using aws = await startRemoteAws()
await store('first')
const [bare, pinned] = [await start('bare'), await start('pinned')]
await compareSpeed()
await aws.setUp({ latencyMs: roundTripMs })
await compareReloads()
await bare.close()
await pinned.close()

async function compareSpeed(): Promise<void> {
  const speeds = { bare: [] as number[], pinned: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    // Who comes second may find the machine in another mood.
    const order = round % 2 === 0 ? (['bare', 'pinned'] as const) : (['pinned', 'bare'] as const)
    for (const name of order) {
      const { requests } = await load(name === 'bare' ? bare : pinned)
      if (round > 0) speeds[name].push(requests.average)
    }
  }
  const ratios = speeds.pinned.map((speed, index) => speed / (speeds.bare[index] ?? Number.NaN))
  print(
    ['requests a second', 'median', 'of those without'],
    [
      ['config.current', perSecond(speeds.bare), ''],
      ['middleware and getConfig()', perSecond(speeds.pinned), asRatio(median(ratios))],
    ],
  )
}

async function compareReloads(): Promise<void> {
  const quiet: number[] = []
  const reloading: number[] = []
  const took: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const calm = await load(pinned)
    const loading = load(pinned)
    const times = await reloadWhile(loading, round)
    const busy = await loading
    if (round === 0) continue
    quiet.push(calm.latency.p99)
    reloading.push(busy.latency.p99)
    took.push(...times)
  }
  const ratios = reloading.map((ms, index) => ms / (quiet[index] ?? Number.NaN))
  print(
    ['latency of requests', 'p99, median', 'of the quiet'],
    [
      ['quiet', inMs(median(quiet)), ''],
      [`${keys} of ${keys} changed, every second`, inMs(median(reloading)), asRatio(median(ratios))],
      ['such a reload takes', inMs(median(took)), ''],
    ],
  )
}

async function reloadWhile(loading: Promise<unknown>, round: number): Promise<number[]> {
  const times: number[] = []
  let isOver = false
  loading.finally(() => {
    isOver = true
  })
  for (let count = 0; !isOver; count++) {
    await store(`${round} ${count}`)
    const { took } = await pinned.reload()
    times.push(took)
    await new Promise((resolve) => setTimeout(resolve, 1_000 - took))
  }
  return times
}

async function store(greeting: string): Promise<void> {
  const limits = Array.from({ length: keys - 1 }, (_, index) => ({
    name: `/served/limits/key${index}`,
    value: `${Math.floor(Math.random() * 1_000)}`,
  }))
  await aws.put([{ name: '/served/greeting', value: greeting }, ...limits])
}

function load({ url }: Service): Promise<Result> {
  return autocannon({ url, connections, duration: roundSeconds })
}

async function start(kind: 'bare' | 'pinned'): Promise<Service> {
  const file = fileURLToPath(new URL('support/express-server.ts', import.meta.url))
  const child = fork(file, [aws.place.endpoint, kind], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const { url } = await next<{ url: string }>(child)
  return {
    url,
    reload() {
      const reloaded = next<{ took: number; revision: number }>(child)
      child.send('reload')
      return reloaded
    },
    async close() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

async function next<Message>(child: ChildProcess): Promise<Message> {
  const [message] = await once(child, 'message')
  return message
}

function perSecond(speeds: readonly number[]): string {
  return Math.round(median(speeds)).toLocaleString('en')
}
