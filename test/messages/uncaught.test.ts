import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineConfig, isDefinitionError } from '../../src/index.ts'
import { assertBuilt } from '../support/built.ts'
import { loadFrom } from '../support/load.ts'
import { loadError } from '../support/rejection.ts'
import { runNode } from '../support/run-process.ts'

const schema = z.object({ port: z.number(), host: z.string() })

describe('an error that nothing catches is printed once', () => {
  const load = (call: string) => `
    import * as z from 'zod'
    import { createConfig, defineConfig, loadConfig } from 'liveparam'
    import { memorySource } from 'liveparam/testing'
    const schema = z.object({ port: z.number(), host: z.string() })
    const source = memorySource({ parameters: { '/app/port': 'x' } })
    ${call}`

  it.each([
    ['loadConfig()', "await loadConfig({ schema, source, path: '/app' })"],
    ['ready', "await createConfig({ schema, source, path: '/app' }).ready"],
  ])('of %s', async (_, call) => {
    assertBuilt()
    const { errors, code } = await runNode(['--input-type=module', '--eval', load(call)])

    expect(code).toBe(1)
    expect(errors.match(/\/app\/host/g)).toHaveLength(1)
    expect(errors.match(/something else is stored/g)).toHaveLength(1)
    expect(errors).not.toContain('/dist/')
    expect(errors).not.toContain('problems')
  })

  it.each([
    ['loadConfig()', "await loadConfig({ schema, source, path: 'app' })"],
    ['createConfig()', "createConfig({ schema, source, path: 'app' })"],
    ['defineConfig()', "defineConfig({ schema, source, path: 'app' })"],
  ])('of a definition for %s, with the line of the caller', async (_, call) => {
    assertBuilt()
    const { errors } = await runNode(['--input-type=module', '--eval', load(call)])

    expect(errors.match(/it does not start with a slash/g)).toHaveLength(1)
    expect(errors).not.toContain('/dist/')
  })
})

it('has its problems in properties that are not printed, and in JSON', async () => {
  const error = await loadError(loadFrom(schema, { '/app/port': 'x' }))

  expect(error.problems.map(({ key }) => key)).toEqual(['host', 'port'])
  expect(Object.keys(error)).not.toContain('problems')
  expect(inspect(error).match(/\/app\/host/g)).toHaveLength(1)
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: 'LoadError',
    code: 'LOAD_FAILED',
    message: error.message,
    attempts: 3,
    isServing: false,
    problems: error.problems,
  })
})

it('has them for a definition', () => {
  try {
    defineConfig({ schema, path: 'app' })
    expect.unreachable()
  } catch (error) {
    if (!isDefinitionError(error)) throw error
    expect(error.stack).toContain('uncaught.test.ts')
    expect(inspect(error).match(/INVALID_PATH/g)).toHaveLength(1)
    expect(JSON.parse(JSON.stringify(error)).problems).toEqual(error.problems)
  }
})
