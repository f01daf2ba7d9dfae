import type { Browser } from 'playwright-core'
import { describe, it } from 'vitest'
import { findChromium, install, startChromium } from './browser.ts'

/** Tests that need a browser. Without one, a skipped test names the command that installs it. */
export function describeWithChromium(name: string, tests: (start: () => Promise<Browser>) => void): void {
  if (findChromium() === undefined && process.env.LIVEPARAM_REQUIRE_ALL !== '1') {
    it.skip(`${name}: Chromium is not installed: ${install}`, () => undefined)
  } else {
    describe(name, { timeout: 60_000 }, () => tests(startChromium))
  }
}
