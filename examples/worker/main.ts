import { SQSClient } from '@aws-sdk/client-sqs'
import { SSMClient } from '@aws-sdk/client-ssm'
import { loadConfig } from 'liveparam'
import { type LocalAws, startLocalAws } from 'liveparam/local'
import { sqsNotifications } from 'liveparam/sqs'
import { definition } from './config.ts'
import { type Invoice, work } from './work.ts'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

await using aws = await startLocalAws()
aws.parameters.put({ name: '/shop/dev/worker/currency', value: 'EUR' })
aws.parameters.put({ name: '/shop/dev/worker/taxPercent', value: '20' })
aws.parameters.put({ name: '/shop/dev/worker/pauseMs', value: '1500' })
const jobs = aws.queues.create('jobs')
const changes = aws.queues.create('config-changes')
aws.events.route({ source: ['aws.ssm'] }, changes.arn)

const [client, sqs] = [new SSMClient(aws.clientOptions), new SQSClient(aws.clientOptions)]
const notifications = sqsNotifications({ queueUrl: changes.url, client: sqs })
const config = await loadConfig({ ...definition, client, notifications })
config.on('change', ({ revision, changed }) => {
  console.log(`-- revision ${revision}: ${changed.map(({ key }) => key).join(' and ')} changed in the middle of a job`)
})

const shutDown = new AbortController()
const finished: Invoice[] = []
const working = work({ sqs, queueUrl: jobs.url }, config, report, shutDown.signal)
for (const name of ['A-1', 'A-2', 'A-3']) aws.queues.send(jobs.url, JSON.stringify({ invoice: name, amount: 100 }))
changeBothDuringFirstJob(aws)
await working

await config.close()
client.destroy()
sqs.destroy()

function report(invoice: Invoice): void {
  finished.push(invoice)
  console.log(`${invoice.invoice} (revision ${invoice.revision}): ${invoice.lines.join(', ')}`)
  if (finished.length === 3) shutDown.abort()
}

// The worker sees the two writes as one change, and never in the middle of an invoice.
function changeBothDuringFirstJob({ parameters, queues }: LocalAws): void {
  const timer = setInterval(() => {
    if (queues.messages(jobs.url).inFlight === 0) return
    clearInterval(timer)
    parameters.put({ name: '/shop/dev/worker/currency', value: 'CHF' })
    parameters.put({ name: '/shop/dev/worker/taxPercent', value: '8.1' })
  }, 20)
}
