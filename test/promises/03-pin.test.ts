import { expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, isConfigError } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'

it('3. shows a reader one whole snapshot', async () => {
  const aws = await localAws()
  put(aws, { '/app/a': '1', '/app/b': '2' })
  const schema = z.object({ a: z.number(), b: z.number() })
  await using config = createConfig({ schema, path: '/app', ...at(aws) })

  expect(() => config.current).toThrow(expect.objectContaining({ code: 'NOT_READY' }))
  expect(() => config.pin()).toThrow(/await config.ready/)
  await config.ready
  const pinned = config.pin()

  expect(pinned.value).toEqual({ a: 1, b: 2 })
  expect(config.pin()).toBe(pinned)
})

it('3. throws the error of a failed start from every read', async () => {
  const aws = await localAws()
  await using config = createConfig({ schema: z.object({ a: z.string() }), path: '/app', ...at(aws) })
  const error: unknown = await config.ready.catch((reason: unknown) => reason)

  expect(isConfigError(error)).toBe(true)
  expect(() => config.current).toThrow(error as Error)
})
