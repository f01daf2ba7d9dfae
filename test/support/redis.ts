import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type RedisClientType } from 'redis'
import { describe, it, onTestFinished } from 'vitest'
import { freePort } from './free-port.ts'

const install = 'apt-get install -y --no-install-recommends redis-server'
const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(':')]
const program = folders.map((folder) => join(folder, 'redis-server')).find((path) => existsSync(path))

/** A server of the test's own. */
export interface RedisServer {
  readonly port: number
  readonly process: ChildProcess
  /** Sends one command. */
  run(...command: readonly string[]): Promise<unknown>
  stop(): Promise<void>
}

/** Tests that need Redis. Where it is not installed, one that is skipped says how to install it. */
export function describeWithRedis(name: string, tests: () => void): void {
  if (program === undefined && process.env.LIVEPARAM_REQUIRE_ALL !== '1') {
    it.skip(`Redis is not installed: ${install}`, () => undefined)
  } else {
    describe(name, { timeout: 60_000 }, tests)
  }
}

/** Starts a server that lives as long as the test. */
export async function startRedis({
  port: given,
  settings = [],
}: {
  readonly port?: number
  readonly settings?: readonly string[]
} = {}): Promise<RedisServer> {
  if (program === undefined) throw new Error(`Redis is not installed: ${install}`)
  const port = given ?? (await freePort())
  const folder = mkdtempSync(join(tmpdir(), 'liveparam-redis-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const fixed = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const child = spawn(program, [...fixed, ...settings], { stdio: 'ignore' })
  const stop = () => end(child)
  onTestFinished(stop)
  const client = await connect(child, port)
  onTestFinished(() => client.destroy())
  return { port, process: child, run: (...command) => client.sendCommand(command), stop }
}

export type TestClient = RedisClientType

/** A connected client that lives as long as the test. */
export async function redisClient(port: number): Promise<TestClient> {
  const client: TestClient = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: 50 } })
  client.on('error', () => undefined)
  onTestFinished(() => {
    if (client.isOpen) client.destroy()
  })
  await client.connect()
  return client
}

async function connect(child: ChildProcess, port: number): Promise<TestClient> {
  const giveUpAt = Date.now() + 25_000
  while (Date.now() < giveUpAt && child.exitCode === null) {
    const client: TestClient = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: false } })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return client
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  throw new Error(`Redis does not answer (exit code ${child.exitCode})`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGKILL')
  await gone
}
