import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import type { Ended } from './run-process.ts'

const install = "python3 -m venv .venv && .venv/bin/pip install 'awscli==1.46.3' 'boto3==1.44.8'"

/** Runs a program to its end. The variables replace all AWS variables of this process. */
export type Run = (args: readonly string[], env: Readonly<Record<string, string>>) => Promise<Ended>

/** Declares tests that need the AWS CLI. If it is not installed, a skipped test shows how to install it. */
export function describeWithAwsCli(tests: (run: Run) => void): void {
  describeWith('the AWS CLI', find('aws', process.env.LIVEPARAM_AWS_CLI, ['--version']), tests)
}

/** Declares tests that need Python with boto3. If it is not installed, a skipped test shows how to install it. */
export function describeWithBoto3(tests: (run: Run) => void): void {
  describeWith('boto3', find('python', process.env.LIVEPARAM_PYTHON, ['-c', 'import boto3']), tests)
}

function describeWith(what: string, command: string | undefined, tests: (run: Run) => void): void {
  if (command === undefined && process.env.LIVEPARAM_REQUIRE_ALL !== '1') {
    it.skip(`${what} is not installed: ${install}`, () => undefined)
    return
  }
  describe(what, { timeout: 60_000 }, () =>
    tests((args, env) => {
      if (command === undefined) throw new Error(`${what} is not installed: ${install}`)
      return run(command, args, env)
    }),
  )
}

function find(name: string, given: string | undefined, check: readonly string[]): string | undefined {
  const local = fileURLToPath(new URL(`../../.venv/bin/${name}`, import.meta.url))
  const candidate = given || (existsSync(local) ? local : name)
  return spawnSync(candidate, check).status === 0 ? candidate : undefined
}

async function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
  // Ignore the configuration of this machine, and do not page the output.
  const own = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_PAGER: '', ...env }
  const child = spawn(command, args, { env: { ...Object.fromEntries(others), ...own }, timeout: 60_000 })
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
