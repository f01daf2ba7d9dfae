import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { environmentOf, setUp } from '../../examples/bootstrap/local-aws.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { localAws } from './aws.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A local AWS that holds what the examples read, and the environment in which they find it. */
export async function shop(): Promise<{ readonly aws: LocalAws; readonly env: Readonly<Record<string, string>> }> {
  const aws = await localAws()
  setUp(aws)
  return { aws, env: { ...environmentOf(aws), APP_ENV: 'dev', PORT: '0', NEXT_TELEMETRY_DISABLED: '1' } }
}

/** How often the configuration was read as a whole: polls read it without decryption. */
export function startsOf({ requests }: LocalAws): number {
  return requests.filter(({ action, input }) => {
    const { Names, WithDecryption } = input
    return action === 'ssm:GetParameters' && `${Names}`.includes('/shop/dev/greeting') && WithDecryption === true
  }).length
}

/**
 * Tests of an example with packages of its own. Where they are not installed, one that is skipped says how to install
 * them.
 *
 * @param name Its folder in `examples`.
 */
export function describeInstalled(name: string, tests: (folder: string) => void): void {
  const folder = `examples/${name}`
  const installed = join(root, folder, 'node_modules/liveparam')
  const install = `npm install --prefix ${folder}`
  if (existsSync(installed)) {
    refresh(installed)
    describe(folder, () => tests(folder))
  } else if (process.env.LIVEPARAM_REQUIRE_ALL === '1') {
    it(`${folder} is installed`, () => Promise.reject(new Error(`it is not: ${install}`)))
  } else {
    it.skip(`${folder} is not installed: ${install}`, () => undefined)
  }
}

/** Compiles TypeScript as its own `tsconfig.json` says. */
export function compile(folder: string): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', join(root, folder)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stdout)
}

// npm copies a package that is a folder when it is installed, and then never again.
function refresh(installed: string): void {
  rmSync(join(installed, 'dist'), { recursive: true, force: true })
  for (const part of ['dist', 'package.json']) cpSync(join(root, part), join(installed, part), { recursive: true })
}
