import { GetParametersCommand } from '@aws-sdk/client-ssm'
import { defineConfig, loadConfig } from 'liveparam'
import * as z from 'zod'
import { roundTripMs, startRemoteAws } from './support/local-aws.ts'
import { inMs, median } from './support/measure.ts'
import { print } from './support/table.ts'

// Ten thousand parameters: how long they block the event loop.
const count = 10_000
const rounds = 15

await using aws = await startRemoteAws()
await aws.setUp({ latencyMs: roundTripMs })
const keys = Array.from({ length: count }, (_, index) => `key${index}`)
const nameOf = (key = '') => `/turns/${key}`
await aws.put(keys.map((key, index) => ({ name: nameOf(key), value: key.padEnd(100, '.'), type: typeOf(index) })))
const text = z.string()
const schema = z.object(Object.fromEntries(keys.map((key) => [key, text])))
const zodMs = timeZod(schema)

const smallSchema = z.object(Object.fromEntries(keys.slice(0, 1_000).map((key) => [key, text])))
const defined = await longestTurn(async () => defineConfig({ schema: smallSchema, path: '/turns' }))
const definition = defineConfig({ schema, path: '/turns', poll: false, startup: { timeoutMs: 60_000 }, ...aws.place })
const load = await longestTurn(() => loadConfig(definition))
await using config = load.result
const quiet = await repeat(() => config.refresh())
let version = 0
const changed = await repeat(async () => {
  await aws.put([{ name: nameOf(keys[0]), value: String(version++) }])
  return config.refresh()
})
const bare = await repeat(() => readAll())
const misspelled = await longestTurn(() => failToLoad())
print(
  ['longest turns, 10,000 parameters', 'median', 'maximum', 'zod alone'],
  [
    ['bare parallel GetParameters', inMs(median(bare.longest)), inMs(Math.max(...bare.longest)), 'not called'],
    ['defineConfig() of 1,000 keys', '', inMs(defined.longestMs), 'not called'],
    ['load', '', inMs(load.longestMs), inMs(load.zodMs)],
    ['refresh without a change', inMs(median(quiet.longest)), inMs(Math.max(...quiet.longest)), 'not called'],
    [
      'refresh with one change',
      inMs(median(changed.longest)),
      inMs(Math.max(...changed.longest)),
      inMs(median(changed.zod)),
    ],
    ['failed start: ten keys have no parameter', '', inMs(misspelled.longestMs), 'not measured'],
  ],
)

// Each missing key is compared with 10,000 stored names of 61 letters.
async function failToLoad(): Promise<void> {
  const longNames = Array.from({ length: count }, (_, index) => `/misspelled/${letters(index)}`)
  await aws.put(longNames.map((name) => ({ name, value: 'x' })))
  const shape = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [letters(count + index), text]))
  const missing = defineConfig({
    schema: z.object(shape),
    path: '/misspelled',
    poll: false,
    logger: false,
    ...aws.place,
  })
  await loadConfig(missing).then(
    () => Promise.reject(new Error('the load did not fail')),
    () => undefined,
  )
}

function letters(seed: number): string {
  const letter = (index: number) => String.fromCharCode(97 + (Math.floor(seed * Math.sqrt(index + 2)) % 26))
  return Array.from({ length: 49 }, (_, index) => letter(index)).join('')
}

async function readAll(): Promise<void> {
  const client = aws.client()
  const calls = Array.from({ length: count / 10 }, (_, call) => {
    const Names = keys.slice(call * 10, call * 10 + 10).map(nameOf)
    return client.send(new GetParametersCommand({ Names }))
  })
  await Promise.all(calls)
  client.destroy()
}

function typeOf(index: number): 'String' | 'SecureString' {
  return index % 5 === 0 ? 'SecureString' : 'String'
}

async function repeat(run: () => Promise<unknown>) {
  const longest: number[] = []
  const zod: number[] = []
  for (let round = 0; round < rounds; round++) {
    const { longestMs, zodMs } = await longestTurn(run)
    longest.push(longestMs)
    zod.push(zodMs)
  }
  return { longest, zod }
}

/** Returns the longest turn of the event loop while a function runs. */
async function longestTurn<Result>(run: () => Promise<Result>) {
  zodMs.longest = 0
  let isOver = false
  let longestMs = 0
  let lastAt = performance.now()
  const tick = () => {
    const now = performance.now()
    longestMs = Math.max(longestMs, now - lastAt)
    lastAt = now
    if (!isOver) setImmediate(tick)
  }
  setImmediate(tick)
  const result = await run()
  isOver = true
  await new Promise((resolve) => setImmediate(resolve))
  return { result, longestMs, zodMs: zodMs.longest }
}

/** Times zod, whose synchronous part cannot be interrupted. */
function timeZod(schema: z.ZodType): { longest: number } {
  const times = { longest: 0 }
  const { safeParseAsync } = schema
  Object.defineProperty(schema, 'safeParseAsync', {
    value(this: unknown, ...input: Parameters<typeof safeParseAsync>) {
      const startedAt = performance.now()
      const parsed = Reflect.apply(safeParseAsync, this, input)
      times.longest = Math.max(times.longest, performance.now() - startedAt)
      return parsed
    },
  })
  return times
}
