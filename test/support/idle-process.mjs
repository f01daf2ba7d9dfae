// Loads, waits until it listens, and after so many changes has nothing left to do: how long does it take to end?
import { setTimeout } from 'node:timers/promises'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { loadConfig } from 'liveparam'
import { snsNotifications, sqsNotifications } from 'liveparam/sqs'
import * as z from 'zod'

const { kind, changes, queueUrl, topicArn, endpoint, region } = JSON.parse(process.argv[2])
const place = { endpoint, region }
const notifications =
  kind === 'sqs' ? sqsNotifications({ queueUrl, ...place }) : snsNotifications({ topicArn, ...place })
const config = await loadConfig({ schema: z.object({ a: z.string() }), path: '/app', notifications, ...place })
while (!config.status().notifications.sources[0]?.isHealthy) await setTimeout(10)
const client = new SSMClient(place)
for (let change = 0; change < changes; change++) {
  await client.send(new PutParameterCommand({ Name: '/app/a', Value: String(change), Overwrite: true }))
}
client.destroy()
while (config.status().notifications.received < changes) await setTimeout(10)
// Until the next request waits for messages.
await setTimeout(50)
const doneAt = performance.now()
process.on('exit', () => console.log(Math.round(performance.now() - doneAt)))
