import { expect, it } from 'vitest'
import * as z from 'zod'
import { defineConfig, loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

it('22. isolates two configs in one process', async () => {
  const [one, other] = [await localAws(), await localAws()]
  put(one, { '/app/a': 'one' })
  put(other, { '/app/a': 'other' })
  const schema = z.object({ a: z.string() })
  const [first, second] = await Promise.all(
    [one, other].map((aws) => loadConfig(defineConfig({ schema, path: '/app', ...at(aws) }))),
  )
  await first?.close()
  one.policy.deny({ action: '*', resource: '*' })
  await loadError(loadConfig({ schema, path: '/app', ...at(one) }))
  await using third = await loadConfig({ schema, path: '/app', ...at(other) })

  expect(first?.current).toEqual({ a: 'one' })
  expect(second?.current).toEqual({ a: 'other' })
  expect(third.current).toEqual({ a: 'other' })
  await second?.close()
})
