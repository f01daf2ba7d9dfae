import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Ended } from './run-process.ts'

export interface ServiceOptions {
  /** From the project's root. */
  readonly folder?: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A program that says where it listens. */
export interface Service {
  readonly url: string
  /** What it has printed so far. */
  output(): string
  /** What it answers to a GET. */
  get(path: string): Promise<string>
  /** Tells it to end, and waits until it has. */
  end(): Promise<Ended>
}

/** Runs Node until it ends, or the test does. */
export function runProgram(args: readonly string[], options: ServiceOptions): Promise<Ended> {
  return start(args, options).ended
}

/** Runs Node until it prints where it listens. It goes on until the end of the test at most. */
export async function startService(args: readonly string[], options: ServiceOptions): Promise<Service> {
  const { ended, listening, output, kill } = start(args, options)
  const url = await Promise.race([listening, ended.then(tellEarlyEnd)])
  return {
    url,
    output,
    get: async (path) => (await fetch(new URL(path, url))).text(),
    end() {
      kill()
      return ended
    },
  }
}

function start(args: readonly string[], { folder = '.', env }: ServiceOptions) {
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(new URL(`../../${folder}`, import.meta.url)),
    // What the test runner sets for itself would make of the program what it is not elsewhere.
    env: { ...process.env, NODE_ENV: undefined, NODE_OPTIONS: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // So that what it has started ends with it.
    detached: true,
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, ...printed }))
  })
  onTestFinished(async () => {
    killGroup(child.pid)
    await ended
  })
  const printed = { output: '', errors: '' }
  child.stderr.on('data', (chunk) => {
    printed.errors += String(chunk)
  })
  const listening = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk) => {
      printed.output += String(chunk)
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed.output) ?? []
      if (url !== undefined) resolve(url)
    })
  })
  return { ended, listening, output: () => printed.output, kill: () => void child.kill('SIGTERM') }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in it.
  }
}

function tellEarlyEnd({ code, errors }: Ended): never {
  throw new Error(`it ended with code ${code} before it listened: ${errors}`)
}
