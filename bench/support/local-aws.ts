import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm'
import type { Command, Commands } from './server.ts'

/** The local AWS in a separate process, so that the measured code has its process to itself. */
export interface RemoteAws extends AsyncDisposable, AsyncCommands {
  readonly place: { readonly endpoint: string; readonly region: string }
  /** Creates a client with the defaults of the SDK. */
  client(options?: SSMClientConfig): SSMClient
}

type AsyncCommands = {
  readonly [Method in keyof Commands]: (
    ...input: Parameters<Commands[Method]>
  ) => Promise<Awaited<ReturnType<Commands[Method]>>>
}

interface Answer {
  readonly id: number
  readonly result: unknown
}

export const roundTripMs = 20

process.env.AWS_ACCESS_KEY_ID = 'bench'
process.env.AWS_SECRET_ACCESS_KEY = 'bench'
process.env.AWS_EC2_METADATA_DISABLED = 'true'
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

export async function startRemoteAws(): Promise<RemoteAws> {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] })
  const [{ endpoint }] = (await once(child, 'message')) as [{ endpoint: string }]
  const waiting = new Map<number, (result: unknown) => void>()
  child.on('message', ({ id, result }: Answer) => waiting.get(id)?.(result))
  let count = 0
  const send = (method: keyof Commands) => (argument?: unknown) =>
    new Promise<never>((resolve) => {
      const command: Command = { id: count++, method, argument }
      waiting.set(command.id, resolve as (result: unknown) => void)
      child.send(command)
    })
  const place = { endpoint, region: 'us-east-1' }
  return {
    place,
    client: (options = {}) => new SSMClient({ ...place, ...options }),
    setUp: send('setUp'),
    put: send('put'),
    queue: send('queue'),
    topic: send('topic'),
    counts: send('counts'),
    resetCounts: send('resetCounts'),
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
