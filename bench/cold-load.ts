import { load as bare } from './contenders/bare.ts'
import { load, loadByPath } from './contenders/liveparam.ts'
import { loadByNames as middyByNames, loadByPath as middyByPath } from './contenders/middy.ts'
import { load as paginator } from './contenders/paginator.ts'
import { loadByNames as powertoolsByNames, loadByPath as powertoolsByPath } from './contenders/powertools.ts'
import { type RemoteAws, roundTripMs, startRemoteAws } from './support/local-aws.ts'
import { asRatio, inMs, median, takeTurns } from './support/measure.ts'
import { fillStore } from './support/store.ts'
import { print } from './support/table.ts'

// From a new client to every value. liveparam also walks the schema, decodes and validates.
await using aws = await startRemoteAws()
await aws.setUp({ latencyMs: roundTripMs })
for (const count of [10, 100, 1_000]) await compare(aws, count)

async function compare(aws: RemoteAws, count: number): Promise<void> {
  const store = await fillStore(aws, { path: `/cold${count}`, count, groups: Math.min(8, count / 10) })
  const quick = {
    'bare parallel GetParameters': () => bare(aws, store),
    liveparam: () => load(aws, store),
    'liveparam, strategy by-path': () => loadByPath(aws, store),
    'Middy 6, by names': () => middyByNames(aws, store),
  }
  const slow = {
    'SDK paginator': () => paginator(aws, store),
    'Powertools, by names': () => powertoolsByNames(aws, store),
    'Powertools, by path': () => powertoolsByPath(aws, store),
    'Middy 6, by path': () => middyByPath(aws, store),
  }
  const times = { ...(await takeTurns(quick, 31)), ...(await takeTurns(slow, 7)) }
  const [own, floor, loop] = [times.liveparam, times['bare parallel GetParameters'], times['SDK paginator']].map(median)
  print(
    [`cold load of ${count}`, 'median', '× bare', 'faster than the paginator'],
    Object.entries(times).map(([name, taken]) => [
      name,
      inMs(median(taken)),
      asRatio(median(taken) / (floor ?? 0)),
      asRatio((loop ?? 0) / median(taken)),
    ]),
  )
  console.log(`liveparam takes ${asRatio((own ?? 0) / (floor ?? 0))} the time of the bare calls\n`)
}
