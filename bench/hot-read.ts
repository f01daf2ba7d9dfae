import { loadConfig } from 'liveparam'
import { memorySource } from 'liveparam/testing'
import * as z from 'zod'
import { asRatio, median } from './support/measure.ts'
import { print } from './support/table.ts'

// Every request reads a value.
const reads = 50_000_000
const rounds = 9

const source = memorySource({ parameters: { '/app/db/host': 'db.example.com', '/app/db/port': '5432' } })
const schema = z.object({ db: z.object({ host: z.string(), port: z.number() }) })
await using config = await loadConfig({ schema, path: '/app', source })
const frozen = { current: Object.freeze({ db: Object.freeze({ host: 'db.example.com', port: 5432 }) }) }

const readFrozen = (count: number) => {
  let length = 0
  for (let read = 0; read < count; read++) length += frozen.current.db.host.length
  return length
}
const readCurrent = (count: number) => {
  let length = 0
  for (let read = 0; read < count; read++) length += config.current.db.host.length
  return length
}

const times: Record<'frozen' | 'current', number[]> = { frozen: [], current: [] }
for (let round = -1; round < rounds; round++) {
  for (const [name, read] of [
    ['frozen', readFrozen],
    ['current', readCurrent],
  ] as const) {
    const startedAt = performance.now()
    read(reads)
    if (round >= 0) times[name].push(((performance.now() - startedAt) * 1e6) / reads)
  }
}
const before = process.memoryUsage().heapUsed
readCurrent(reads)
const bytes = Math.max(0, process.memoryUsage().heapUsed - before)

const [plain, own] = [median(times.frozen), median(times.current)]
print(
  ['hot read', 'median', 'ratio', 'bytes per read'],
  [
    ['frozen.current.db.host', `${plain.toFixed(2)} ns`, asRatio(1), ''],
    ['config.current.db.host', `${own.toFixed(2)} ns`, asRatio(own / plain), (bytes / reads).toFixed(3)],
  ],
)
