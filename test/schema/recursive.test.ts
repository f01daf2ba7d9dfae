import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, secret } from '../../src/index.ts'
import { memorySource } from '../../src/testing/memory-source.ts'
import { loadError } from '../support/rejection.ts'

interface Folder {
  readonly name: string
  readonly inside?: Folder | undefined
}

const folder: z.ZodType<Folder> = z.lazy(() => z.object({ name: z.string(), inside: folder.optional() }))

it('reads a recursive schema to the depth of the stored names', async () => {
  const source = memorySource({
    parameters: { '/app/top/name': 'a', '/app/top/inside/name': 'b', '/app/top/inside/inside/name': 'c' },
  })
  const config = await loadConfig({ schema: z.object({ top: folder }), path: '/app', source })

  expect(config.current.top).toEqual({ name: 'a', inside: { name: 'b', inside: { name: 'c' } } })
})

it('rejects an object that requires itself', async () => {
  const endless: z.ZodType<unknown> = z.lazy(() => z.object({ left: endless, right: endless }))
  const both: z.ZodType<unknown> = z.lazy(() => z.union([z.object({ a: both }), z.object({ b: both })]))
  const schema = z.object({ endless, both })
  const error = await loadError(loadConfig({ schema, path: '/app', source: memorySource() }))

  expect(error.missing.map(({ key }) => key)).toContain('endless.left')
})

it('accepts a recursive schema for a secret', async () => {
  const source = memorySource({ secrets: { tree: '{"name":"a","inside":{"name":"b"}}' } })
  const config = await loadConfig({ schema: z.object({ tree: secret('tree', folder) }), source })

  expect(config.current.tree.inside?.name).toBe('b')
})
