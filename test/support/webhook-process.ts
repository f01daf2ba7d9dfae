import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { platform } from '../../src/platform/node.ts'
import { webhookNotifications } from '../../src/webhook/index.ts'

// A process with nothing but a webhook: tells its parent where it listens and, when asked, what memory is in use.
const [topicArns = '', endpoint = ''] = process.argv.slice(2)
const webhook = webhookNotifications({ topicArns, endpoint })
const nothing = () => undefined
const inbox = { hint: nothing, notice: nothing, ignored: nothing, healthy: nothing, opened: nothing, failed: nothing }
const { signal } = new AbortController()
const settled = async () => undefined
webhook.listen(inbox, {
  clock: platform.clock,
  random: () => 0.5,
  signal,
  idle: settled,
  whileActive: (work) => work(),
})

const server = createServer(webhook.handler).listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('message', async () => {
  // To collect all garbage takes longer than to answer a request.
  for (let turn = 0; turn < 10; turn++) await setImmediate()
  const { rss } = process.memoryUsage()
  // The second one waits for what the first one left to be swept in the background.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  process.send?.({ held: heapUsed + external, rss })
})
process.on('disconnect', () => process.exit())
