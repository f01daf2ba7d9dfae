import { load as bare } from './contenders/bare.ts'
import { loadPatiently } from './contenders/liveparam.ts'
import { load as paginator } from './contenders/paginator.ts'
import { type RemoteAws, roundTripMs, startRemoteAws } from './support/local-aws.ts'
import { asRatio, median } from './support/measure.ts'
import { fillStore, type Store } from './support/store.ts'
import { print } from './support/table.ts'

// A thousand parameters behind a token bucket: at the default quota of an account, and at a quarter of it.
const runs = 20
const calls = 100

await using aws = await startRemoteAws()
const store = await fillStore(aws, { path: '/throttled', count: calls * 10, groups: 8 })
for (const rate of [40, 10]) {
  const floorMs = ((calls - rate) / rate) * 1_000
  const rows = [
    await measure(aws, store, { name: 'liveparam', load: loadPatiently, rate, runs }),
    await measure(aws, store, { name: 'bare parallel GetParameters', load: bare, rate, runs: 5 }),
    await measure(aws, store, { name: 'SDK paginator', load: paginator, rate, runs: 1 }),
  ]
  print(
    [`1,000 behind ${rate} calls per second`, 'failed', 'time: × (calls - burst) ÷ rate', 'calls: × minimum'],
    rows.map(({ name, failures, count, times, made }) => [
      name,
      `${failures} of ${count}`,
      times.length === 0 ? '' : `${asRatio(median(times) / floorMs)}, maximum ${asRatio(Math.max(...times) / floorMs)}`,
      asRatio(median(made) / calls),
    ]),
  )
}

async function measure(
  aws: RemoteAws,
  store: Store,
  { name, load, rate, runs }: { name: string; load: typeof bare; rate: number; runs: number },
) {
  const times: number[] = []
  const made: number[] = []
  for (let run = 0; run < runs; run++) {
    await aws.setUp({ latencyMs: roundTripMs, quota: { ratePerSecond: rate, burst: rate } })
    await aws.resetCounts()
    const startedAt = performance.now()
    const isLoaded = await load(aws, store).then(
      () => true,
      () => false,
    )
    if (isLoaded) times.push(performance.now() - startedAt)
    made.push((await aws.counts()).total)
  }
  return { name, failures: runs - times.length, count: runs, times, made }
}
