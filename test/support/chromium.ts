import { spawnSync } from 'node:child_process'
import { type Browser, chromium } from 'playwright-core'
import { describe, it } from 'vitest'

const install = 'apt-get install chromium'
const command = findChromium()

/** Tests that need a browser. Without one, a skipped test names the command that installs it. */
export function describeWithChromium(name: string, tests: (start: () => Promise<Browser>) => void): void {
  if (command === undefined && process.env.LIVEPARAM_REQUIRE_ALL !== '1') {
    it.skip(`${name}: Chromium is not installed: ${install}`, () => undefined)
  } else {
    describe(name, { timeout: 60_000 }, () => tests(startChromium))
  }
}

function findChromium(): string | undefined {
  const named = process.env.LIVEPARAM_CHROMIUM
  if (named !== undefined) return named
  return ['chromium', 'chromium-browser', 'google-chrome'].find((name) => which(name) !== undefined)
}

function which(name: string): string | undefined {
  const { status, stdout } = spawnSync('which', [name], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

async function startChromium(): Promise<Browser> {
  const executablePath = command === undefined ? undefined : (which(command) ?? command)
  if (executablePath === undefined) throw new Error(`Chromium is not installed: ${install}`)
  // Chromium has no sandbox as root.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}
