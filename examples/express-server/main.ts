import { once } from 'node:events'
import { isConfigError, loadConfig } from 'liveparam'
import { sqsNotifications } from 'liveparam/sqs'
import { createApp } from './app.ts'
import { definition } from './config.ts'
import { useLocalAws } from './local-aws.ts'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const localAws = await useLocalAws()
// The optional queue of change events; without it, polling finds changes.
const queueUrl = process.env.CONFIG_QUEUE_URL
const config = await loadConfig({
  ...definition,
  logger: console,
  ...(queueUrl !== undefined && { notifications: sqsNotifications({ queueUrl }) }),
}).catch((error: unknown) => {
  if (!isConfigError(error)) throw error
  console.error(error.message)
  process.exit(1)
})
const server = createApp(config).listen(config.current.port, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
const port = typeof address === 'object' ? address?.port : undefined
console.log(`listening on http://127.0.0.1:${port}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void shutDown())

async function shutDown(): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  await closed
  console.log(`served ${config.pin().revision} revisions`)
  await config.close()
  await localAws?.[Symbol.asyncDispose]()
}
