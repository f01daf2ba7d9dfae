import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { entryPoints } from '../support/entry-points.ts'
import { describeWithRegistry, installTarball, runIn } from '../support/tarball.ts'

const names = JSON.stringify(entryPoints().map(({ name }) => name))

// Besides zod, only liveparam/otel needs its peer to be imported.
describeWithRegistry('the package, installed into an empty project', () => {
  let folder = ''

  beforeAll(async () => {
    const installed = await installTarball({ packages: ['zod@4', '@opentelemetry/api@1'] })
    folder = installed.folder
    return installed.remove
  }, 300_000)

  it('exports every entry point to ES modules', async () => {
    const program = `
      const exported = []
      for (const name of ${names}) exported.push([name, Object.keys(await import(name))])
      console.log(JSON.stringify(exported))
    `
    const { code, output, errors } = await run('import.mjs', program)

    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(JSON.parse(output)).toEqual(await exportedNames())
  })

  it('exports every entry point to CommonJS', async () => {
    const program = `
      const exported = ${names}.map((name) => [name, Object.keys(require(name))])
      console.log(JSON.stringify(exported))
    `
    // Node 20 warns of it.
    const { code, output } = await run('require.cjs', program)

    expect(code).toBe(0)
    expect(JSON.parse(output)).toEqual(await exportedNames())
  })

  it.each([
    [
      'an ES module',
      'load.mjs',
      "import * as liveparam from 'liveparam'; import { startLocalAws } from 'liveparam/local'",
    ],
    [
      'CommonJS',
      'load.cjs',
      "const liveparam = require('liveparam'); const { startLocalAws } = require('liveparam/local')",
    ],
  ])('loads a configuration in %s', async (_, file, head) => {
    const program = `
      ${head}
      startLocalAws().then(async (aws) => {
        const z = await import('zod')
        aws.parameters.put({ name: '/app/port', value: '8080' })
        aws.parameters.put({ name: '/app/key', value: 'hunter2', type: 'SecureString' })
        const { endpoint, region } = aws.clientOptions
        const schema = z.object({ port: z.number(), key: liveparam.sensitive(z.string()) })
        const config = await liveparam.loadConfig({ schema, path: '/app', endpoint, region })
        console.log(config.current)
        await config.close()
        await aws.close()
      })
    `
    const { code, output } = await run(file, program)

    expect({ code, output }).toEqual({ code: 0, output: "{ port: 8080, key: '[redacted]' }\n" })
  })

  function run(name: string, program: string) {
    writeFileSync(join(folder, name), program)
    return runIn(folder, [name])
  }
})

function exportedNames(): Promise<unknown[]> {
  return Promise.all(entryPoints().map(async ({ name, code }) => [name, Object.keys(await import(code))]))
}

// Middy 7 runs on Node 22 and newer only.
const describeOnNode22 = Number(process.versions.node.split('.')[0]) >= 22 ? describeWithRegistry : () => undefined

describeOnNode22('the package, beside Middy 7', () => {
  it('gives a handler its configuration', async () => {
    const { folder, remove } = await installTarball({ packages: ['zod@4', '@middy/core@7'] })
    onTestFinished(remove)
    const program = `
      import middy from '@middy/core'
      import { configMiddleware } from 'liveparam/lambda'
      import { createTestConfig } from 'liveparam/testing'
      import * as z from 'zod'
      const options = { schema: z.object({ a: z.string() }), path: '/app' }
      const config = await createTestConfig(options, { values: { a: 'first' } })
      const handler = middy().use(configMiddleware(config)).handler(async (event, context) => context.config.a)
      const before = await handler({}, {})
      await config.set({ values: { a: 'second' } })
      console.log(before, await handler({}, {}))
      await config.close()
    `
    writeFileSync(join(folder, 'middy.mjs'), program)

    expect(await runIn(folder, ['middy.mjs'])).toMatchObject({ code: 0, output: 'first second\n' })
  })
})
