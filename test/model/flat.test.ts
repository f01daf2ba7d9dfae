import { expect, it } from 'vitest'
import { runNode } from '../support/run-process.ts'
import { isWholeSuite } from '../support/suite.ts'

const count = isWholeSuite ? 10_000 : 3_000

// In a separate process, so that no other test uses the heap.
const script = `
  import * as z from 'zod'
  import { createConfig } from './src/index.ts'
  import { memorySource } from './src/testing/index.ts'

  const source = memorySource({ secrets: { login: '{"user":"u"}' } })
  for (let index = 0; index < 50; index++) source.put('/app/k' + index, { value: 'v'.repeat(100), type: 'SecureString' })
  const config = createConfig({ schema: z.record(z.string(), z.string()), path: '/app', source, poll: false })
  await config.ready
  config.watch((value) => value.k0, () => undefined)
  config.on('change', () => undefined)

  const refresh = async (count) => {
    for (let index = 0; index < count; index++) {
      source.delete('/app/k0')
      source.put('/app/k0', { value: String(index), version: index + 2, type: 'SecureString' })
      if (index % 2 === 0) config.watch((value) => value.k1, () => undefined)[Symbol.dispose]()
      await config.refresh()
    }
    for (let round = 0; round < 3; round++) { gc(); await new Promise(setImmediate) }
    const handles = process.getActiveResourcesInfo().filter((kind) => !/PipeWrap|Immediate/.test(kind))
    return { heap: process.memoryUsage().heapUsed, handles: handles.length }
  }
  await refresh(1000)
  const before = await refresh(1000)
  const after = await refresh(${count - 2_000})
  console.log(JSON.stringify({
    grownBy: after.heap - before.heap,
    handles: after.handles - before.handles,
    revision: config.pin().revision,
  }))
  await config.close()`

it(`the heap does not grow in ${count} refreshes`, { timeout: 60_000 }, async () => {
  const { code, output, errors } = await runNode(['--expose-gc', '--input-type=module', '-e', script])
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  const { grownBy, handles, revision } = JSON.parse(output)

  expect(revision).toBe(count + 1)
  expect(handles).toBe(0)
  // The heap varies by a megabyte. One leaked snapshot per refresh would add ten megabytes per thousand.
  expect(grownBy).toBeLessThan(4_000_000)
})
