import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('does nothing without @opentelemetry/api, and does not fail', () => {
  const folder = installed(['zod', '@aws-sdk/client-ssm'])
  writeFileSync(
    join(folder, 'main.mjs'),
    `
    import { openTelemetry } from 'liveparam/otel'
    import { createTestConfig } from 'liveparam/testing'
    import * as z from 'zod'

    const found = await import('@opentelemetry/api').catch(({ code }) => code)
    const telemetry = openTelemetry({ name: 'shop' })
    const config = await createTestConfig(
      { schema: z.object({ a: z.string() }), path: '/app', telemetry },
      { values: { a: 'x' } },
    )
    await config.set({ values: { a: 'y' } })
    await config.close()
    console.log(found, config.current.a, config.explain().warnings.length)
    `,
  )
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'main.mjs')], { encoding: 'utf8' })

  expect({ stdout, stderr, status }).toEqual({ stdout: 'ERR_MODULE_NOT_FOUND y 0\n', stderr: '', status: 0 })
})

/** A folder in which the package is installed with these packages beside it, and no others. */
function installed(packages: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'liveparam-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@aws-sdk'), { recursive: true })
  for (const name of packages) symlinkSync(join(root, 'node_modules', name), join(modules, name), 'dir')
  for (const part of ['package.json', 'dist']) {
    cpSync(join(root, part), join(modules, 'liveparam', part), { recursive: true })
  }
  return folder
}
