import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { root } from '../support/entry-points.ts'
import { runNode } from '../support/run-process.ts'

it('shows the figures of the recorded benchmarks in the README and on the page of the comparison', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'liveparam-comparison-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const { code, errors } = await runNode(['docs/comparison.mjs', folder])

  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(read('docs/comparison.md'), 'node docs/comparison.mjs').toBe(
    readFileSync(join(folder, 'comparison.md'), 'utf8'),
  )
  expect(read('README.md'), 'node docs/comparison.mjs').toBe(readFileSync(join(folder, 'README.md'), 'utf8'))
})

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
