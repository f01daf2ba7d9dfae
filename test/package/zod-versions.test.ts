import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { describeWithRegistry, installTarball, runIn } from '../support/tarball.ts'

const program = (zod: string) => `
import * as z from '${zod}'
import { json, loadConfig, parameter, reveal, secret, sensitive } from 'liveparam'
import { memorySource } from 'liveparam/testing'

const source = memorySource({
  parameters: {
    '/app/port': '5432\\n',
    '/app/tags': { type: 'StringList', value: 'a,b' },
    '/app/flags/x': '1',
    '/app/document': '{"n":1}',
    '/app/at': '2026-01-01',
    '/app/named': 'n',
    '/app/kind/type': 'k',
    '/app/kind/n': '3',
    '/app/token': { type: 'SecureString', value: 'hunter2' },
  },
  secrets: { db: '{"user":"u"}' },
})
const config = await loadConfig({
  source,
  path: '/app',
  poll: false,
  schema: z.object({
    port: z.number(),
    tags: z.array(z.string()),
    flags: z.record(z.string(), z.int()),
    document: json(z.object({ n: z.number() })),
    at: z.date(),
    renamed: parameter('named', z.string()),
    kind: z.discriminatedUnion('type', [
      z.object({ type: z.literal('k'), n: z.number() }),
      z.object({ type: z.literal('l') }),
    ]),
    db: secret('db', z.object({ user: z.string() })),
    token: sensitive(z.string()),
    level: z.string().default('info'),
    length: z.string().transform((text) => text.length).prefault('abc'),
    caught: z.number().catch(3),
    both: z.intersection(z.object({ a: z.string().optional() }), z.object({ b: z.string().optional() })).optional(),
    lazy: z.lazy(() => z.string()).nullable().optional(),
  }),
})
const port: number = config.current.port
const kind: 'k' | 'l' = config.current.kind.type
const host: string | undefined = config.current.both?.a
console.log(port, kind, host, JSON.stringify(reveal(config.current)))
await config.close()
const error = await loadConfig({
  source,
  path: '/app',
  poll: false,
  schema: z.object({ port: z.number().max(1), host: z.string(), token: z.enum(['a']) }).strict(),
}).catch((reason: Error) => reason)
console.log((error as Error).message)
`

// The ends of the range in package.json; the newest is what everything else is tested with.
describeWithRegistry('the oldest zod 3 that has zod 4 in it', () => reads('3.25.76', 'zod/v4'))
describeWithRegistry('the oldest zod 4', () => reads('4.0.0', 'zod'))

function reads(version: string, zod: string): void {
  let folder = ''

  beforeAll(async () => {
    const packages = [`zod@${version}`, '@types/node@20', 'typescript@~5.9.0']
    const installed = await installTarball({ packages })
    folder = installed.folder
    writeFileSync(join(folder, 'main.ts'), program(zod))
    const compilerOptions = { target: 'es2022', module: 'nodenext', strict: true, skipLibCheck: false, types: ['node'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }))
    return installed.remove
  }, 300_000)

  it('compiles, and its schemas are read', async () => {
    expect(await runIn(folder, ['node_modules/typescript/bin/tsc'])).toMatchObject({ code: 0, output: '' })
    const { code, output } = await runIn(folder, ['main.js'])

    expect(code).toBe(0)
    expect(output).toMatch(/^5432 k undefined \{"port":5432,.*"user":"u".*"caught":3\}$/m)
    expect(output).toMatch(/port {2}\/app\/port.*\n.*at most 1/)
    expect(output).toMatch(/host {2}\/app\/host/)
    expect(output.slice(output.indexOf('liveparam:'))).not.toContain('hunter2')
  })
}
