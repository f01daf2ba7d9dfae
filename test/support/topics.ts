import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { PublishCommand, type PublishCommandInput, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, onTestFinished } from 'vitest'
import { localAws } from './aws.ts'

export const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue })
/** Message attributes of each type. */
export const attributes = {
  shop: text('north'),
  price: text('9.5', 'Number'),
  tags: text('["new","red"]', 'String.Array'),
  ip: text('10.0.0.7'),
  bytes: { DataType: 'Binary', BinaryValue: Buffer.from([2, 3, 4]) },
}

/** Creates a topic of a local AWS, and a queue for its subscriptions. */
export async function topic() {
  const aws = await localAws()
  const [sns, sqs] = [new SNSClient({ ...aws.clientOptions, maxAttempts: 1 }), new SQSClient(aws.clientOptions)]
  onTestFinished(() => {
    sns.destroy()
    sqs.destroy()
  })
  const inbox = aws.queues.create('inbox')
  const { arn: TopicArn } = aws.topics.create('changes')
  const subscribe = async (Attributes: Record<string, string>) => {
    const given = { TopicArn, Protocol: 'sqs', Endpoint: inbox.arn, Attributes }
    return (await sns.send(new SubscribeCommand(given))).SubscriptionArn ?? ''
  }
  const publish = (given: Partial<PublishCommandInput>) =>
    sns.send(new PublishCommand({ TopicArn, Message: 'Test msg', ...given }))
  const requested = { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All' as const] }
  const received = async () =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl: inbox.url, ...requested }))).Messages ?? []
  return { aws, sns, inbox, TopicArn, subscribe, publish, received, taken: () => aws.queues.take(inbox.url) }
}

/** Starts an HTTP endpoint. `next()` awaits a request; after `fail()`, the endpoint answers with status 500. */
export async function endpoint() {
  const requests: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
  let status = 200
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    requests.push({ headers: request.headers, body })
    response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const nextRequest = async () => {
    await expect.poll(() => requests.length).toBeGreaterThan(0)
    return requests.shift() ?? { headers: {}, body: '' }
  }
  const next = async () => (await nextRequest()).body
  const fail = () => {
    status = 500
  }
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`, next, nextRequest, fail }
}
