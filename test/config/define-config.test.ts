import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, DefinitionError, defineConfig, loadConfig } from '../../src/index.ts'
import { createTestConfig } from '../../src/testing/index.ts'
import { memorySource } from '../../src/testing/memory-source.ts'

const source = memorySource({ parameters: { '/prod/port': '1', '/staging/port': '2', '/staging/host': 'h' } })
const schema = z.object({ port: z.number() })
const definition = defineConfig({ schema, path: '/prod', source, poll: false })

describe('a definition', () => {
  it('is its options, frozen', () => {
    expect({ ...definition }).toEqual({ schema, path: '/prod', source, poll: false })
    expect(Object.isFrozen(definition)).toBe(true)
    expect(() => Object.assign(definition, { path: '/other' })).toThrow(TypeError)
  })

  it('loads what was checked', async () => {
    await using config = await loadConfig(definition)
    expect(config.current).toEqual({ port: 1 })
  })

  it('spreads into new options, which are checked and read', async () => {
    await using loaded = await loadConfig({ ...definition, path: '/staging' })
    expect(loaded.current).toEqual({ port: 2 })
    await using created = createConfig({ ...definition, path: '/staging' })
    await created.ready
    expect(created.current).toEqual({ port: 2 })
    const more = z.object({ port: z.number(), host: z.string() })
    await using extended = await loadConfig(defineConfig({ ...definition, path: '/staging', schema: more }))
    expect(extended.current).toEqual({ port: 2, host: 'h' })
  })

  it('spreads into options with a logger and a signal', async () => {
    const lines: string[] = []
    const logger = { warn: () => undefined, info: (line: string) => lines.push(line) }
    const { signal, abort } = abortable()
    const config = await loadConfig({ ...definition, logger, signal })
    expect(lines).not.toEqual([])
    abort()
    expect(config.status().state).toBe('closed')
  })

  it('refuses an unknown option next to a spread, and names the nearest one', () => {
    const misspelled = { ...definition, pathh: '/staging' }
    expect(() => createConfig(misspelled)).toThrow(/did you mean path\?/)
    expect(() => createConfig({ ...definition, path: 'staging' })).toThrow(DefinitionError)
  })

  it('spreads into the options of a test config', async () => {
    await using config = await createTestConfig(
      { ...definition, source: undefined, path: ['/shared', '/app'] } as never,
      {
        parameters: { '/shared/port': '3' },
      },
    )
    expect(config.current).toEqual({ port: 3 })
  })

  it('does not follow later changes of the options object', async () => {
    const path = ['/prod']
    const options = { schema, path, source, poll: false as const }
    const made = defineConfig(options)
    path.push('/staging')
    options.path = ['/other']
    await using config = await loadConfig(made)
    expect(config.current).toEqual({ port: 1 })
  })
})

function abortable() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
