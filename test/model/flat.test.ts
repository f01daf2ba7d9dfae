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
    handles: after.handles,
    revision: config.pin().revision,
  }))
  await config.close()`

it(`the heap does not grow in ${count} refreshes`, { timeout: 180_000 }, async () => {
  const { code, output, errors } = await runNode(['--expose-gc', '--input-type=module', '-e', script])
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  const { grownBy, handles, revision } = JSON.parse(output)

  expect(revision).toBe(count + 1)
  expect(handles).toBe(0)
  // The heap varies by a megabyte. One leaked snapshot per refresh would add ten megabytes per thousand.
  expect(grownBy).toBeLessThan(4_000_000)
})

const quiet = `
  import * as z from 'zod'
  import { createConfig, parameter } from './src/index.ts'
  import { memorySource } from './src/testing/index.ts'

  const stored = memorySource({ parameters: { '/named': 'v'.repeat(4e6) } })
  for (let index = 0; index < 1000; index++) stored.put('/app/k' + index, 'v'.repeat(4000))
  // Like AWS, it answers each time with texts of its own.
  const copy = (parameter) => ({ ...parameter, value: Buffer.from(parameter.value).toString() })
  const source = {
    ...stored,
    async read(request, options) {
      const { hierarchies, names, ...reading } = await stored.read(request, options)
      return {
        ...reading,
        hierarchies: hierarchies.map((hierarchy) => ({ ...hierarchy, parameters: hierarchy.parameters.map(copy) })),
        names: new Map([...names].map(([name, outcome]) => [name, { ...outcome, found: copy(outcome.found) }])),
      }
    },
  }
  const schema = z.object({ app: z.record(z.string(), z.string()), named: parameter('/named', z.string()) })
  const config = createConfig({ schema, path: '/', source, poll: false, logger: false })
  const heapAfter = async (done) => {
    await done
    for (let round = 0; round < 3; round++) { gc(); await new Promise(setImmediate) }
    return process.memoryUsage().heapUsed
  }
  const loaded = await heapAfter(config.ready)
  const refreshed = await heapAfter(config.refresh())
  console.log(JSON.stringify({ grownBy: refreshed - loaded, revision: config.pin().revision }))
  await config.close()`

it('a refresh without a change keeps one copy of the 8 MB of texts', { timeout: 180_000 }, async () => {
  const { code, output, errors } = await runNode(['--expose-gc', '--input-type=module', '-e', quiet])
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  const { grownBy, revision } = JSON.parse(output)

  expect(revision).toBe(1)
  expect(grownBy).toBeLessThan(2_000_000)
})
