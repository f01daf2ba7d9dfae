import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import autocannon, { type Options, type Result } from 'autocannon'
import { roundTripMs, startRemoteAws } from './support/local-aws.ts'
import { asRatio, inMs, median } from './support/measure.ts'
import { print } from './support/table.ts'

// A service and its caller in two processes: the cost of the middleware, and the effect of a reload.
const rounds = 11
const roundSeconds = 2
const connections = 10
const keys = 100

/** A request. */
interface Work extends Pick<Options, 'method' | 'headers' | 'body'> {
  readonly path: string
}

interface Load extends Result {
  /** CPU time per request, in milliseconds. */
  readonly usedMs: number
}

interface Service {
  readonly url: string
  /** CPU time used so far, in milliseconds. */
  usedMs(): Promise<number>
  /** Makes it refresh. @returns How long that took, in milliseconds. */
  reload(): Promise<number>
  close(): Promise<void>
}

const order: Work = {
  path: '/order',
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ items: Array.from({ length: 20 }, (_, index) => ({ sku: `article ${index}`, count: 1 })) }),
}

await using aws = await startRemoteAws()
await store('first')
const kinds = ['bare', 'by hand', 'pinned'] as const
const [bare, byHand, pinned] = [await start('bare'), await start('by hand'), await start('pinned')]
await compareSpeed('an empty handler', { path: '/' })
await compareSpeed('an order: JSON, and 2 ms of a database', order)
await aws.setUp({ latencyMs: roundTripMs })
await compareReloads()
await bare.close()
await byHand.close()
await pinned.close()

async function compareSpeed(title: string, work: Work): Promise<void> {
  const services = { bare, 'by hand': byHand, pinned }
  const loads: Readonly<Record<keyof typeof services, Load[]>> = { bare: [], 'by hand': [], pinned: [] }
  for (let round = 0; round <= rounds; round++) {
    // The order changes, because the state of the machine may.
    const contenders = round % 2 === 0 ? kinds : [...kinds].reverse()
    for (const name of contenders) {
      const result = await load(services[name], work)
      if (round > 0) loads[name].push(result)
    }
  }
  const speed = ({ requests }: Load) => requests.average
  const use = ({ usedMs }: Load) => usedMs
  const row = (name: string, all: readonly Load[]) => [
    name,
    perSecond(all.map(speed)),
    asRatio(median(ratios(all.map(speed), loads.bare.map(speed)))),
    inUs(median(all.map(use))),
    asRatio(median(ratios(all.map(use), loads.bare.map(use)))),
  ]
  print(
    [title, 'requests per second', '× without', 'CPU time per request', '× without'],
    [
      ['config.current', perSecond(loads.bare.map(speed)), '', inUs(median(loads.bare.map(use))), ''],
      row('an AsyncLocalStorage by hand', loads['by hand']),
      row('middleware and getConfig()', loads.pinned),
    ],
  )
}

async function compareReloads(): Promise<void> {
  const quiet: number[] = []
  const reloading: number[] = []
  const took: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const calm = await load(pinned, { path: '/' })
    const loading = load(pinned, { path: '/' })
    const times = await reloadWhile(loading, round)
    const busy = await loading
    if (round === 0) continue
    quiet.push(calm.latency.p99)
    reloading.push(busy.latency.p99)
    took.push(...times)
  }
  print(
    ['latency of requests', 'p99, median', '× quiet'],
    [
      ['quiet', inMs(median(quiet)), ''],
      [
        `${keys} of ${keys} parameters change every second`,
        inMs(median(reloading)),
        asRatio(median(ratios(reloading, quiet))),
      ],
      ['duration of a reload', inMs(median(took)), ''],
    ],
  )
}

function ratios(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, index) => value / (others[index] ?? Number.NaN))
}

async function reloadWhile(loading: Promise<unknown>, round: number): Promise<number[]> {
  const times: number[] = []
  let isOver = false
  const end = () => {
    isOver = true
  }
  loading.then(end, end)
  for (let count = 0; !isOver; count++) {
    await store(`${round} ${count}`)
    const took = await pinned.reload()
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

async function load({ url, usedMs }: Service, { path, ...request }: Work): Promise<Load> {
  const before = await usedMs()
  const result = await autocannon({ ...request, url: url + path, connections, duration: roundSeconds })
  if (result.errors + result.non2xx > 0) throw new Error(`${result.errors + result.non2xx} requests failed`)
  return { ...result, usedMs: ((await usedMs()) - before) / result.requests.total }
}

async function start(kind: (typeof kinds)[number]): Promise<Service> {
  const file = fileURLToPath(new URL('support/express-server.ts', import.meta.url))
  const child = fork(file, [aws.place.endpoint, kind], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const { url } = await next<{ url: string }>(child)
  const ask = async <Answer>(question: 'reload' | 'use'): Promise<Answer> => {
    const answer = next<Answer>(child)
    child.send(question)
    return answer
  }
  return {
    url,
    usedMs: () => ask('use'),
    reload: () => ask('reload'),
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

function inUs(ms: number): string {
  return `${Math.round(ms * 1_000)} µs`
}

function perSecond(speeds: readonly number[]): string {
  return Math.round(median(speeds)).toLocaleString('en')
}
