import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import type { AwsUnderTest } from '../contracts/workbench.ts'
import { freePort } from './free-port.ts'

const install = "python3 -m venv .venv && .venv/bin/pip install 'moto[server]==5.2.1'"
const command = findMoto()

/** Declares tests that need moto. If it is not installed, a skipped test shows how to install it. */
export function describeWithMoto(tests: (start: () => Promise<AwsUnderTest>) => void): void {
  if (command === undefined && process.env.LIVEPARAM_REQUIRE_ALL !== '1') {
    it.skip(`moto is not installed: ${install}`, () => undefined)
  } else {
    describe('moto', { timeout: 60_000 }, () => tests(startMoto))
  }
}

function findMoto(): string | undefined {
  const local = fileURLToPath(new URL('../../.venv/bin/moto_server', import.meta.url))
  const named = process.env.LIVEPARAM_MOTO_SERVER
  if (named !== undefined) return named
  if (existsSync(local)) return local
  return spawnSync('moto_server', ['--help']).status === 0 ? 'moto_server' : undefined
}

async function startMoto(): Promise<AwsUnderTest> {
  if (command === undefined) throw new Error(`moto is not installed: ${install}`)
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const child = spawn(command, ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, PYTHONHASHSEED: '1' },
  })
  await answers(child, endpoint)
  return { name: 'moto', endpoint, close: () => stop(child) }
}

async function answers(child: ChildProcess, endpoint: string): Promise<void> {
  const giveUpAt = Date.now() + 25_000
  while (Date.now() < giveUpAt && child.exitCode === null) {
    const isUp = await fetch(`${endpoint}/moto-api/data.json`).then(
      (response) => response.ok,
      () => false,
    )
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`moto does not answer on its port (exit code ${child.exitCode})`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill()
  await closed
}
