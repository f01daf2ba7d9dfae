import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Runs Node from the project's root, with TypeScript; kills it when it takes too long. */
export async function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ended> {
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  const collected = { output: '', errors: '' }
  child.stdout.on('data', (chunk) => {
    collected.output += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    collected.errors += String(chunk)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...collected }
}
