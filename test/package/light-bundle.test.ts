import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { at, localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { root } from '../support/entry-points.ts'
import { runNode } from '../support/run-process.ts'

beforeAll(assertBuilt)

const program = `
  import { loadConfig } from 'liveparam'
  import { lightClient } from 'liveparam/light'
  import * as z from 'zod'

  const schema = z.object({ port: z.number(), token: z.string() })
  const config = await loadConfig({ schema, path: '/app', client: lightClient() })
  console.log(config.current.port)
  await config.close()
`

it('a bundle with lightClient() has nothing of the SDK, and loads a configuration', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'liveparam-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'main.mjs')
  const { metafile } = await build({
    stdin: { contents: program, resolveDir: root },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*'],
    metafile: true,
    logLevel: 'error',
  })
  writeFileSync(join(folder, 'package.json'), '{}')
  const aws = await localAws()
  put(aws, { '/app/port': '8080', '/app/token': ['SecureString', 'hunter2'] })
  const { endpoint, region } = at(aws)
  const bundled = Object.keys(metafile.inputs).filter((file) => /@aws-sdk|@aws\//.test(file))
  const env = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region }

  expect(bundled).toEqual([])
  expect(await runNode([outfile], env)).toMatchObject({ code: 0, output: '8080\n', errors: '' })
})
