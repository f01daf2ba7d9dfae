import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { defineConfig, loadConfig, sensitive } from '../../src/index.ts'
import { createTestConfig, memorySource } from '../../src/testing/index.ts'

const schema = z.object({ host: z.string(), db: z.object({ password: sensitive(z.string()) }) })
const source = memorySource({ parameters: { '/app/host': 'hunter2 of the source' } })
const overrides = { db: { password: 'hunter2' } }
const definition = defineConfig({ schema, path: ['/app'], naming: 'kebab-case', overrides, source, logger: false })

it('shows the options of a definition without functions, clients and the text of overrides', () => {
  const shown = {
    schema: '[ZodObject]',
    path: ['/app'],
    naming: 'kebab-case',
    overrides: { db: { password: '[redacted]' } },
    source: expect.stringMatching(/^\[\w+\]$/),
    logger: false,
  }

  expect(JSON.parse(JSON.stringify({ definition }))).toEqual({ definition: shown })
  expect(inspect(definition, { depth: 9, showHidden: true })).toContain("overrides: { db: { password: '[redacted]' } }")
})

it('hides the overrides of a definition that a logger copies or that is spread', () => {
  for (const copy of [{ ...definition }, { ...definition, path: '/staging' }, defineConfig({ ...definition })]) {
    expect(JSON.stringify([copy, { ...copy }, copy.overrides]) + inspect(copy, { depth: 9 })).not.toContain('hunter2')
  }
})

it('keeps the overrides of a spread definition, and spread overrides', async () => {
  const own = { ...definition, overrides: { ...definition.overrides, host: 'own' } }
  await using copied = await loadConfig({ ...definition })
  await using more = await loadConfig(own)
  await using test = await createTestConfig(own)

  expect(copied.current).toEqual({ host: 'hunter2 of the source', ...overrides })
  expect(more.current).toEqual({ host: 'own', ...overrides })
  expect(test.current).toEqual({ host: 'own', ...overrides })
})

it('hides overrides beside a key named toJSON', async () => {
  const named = z.object({ toJSON: z.string(), password: z.string() })
  const texts = { toJSON: 'x', password: 'hunter2' }
  const spread = { ...defineConfig({ schema: named, path: '/app', source, overrides: texts }) }
  await using config = await loadConfig(spread)

  expect(JSON.stringify([spread, defineConfig(spread)]) + inspect(spread)).not.toContain('hunter2')
  expect(config.current.password).toBe('hunter2')
})
