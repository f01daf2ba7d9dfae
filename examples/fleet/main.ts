import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type LocalAws, startLocalAws } from 'liveparam/local'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const instances = 3
const children: ChildProcess[] = []
try {
  await using aws = await startLocalAws()
  aws.parameters.put({ name: '/shop/prod/greeting', value: 'hello' })
  aws.parameters.put({ name: '/shop/prod/apiKey', value: 'key of the example', type: 'SecureString' })
  const url = process.env.REDIS_URL ?? (await startRedis())

  const { arn } = aws.keys.create()
  const start = (number: number) => startInstance(`instance ${number}`, arn, aws, url)
  const fleet = Array.from({ length: instances }, (_, index) => start(index + 1))
  await Promise.all(fleet.map((instance) => instance.prints('is ready')))
  report(aws, 'the start of all instances')

  aws.parameters.put({ name: '/shop/prod/greeting', value: 'good evening' })
  fleet[1]?.refresh()
  await Promise.all(fleet.map((instance) => instance.prints('has the change')))
  report(aws, 'the change')

  // Only AWS KMS still answers.
  aws.faults.add({ kind: 'reset', action: 'ssm:*' })
  await start(instances + 1).prints('is ready')
  report(aws, 'a start while Parameter Store is away')
} finally {
  await Promise.all(children.map(stop))
}

function report(aws: LocalAws, subject: string): void {
  const calls = aws.requests.filter(({ action }) => action.startsWith('ssm:')).length
  console.log(`-- ${subject} took ${calls} ${calls === 1 ? 'call' : 'calls'} to Parameter Store`)
  aws.resetCounts()
}

function startInstance(name: string, keyId: string, { environment }: LocalAws, url: string) {
  const program = fileURLToPath(new URL('instance.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', program, name, keyId], {
    env: { ...process.env, ...environment, REDIS_URL: url },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(line)
    lines.push(line)
    child.emit('printed')
  })
  return {
    refresh: () => child.kill('SIGHUP'),
    /** Waits until the instance has printed a line with this text. */
    async prints(text: string): Promise<void> {
      while (!lines.some((line) => line.includes(text))) {
        const end = child.exitCode ?? child.signalCode
        if (end !== null) throw new Error(`${name} has ended with ${end}`)
        await Promise.race([once(child, 'printed'), once(child, 'exit')])
      }
    },
  }
}

/** Starts a Redis for the example alone. */
async function startRedis(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  server.close()
  await once(server, 'close')
  const child = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const failed = once(child, 'error').then(() => {
    throw new Error('redis-server is not installed: install it, or set REDIS_URL to a Redis that runs')
  })
  const isReady = async () => {
    for await (const line of createInterface({ input: child.stdout })) if (line.includes('Ready to accept')) return
    throw new Error('redis-server has ended')
  }
  await Promise.race([failed, isReady()])
  child.stdout.resume()
  return `redis://127.0.0.1:${port}`
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || (child.exitCode ?? child.signalCode) !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
