import { loadConfig } from 'liveparam'
import { lightClient } from 'liveparam/light'
import { measureSharedCache } from './support/fleet.ts'
import { roundTripMs, startRemoteAws } from './support/local-aws.ts'
import { asRatio, median } from './support/measure.ts'
import { fillStore } from './support/store.ts'
import { print } from './support/table.ts'

// Instances that start at once in one process, each with a client of its own, behind the default quota of an account.
const quota = { ratePerSecond: 40, burst: 40 }
const callsEach = 10
const defaultDeadlineMs = 10_000
const patientMs = 180_000

await using aws = await startRemoteAws()
const { path, schema } = await fillStore(aws, { path: '/fleet', count: callsEach * 10, groups: 8 })
await measureSharedCache(aws, { path, count: callsEach * 10, groups: 8 }, quota)
// The first load of a process takes longer.
await startFleet(1, patientMs)
for (const instances of [50, 200]) {
  const calls = instances * callsEach
  const floorMs = ((calls - quota.burst) / quota.ratePerSecond) * 1_000
  const runs = []
  for (let run = 0; run < 3; run++) runs.push(await startFleet(instances, patientMs))
  const { failed } = await startFleet(instances, defaultDeadlineMs)
  print(
    [
      `${instances} instances of 100 parameters start at once`,
      'failed',
      'time: × (calls - burst) ÷ rate',
      'calls: × minimum',
      'fail at the default deadline',
    ],
    [
      [
        'liveparam, lightClient()',
        `${Math.max(...runs.map((run) => run.failed))} of ${instances}`,
        `${asRatio(median(runs.map(({ ms }) => ms)) / floorMs)}, maximum ${asRatio(Math.max(...runs.map(({ ms }) => ms)) / floorMs)}`,
        asRatio(median(runs.map(({ made }) => made)) / calls),
        `${failed} of ${instances}`,
      ],
    ],
  )
}

async function startFleet(instances: number, timeoutMs: number) {
  await aws.setUp({ latencyMs: roundTripMs, quota })
  await aws.resetCounts()
  const startedAt = performance.now()
  const starts = Array.from({ length: instances }, async () => {
    const client = lightClient(aws.place)
    const config = await loadConfig({ path, schema, client, poll: false, startup: { timeoutMs } })
    await config.close()
  })
  const failed = (await Promise.allSettled(starts)).filter(({ status }) => status === 'rejected').length
  return { failed, ms: performance.now() - startedAt, made: (await aws.counts()).total }
}
