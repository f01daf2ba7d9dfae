import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const install = 'npm install --prefix docs'
const isInstalled = existsSync(join(root, 'docs/node_modules/typedoc'))
const generated = [
  ['docs/api', 'docs/api.mjs'],
  ['docs/benchmarks', 'docs/plots.mjs'],
] as const

for (const [folder, script] of generated) {
  if (isInstalled) {
    it(`${folder} is what npm run docs makes`, { timeout: 120_000 }, () => {
      const made = mkdtempSync(join(tmpdir(), 'liveparam-docs-'))
      onTestFinished(() => rmSync(made, { recursive: true }))
      const { status, stderr } = spawnSync(process.execPath, [join(root, script), made], { encoding: 'utf8' })

      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(filesIn(join(root, folder)), `${install} && npm run docs`).toEqual(filesIn(made))
    })
  } else if (process.env.LIVEPARAM_REQUIRE_ALL === '1') {
    it(`${folder} can be made`, () => Promise.reject(new Error(`not without: ${install}`)))
  } else {
    it.skip(`${folder} is up to date, which takes: ${install}`, () => undefined)
  }
}

function filesIn(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
}
