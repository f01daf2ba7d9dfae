import { spawnSync } from 'node:child_process'
import { type Browser, chromium } from 'playwright-core'

/** The command that installs Chromium. */
export const install = 'apt-get install chromium'

/** Chromium as it is named here, or `undefined` where it is not installed. */
export function findChromium(): string | undefined {
  const named = process.env.LIVEPARAM_CHROMIUM
  if (named !== undefined) return named
  return ['chromium', 'chromium-browser', 'google-chrome'].find((name) => which(name) !== undefined)
}

/** Starts Chromium. */
export async function startChromium(): Promise<Browser> {
  const command = findChromium()
  const executablePath = command === undefined ? undefined : (which(command) ?? command)
  if (executablePath === undefined) throw new Error(`Chromium is not installed: ${install}`)
  // Chromium has no sandbox as root.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}

function which(name: string): string | undefined {
  const { status, stdout } = spawnSync('which', [name], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
