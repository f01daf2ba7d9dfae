import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { definition } from '../../examples/lambda/definition.ts'
import { asCommonJs, asModule } from '../../examples/lambda/settings.mjs'
import { loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { callsOf } from '../support/calls.ts'
import { allows, type Statement, statementsIn } from '../support/iam.ts'
import { callsDuringFreezes, startFunction } from '../support/lambda-runtime.ts'
import { runNode } from '../support/run-process.ts'

const example = fileURLToPath(new URL('../../examples/lambda/', import.meta.url))
const functions = fileURLToPath(new URL('../support/functions/', import.meta.url))
let folder = ''

// Outside the package, so that a bundle cannot find missing modules elsewhere.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'liveparam-lambda-'))
  return () => rm(folder, { recursive: true })
})

async function shop() {
  const aws = await localAws()
  put(aws, { '/shop/prod/greeting': 'Welcome', '/shop/prod/checkoutEnabled': 'true' })
  aws.secrets.create({ name: 'prod/mail', value: 'hunter2' })
  return { aws }
}

describe('examples/lambda', () => {
  it('builds and answers as an ES module and as CommonJS', { timeout: 60_000 }, async () => {
    expect(await runNode([join(example, 'build.mjs'), folder])).toEqual({ code: 0, output: '', errors: '' })
    const { aws } = await shop()
    for (const format of ['esm', 'commonjs']) {
      const lambda = await startFunction(aws, { root: join(folder, format), handler: 'index.handler' })
      const { kind, body, left } = await lambda.invoke({ queryStringParameters: { name: 'Ada' } })

      expect({ kind, body }).toEqual({
        kind: 'response',
        body: { statusCode: 200, body: 'Welcome, Ada. The checkout is open.' },
      })
      expect(left).toMatchObject({ timers: [], requests: [] })
      expect(lambda.output).toBe('liveparam: loaded as revision 1\n')
    }
  })

  it('has a policy that allows exactly its calls', async () => {
    const { aws } = await shop()
    const { schema, path } = definition
    const config = await loadConfig({ schema, path: path ?? [], ...at(aws) })
    onTestFinished(() => config.close())
    aws.secrets.delete({ id: 'prod/mail', force: true })
    await config.refresh().catch(() => undefined)
    const document = (await readFile(join(example, 'policy.json'), 'utf8'))
      .replaceAll('REGION', 'us-east-1')
      .replaceAll('ACCOUNT', '123456789012')
      .replaceAll('??????', '*')
    const statements = statementsIn(JSON.parse(document))
    const calls = callsOf(aws)
    const grants = statements.flatMap(({ Action, Resource = [], ...rest }) =>
      Action.flatMap((action) =>
        Resource.map((resource): Statement => ({ ...rest, Action: [action], Resource: [resource] })),
      ),
    )

    expect(calls.filter((call) => !statements.some((statement) => allows(statement, call)))).toEqual([])
    expect(grants.filter((grant) => !calls.some((call) => allows(grant, call)))).toEqual([])
  })
})

describe('the settings of examples/lambda', () => {
  const bundles: readonly [string, string, BuildOptions][] = [
    ['wrapped.mjs', 'index.mjs', asModule],
    ['created.cjs', 'index.cjs', asCommonJs],
  ]

  it.each(bundles)('bundle %s, which survives freezes', { timeout: 60_000 }, async (entry, name, settings) => {
    const root = await mkdtemp(join(folder, 'frozen-'))
    const files = { entryPoints: [join(functions, entry)], outfile: join(root, name) }
    await build({ ...settings, ...files, logLevel: 'error' })
    const aws = await localAws()
    put(aws, { '/app/a': 'first', '/app/more/m': 'x' })
    const lambda = await startFunction(aws, { root, handler: 'index.handler' })
    expect(await lambda.invoke()).toMatchObject({ kind: 'response', body: { a: 'first' } })
    for (const a of ['second', 'third']) {
      await lambda.stayFrozen(1_200)
      put(aws, { '/app/a': a })
      aws.closeIdleConnections()
      const { kind, body, left } = await lambda.invoke({ until: a })
      expect({ kind, body }).toMatchObject({ kind: 'response', body: { a, state: 'ready', failures: 0 } })
      expect(left).toMatchObject({ timers: [], requests: [] })
    }
    expect(callsDuringFreezes(aws, lambda)).toEqual([])
  })

  it('are necessary', { timeout: 60_000 }, async () => {
    const { mainFields: _, banner: __, ...plain } = asModule
    const outfile = join(folder, 'plain/index.mjs')
    await build({ ...plain, entryPoints: [join(example, 'esm/index.ts')], outfile, logLevel: 'error' })
    const { aws } = await shop()
    const lambda = await startFunction(aws, { root: join(folder, 'plain'), handler: 'index.handler' })
    await expect(lambda.initialized).rejects.toThrow(/Dynamic require of "node:\w+" is not supported/)

    const entryPoints = [join(example, 'esm/index.ts')]
    const early = build({ ...asCommonJs, entryPoints, outfile, logLevel: 'silent' })
    await expect(early).rejects.toThrow('Top-level await is currently not supported with the "cjs" output format')
  })
})
