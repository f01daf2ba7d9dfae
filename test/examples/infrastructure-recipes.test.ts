import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { runNode } from '../support/run-process.ts'

it('examples/infrastructure/README.md has the generated recipes', { timeout: 60_000 }, async () => {
  const readme = readFileSync(new URL('../../examples/infrastructure/README.md', import.meta.url), 'utf8')
  const [, recipes] = /<!-- recipes: start -->\n\n(.*)\n<!-- recipes: end -->/s.exec(readme) ?? []
  const { code, output, errors } = await runNode(['examples/infrastructure/recipes.ts'])

  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(recipes).toBe(output)
})
