import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GetParameterCommand } from '@aws-sdk/client-ssm'
import type { RemoteAws } from './local-aws.ts'

export interface LambdaExtension extends AsyncDisposable {
  readonly port: number
}

// The default of PARAMETERS_SECRETS_EXTENSION_MAX_CONNECTIONS:
// https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html
const maxConnections = 3

/**
 * Answers as the AWS Parameters and Secrets Lambda Extension does, over its protocol and with an empty cache: one
 * GetParameter for each name, three of them at a time.
 */
export async function startLambdaExtension(aws: RemoteAws): Promise<LambdaExtension> {
  const client = aws.client()
  const waiting: (() => void)[] = []
  let free = maxConnections
  const server = createServer(async ({ url = '' }, answer) => {
    const { searchParams } = new URL(url, 'http://localhost')
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    const input = { Name: searchParams.get('name') ?? '', WithDecryption: true }
    const { Parameter } = await client.send(new GetParameterCommand(input))
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
    answer.end(JSON.stringify({ Parameter }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      client.destroy()
    },
  }
}
