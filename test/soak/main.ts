import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { loadConfig, secret } from 'liveparam'
import { type Fault, startLocalAws } from 'liveparam/local'
import { snsNotifications } from 'liveparam/sqs'
import * as z from 'zod'

// npm run soak -- --minutes 10: a config under change, rotation and faults, with hundreds that use it. What it takes of
// memory, handles and listeners has to stay flat, and the last write has to be seen whenever it is quiet.
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0 && minutes <= 600)) {
  console.error('--minutes takes a number above 0, up to 600')
  process.exit(1)
}

const rounds = minutes < 2 ? 3 : 6
const roundMs = (minutes * 60_000) / rounds
// What fails half of the time is left alone for up to five minutes.
const quietMs = 330_000
const faults: readonly Fault[] = [
  { kind: 'throttle', ratePerSecond: 5, burst: 5 },
  { kind: 'error', status: 500, name: 'InternalServerError', message: 'We are sorry' },
  { kind: 'html-503' },
  { kind: 'reset' },
  { kind: 'half-body' },
  { kind: 'slow-body', times: 5 },
  { kind: 'hang', times: 5 },
  { kind: 'body', text: 'no JSON' },
  { kind: 'stale', forMs: 2_000 },
  { kind: 'error', status: 400, name: 'AccessDeniedException', message: 'no', action: 'ssm:*' },
]
process.env.AWS_ACCESS_KEY_ID ??= 'soak'
process.env.AWS_SECRET_ACCESS_KEY ??= 'soak'
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

const problems: string[] = []
process.on('unhandledRejection', (error) => problems.push(`unhandled rejection: ${error}`))
process.on('warning', ({ name, message }) => problems.push(`${name}: ${message}`))

const aws = await startLocalAws()
const topic = aws.topics.create('changes')
aws.events.route({ source: ['aws.ssm', 'aws.secretsmanager'] }, topic.arn)
let written = 0
const write = () => {
  written++
  aws.parameters.put({ name: '/soak/first', value: String(written) })
  aws.parameters.put({ name: `/soak/open/k${written % 50}`, value: String(written), type: 'SecureString' })
  aws.secrets.put({ id: 'login', value: JSON.stringify({ user: 'u', password: String(written) }) })
  aws.parameters.put({ name: '/soak/last', value: String(written) })
}
aws.secrets.create({ name: 'login', value: '{"user":"u","password":"0"}' })
for (let index = 0; index < 50; index++)
  aws.parameters.put({ name: `/soak/open/k${index}`, value: '0', type: 'SecureString' })
write()

const place = { endpoint: aws.endpoint, region: aws.clientOptions.region }
const ending = new AbortController()
const config = await loadConfig({
  schema: z.object({
    first: z.number(),
    last: z.number(),
    open: z.record(z.string(), z.number()),
    login: secret('login', z.object({ user: z.string(), password: z.string() })),
  }),
  path: '/soak',
  poll: { everyMs: 5_000 },
  notifications: snsNotifications({ topicArn: topic.arn, ...place }),
  signal: ending.signal,
  ...place,
})
const things = { made: 0, destroyed: 0 }
const pool = await config.resource(
  ({ login }) => login,
  ({ password }) => ({ id: ++things.made, password, isOpen: true }),
  {
    graceMs: 2_000,
    destroy(thing) {
      things.destroyed++
      thing.isOpen = false
    },
  },
)
for (let index = 0; index < 300; index++)
  config.watch(
    ({ last }) => last,
    () => sleep(index % 7),
  )

const requests = { count: 0 }
let isOver = false
async function request(): Promise<void> {
  const snapshot = config.pin()
  await pool.use(async ({ isOpen }) => {
    if (!isOpen) problems.push('a resource was destroyed before it was used')
    await sleep(Math.random() * 20)
  })
  if (config.pin().revision < snapshot.revision) problems.push('a revision went back')
  requests.count++
}
const users = Array.from({ length: 200 }, async () => {
  while (!isOver) await request()
})

const rows = []
for (let round = 1; round <= rounds; round++) {
  const endsAt = Date.now() + roundMs
  while (Date.now() < endsAt) {
    const fault = faults[Math.floor(Math.random() * faults.length)]
    const broken = fault !== undefined && Math.random() < 0.5 ? aws.faults.add(fault) : undefined
    for (let count = 0; count < 10 && Date.now() < endsAt; count++) {
      write()
      await sleep(Math.random() * 200)
    }
    broken?.remove()
  }
  aws.faults.clear()
  const seenMs = await untilSeen()
  if (seenMs === undefined) problems.push(`round ${round}: write ${written} was not seen within ${quietMs} ms`)
  rows.push({ round, ...(await take()), writes: written, requests: requests.count, seenMs: Math.round(seenMs ?? 0) })
}
isOver = true
await Promise.all(users)
console.table(rows)

const [, second] = rows
const last = rows.at(-1)
if (second !== undefined && last !== undefined) {
  // The first round fills caches. The heap breathes by some megabytes.
  if (last.heapMb > second.heapMb * 1.2 + 5) problems.push(`the heap grew from ${second.heapMb} to ${last.heapMb} MB`)
  if (last.handles > second.handles + 20) problems.push(`handles grew from ${second.handles} to ${last.handles}`)
  if (last.listeners > 1) problems.push(`${last.listeners} listeners on the signal`)
}
await config.close()
await aws.close()
if (things.made !== things.destroyed) problems.push(`${things.made} resources were made, ${things.destroyed} destroyed`)
for (const problem of new Set(problems)) console.error(problem)
console.log(problems.length === 0 ? 'flat, and every last write was seen' : `${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1

async function untilSeen(): Promise<number | undefined> {
  const startedAt = performance.now()
  const isSeen = () => {
    const { first, last: seen, login } = config.current
    return (
      first === written && seen === written && login.password === String(written) && config.status().state === 'ready'
    )
  }
  while (!isSeen() && performance.now() - startedAt < quietMs) await sleep(20)
  return isSeen() ? performance.now() - startedAt : undefined
}

async function take(): Promise<{ heapMb: number; handles: number; listeners: number }> {
  for (let pass = 0; pass < 3; pass++) {
    globalThis.gc?.()
    await sleep(50)
  }
  return {
    heapMb: Math.round(process.memoryUsage().heapUsed / 100_000) / 10,
    handles: process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate').length,
    listeners: getEventListeners(ending.signal, 'abort').length,
  }
}
