import { GetParametersCommand, type SSMClient } from '@aws-sdk/client-ssm'
import { type LiveConfig, loadConfig } from 'liveparam'
import type { Inbox, NotificationSource } from 'liveparam/source'
import { roundTripMs, startRemoteAws } from './support/local-aws.ts'
import { asRatio, inMs, median, takeTurns, time } from './support/measure.ts'
import { fillStore } from './support/store.ts'
import { print } from './support/table.ts'

// A thousand loaded parameters: refreshes without a change, and with one.
const turns = 41
const quiescenceMs = 250

await using aws = await startRemoteAws()
await aws.setUp({ latencyMs: roundTripMs })
const { path, names, schema } = await fillStore(aws, { path: '/warm', count: 1_000, groups: 8 })
const sentinel = '/warm/sentinel'
await aws.put([{ name: sentinel, value: '1' }])
const client = aws.client()
await refreshQuietly()
await pollWithSentinel()
await followHint()
client.destroy()

async function refreshQuietly(): Promise<void> {
  await using config = await loadConfig({ path, schema, poll: false, ...aws.place })
  await aws.resetCounts()
  const times = await takeTurns({ bare: () => readAll(client, names), refresh: () => config.refresh() }, turns)
  const { decryptions } = await aws.counts()
  print(
    ['quiet refresh of 1,000', 'median', '× bare', 'decryptions'],
    [
      ['bare parallel GetParameters, without decryption', inMs(median(times.bare)), asRatio(1), ''],
      [
        'refresh()',
        inMs(median(times.refresh)),
        asRatio(median(times.refresh) / median(times.bare)),
        String(decryptions),
      ],
    ],
  )
}

async function pollWithSentinel(): Promise<void> {
  await using config = await loadConfig({ path, schema, sentinel, poll: { everyMs: 1_000 }, ...aws.place })
  // The first poll does not count.
  await next(config, 'unchanged')
  await aws.resetCounts()
  for (let poll = 0; poll < 3; poll++) await next(config, 'unchanged')
  const { total } = await aws.counts()
  print(['quiet polls of 1,000 with a sentinel', 'calls'], [['3 polls', String(total)]])
}

async function followHint(): Promise<void> {
  let inbox: Inbox | undefined
  const notifications: NotificationSource = {
    name: 'bench',
    async listen(ownInbox, { signal }) {
      inbox = ownInbox
      inbox.healthy()
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    },
  }
  await using config = await loadConfig({ path, schema, notifications, poll: false, ...aws.place })
  // A SecureString, which needs decryption.
  const [name = ''] = names.slice(2)
  const [bare, hint]: [number[], number[]] = [[], []]
  let calls = 0
  let decryptions = 0
  for (let turn = 0; turn <= turns; turn++) {
    const bareMs = await time(() => readAll(client, [name], true))
    await aws.put([{ name, value: `changed ${turn}`, type: 'SecureString' }])
    await aws.resetCounts()
    const hintMs = await time(() => {
      const changed = next(config, 'change')
      inbox?.hint({ kind: 'parameter', name, operation: 'put' })
      return changed
    })
    if (turn === 0) continue
    bare.push(bareMs)
    hint.push(hintMs)
    const counts = await aws.counts()
    calls += counts.total
    decryptions += counts.decryptions
  }
  const roundTrips = (median(hint) - quiescenceMs) / median(bare)
  print(
    ['one of 1,000 has changed, by hint', 'round trips after quiescence', 'calls', 'decryptions'],
    [['hint to change event', asRatio(roundTrips), String(calls / turns), String(decryptions / turns)]],
  )
}

async function readAll(client: SSMClient, names: readonly string[], isDecrypting = false): Promise<void> {
  const calls = Array.from({ length: Math.ceil(names.length / 10) }, (_, index) => {
    const Names = names.slice(index * 10, index * 10 + 10)
    return client.send(new GetParametersCommand({ Names, WithDecryption: isDecrypting }))
  })
  await Promise.all(calls)
}

function next(config: LiveConfig<unknown>, event: 'change' | 'unchanged'): Promise<unknown> {
  return new Promise((resolve) => {
    const listener = config.on(event, (payload: unknown) => {
      listener[Symbol.dispose]()
      resolve(payload)
    })
  })
}
