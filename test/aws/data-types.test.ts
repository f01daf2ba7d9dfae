import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { dataTypes } from '../support/data-types.ts'
import { scriptedAws } from '../support/scripted-aws.ts'

it.each(['by-name', 'by-path'] as const)('keeps the data type of each parameter, read %s', async (strategy) => {
  const stored = dataTypes.map((DataType, index) => {
    return { Name: `/app/k${index}`, Type: 'String', Version: 1, Value: 'x', DataType }
  })
  const aws = await scriptedAws(({ input }) => {
    const asked = input.Names
    const Parameters = Array.isArray(asked) ? stored.filter(({ Name }) => asked.includes(Name)) : stored
    return { body: { Parameters, InvalidParameters: [] } }
  })
  const schema = z.object(Object.fromEntries(dataTypes.map((_, index) => [`k${index}`, z.string()])))
  await using config = await loadConfig({ schema, path: '/app', strategy, region: 'us-east-1', endpoint: aws.endpoint })

  const shown = Object.fromEntries(config.explain().keys.map(({ key, dataType }) => [key, dataType]))
  expect(shown).toEqual(Object.fromEntries(dataTypes.map((dataType, index) => [`k${index}`, dataType])))
  expect(config.pin().keys.every(({ dataType }) => dataType !== undefined)).toBe(true)
})

it('omits the data type if the answer has none', async () => {
  const aws = await scriptedAws(() => {
    return { body: { Parameters: [{ Name: '/app/a', Type: 'String', Version: 1, Value: 'x' }] } }
  })
  const schema = z.object({ a: z.string() })
  await using config = await loadConfig({ schema, path: '/app', region: 'us-east-1', endpoint: aws.endpoint })

  expect(config.pin().keys[0]).not.toHaveProperty('dataType')
})
