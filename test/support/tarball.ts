import { type ExecFileException, execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { assertBuilt } from './built.ts'
import { root } from './entry-points.ts'
import type { Ended } from './run-process.ts'

const probe = ['npm', 'view', 'zod', 'version', '--prefer-online', '--fetch-retries=0', '--fetch-timeout=15000']

/** Tests that install packages. Where npm cannot, one that is skipped says how to find out why. */
export function describeWithRegistry(name: string, tests: () => void): void {
  if (process.env.LIVEPARAM_REQUIRE_ALL === '1' || isReachable()) {
    describe(name, { timeout: 300_000 }, tests)
  } else {
    it.skip(`${name}: npm reaches no registry: ${probe.slice(0, 4).join(' ')}`, () => undefined)
  }
}

/** What a project of somebody else's begins with. */
export interface Project {
  /** @default 'module' */
  readonly type?: 'module' | 'commonjs'
  /** Beside the package itself: what npm takes. */
  readonly packages?: readonly string[]
}

/** A new project in which the package is installed as it would be published. @returns Its folder, and what deletes it. */
export async function installTarball({ type = 'module', packages = [] }: Project): Promise<Installed> {
  assertBuilt()
  const folder = mkdtempSync(join(tmpdir(), 'liveparam-installed-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type }))
    const tarball = await npm(folder, ['pack', root, '--loglevel=error'])
    await npm(folder, ['install', '--prefer-offline', '--loglevel=error', `./${tarball.trim()}`, ...packages])
    return { folder, remove }
  } catch (error) {
    remove()
    throw error
  }
}

export interface Installed {
  readonly folder: string
  remove(): void
}

/** Runs Node in a folder until it ends. */
export function runIn(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return execute(folder, process.execPath, args, env)
}

function isReachable(): boolean {
  const [command = '', ...args] = probe
  return spawnSync(command, args, { timeout: 30_000 }).status === 0
}

async function npm(folder: string, args: readonly string[]): Promise<string> {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder]
  const { code, output, errors } = await execute(folder, 'npm', [...args, ...quiet])
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed: ${errors}${output}`)
  return output
}

function execute(
  cwd: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env }, timeout: 280_000, maxBuffer: 2 ** 24 }
    execFile(command, args, options, (error: ExecFileException | null, output, errors) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ code, output, errors })
    })
  })
}
