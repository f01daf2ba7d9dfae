import { describe, expect, it } from 'vitest'
import { localAws, put } from '../support/aws.ts'
import { configModule, makeProject } from '../support/cli.ts'

const definition = configModule('{ a: z.string() }')

describe('the definition', () => {
  it.each(['liveparam.config.js', 'config.ts', 'config.mjs', 'src/config.ts', 'src/config/index.js'])(
    'is found by name in %s',
    async (file) => {
      const aws = await localAws()
      put(aws, { '/shop/prod/a': 'x' })
      const { code, output } = await makeProject({ [file]: definition }, aws).run('check')

      expect(output).toContain(`${file}  /shop/prod`)
      expect(code).toBe(0)
    },
  )

  it('is found above the folder, up to the next package.json', async () => {
    const aws = await localAws()
    put(aws, { '/shop/prod/a': 'x' })
    const project = makeProject({ 'config.js': definition, 'deep/er/file.txt': '', 'other/package.json': '{}' }, aws)

    expect(await project.runIn('deep/er', 'check')).toMatchObject({ code: 0, errors: '' })
    expect(await project.runIn('other', 'check')).toMatchObject({ code: 2, output: '' })
  })

  it('may use everything that TypeScript has, with jiti', async () => {
    const aws = await localAws()
    put(aws, { '/shop/prod/a': 'x' })
    const files = {
      'config.ts': `
        import { defineConfig } from 'liveparam'
        import { schema, Level } from './schema'
        enum Stage { Prod = 'prod' }
        export default defineConfig({ schema, path: \`/shop/\${Stage.Prod}\`, maxStaleMs: Level.High })
      `,
      'schema.ts':
        "import * as z from 'zod'; export enum Level { High = 3 }; export const schema = z.object({ a: z.string() })",
    }

    expect(await makeProject(files, aws).run('check')).toMatchObject({ code: 0, errors: '' })
  })

  it('says how to install jiti if Node cannot read the file', async () => {
    const file = 'export enum Level { High = 1 }'
    const { code, errors } = await makeProject({ 'config.ts': file }, undefined, { packages: ['zod'] }).run('check')

    expect(code).toBe(2)
    expect(errors.replace(/\s+/g, ' ')).toMatch(/^liveparam: Node\.js v\d+\S* cannot import \S*config\.ts by itself/)
    expect(errors).toContain('  → npm install --save-dev jiti\n')
  })

  it.each([
    [
      "throw new TypeError('APP_ENV is not set')",
      /importing config\.mjs failed[\s\S]+TypeError: APP_ENV is not set[\s\S]+config\.mjs:1/,
    ],
    [
      'export const schema = 1, other = 2',
      /exports no definition: it exports other, schema\n {2}→ export const definition/,
    ],
    [`${definition}; export const second = { ...definition }`, /^$/],
    [
      `${definition.replace('const definition', 'const one')}\nexport const two = { ...one }`,
      /exports several definitions: one, two\n {2}→ liveparam check config\.mjs --export one/,
    ],
    [
      'export const config = { retryOnAuthError() {}, explain() {}, current: {} }',
      /exports a live config \(config\) and no definition/,
    ],
    [
      configModule('{ a: z.string() }', "path: 'shop', pth: 1"),
      /the definition has 2 problems[\s\S]+did you mean path\?/,
    ],
  ])('is reported as one block: %s', async (text, expected) => {
    const aws = await localAws()
    put(aws, { '/shop/prod/a': 'x' })
    const { errors } = await makeProject({ 'config.mjs': text }, aws).run('check')

    expect(errors).toMatch(expected)
    expect(errors).not.toContain('node:internal')
  })

  it('is looked for by names that the error lists', async () => {
    const { code, errors } = await makeProject({}).run('check')

    expect(code).toBe(2)
    expect(errors.replace(/\s+/g, ' ')).toContain('looked for liveparam.config.ts, config.ts, src/config.ts')
    expect(errors).toContain('  → liveparam check path/to/config.ts')
  })

  it('is read at the path, region, endpoint and profile of the command line', async () => {
    const [one, other] = [await localAws(), await localAws({ region: 'eu-north-1', accountId: '999999999999' })]
    put(one, { '/shop/prod/a': 'x' })
    put(other, { '/shop/blue/a': 'x', '/shop/green/a': 'x' })
    const profiles = '[profile blue]\nregion = eu-north-1\naws_access_key_id = a\naws_secret_access_key = b\n'
    const project = makeProject({ 'config.js': definition, 'aws-config': profiles }, one)
    const moved = ['--path', '/shop/blue', '--path', '/shop/green', '--endpoint', other.endpoint]
    const byRegion = await project.run('check', ...moved, '--region', 'eu-north-1', '--json')
    const env = {
      AWS_CONFIG_FILE: `${project.folder}/aws-config`,
      AWS_REGION: undefined,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
    }
    const second = makeProject({ 'config.js': definition }, one, { env })
    const byProfile = await second.run('check', ...moved, '--profile', 'blue', '--json')

    for (const { code, output } of [byRegion, byProfile]) {
      expect(code).toBe(0)
      expect(JSON.parse(output)).toMatchObject({
        paths: ['/shop/blue', '/shop/green'],
        where: { account: '999999999999', region: 'eu-north-1' },
        keys: [{ key: 'a', stored: { parameter: '/shop/green/a' }, overridden: [{ parameter: '/shop/blue/a' }] }],
      })
    }
    expect(JSON.parse(byProfile.output).where).toMatchObject({ profile: 'blue', credentials: 'a profile' })
  })
})
