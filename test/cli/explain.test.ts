import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject } from '../support/cli.ts'

beforeAll(assertBuilt)

const schema = `{
  db: z.object({ host: z.string(), port: z.number().default(5432), password: secret('prod/db', z.string()) }),
  apiKey: z.string(),
  hidden: sensitive(z.string()).default('hunter3'),
  proxy: sensitive(z.string()),
  limits: z.record(z.string(), z.number()),
}`

async function shop() {
  const aws = await localAws()
  aws.secrets.create({ name: 'prod/db', value: 'hunter1' })
  aws.secrets.create({ name: 'proxy', value: 'hunter4' })
  put(aws, { '/shared/db/host': 'a', '/shop/prod/apiKey': ['SecureString', 'hunter2'], '/shop/prod/limits/eu': '5' })
  put(aws, { '/shop/prod/db/host': 'b', '/shop/prod/proxy': '/aws/reference/secretsmanager/proxy' })
  put(aws, { '/shop/prod/db/host': 'c' })
  const text = configModule(schema, "path: ['/shared', '/shop/prod']")
  return { aws, project: makeProject({ 'config.mjs': text }, aws) }
}

describe('explain', () => {
  it('shows parameter, layer, type and version of every key, and the calls', async () => {
    const { project } = await shop()
    const { code, output } = await project.run('explain', '--json')
    const { keys, calls, paths } = JSON.parse(output)

    expect(code).toBe(0)
    expect(paths).toEqual(['/shared', '/shop/prod'])
    expect(keys).toMatchObject([
      {
        key: 'db.host',
        status: 'ok',
        expected: 'string',
        stored: { parameter: '/shop/prod/db/host', layer: '/shop/prod', type: 'String', version: '2' },
        overridden: [{ parameter: '/shared/db/host', version: '1' }],
        names: ['/shop/prod/db/host', '/shared/db/host'],
      },
      { key: 'db.port', status: 'absent', expected: 'number' },
      { key: 'db.password', stored: { parameter: 'secret prod/db', type: 'Secret' }, isSensitive: true },
      { key: 'apiKey', stored: { type: 'SecureString' }, isSensitive: true },
      { key: 'hidden', status: 'absent', isSensitive: true },
      { key: 'proxy', stored: { reference: { secret: 'secret proxy' } } },
      { key: 'limits.eu', stored: { parameter: '/shop/prod/limits/eu' } },
    ])
    expect(calls.map(({ action }: { action: string }) => action)).toContain('ssm:GetParametersByPath')
    expect((await project.run('explain')).output).toMatch(
      /^db\.host +\/shop\/prod\/db\/host +String +2 +\d{4}-\d\d-\d\d +\/shared$/m,
    )
  })

  it('shows everything about one key, also by the name of its parameter', async () => {
    const { project } = await shop()
    const { code, output } = await project.run('explain', 'config.mjs', 'db.host')

    expect(code).toBe(0)
    expect(output).toMatch(/^ {2}version +2, written \d{4}-\d\d-\d\d \d\d:\d\d UTC, less than a minute ago$/m)
    expect(output).toMatch(/^ {2}overrides +\/shared\/db\/host {2}String, version 1/m)
    expect((await project.run('explain', '/shared/db/host')).output.split('\n').slice(2)).toEqual(
      output.split('\n').slice(2),
    )
  })

  it('names the nearest key', async () => {
    const { project } = await shop()

    expect(await project.run('explain', 'db.hots')).toMatchObject({
      code: 2,
      output: '',
      errors: 'liveparam: there is no key "db.hots": did you mean db.host?\n  → liveparam explain config.mjs db.host\n',
    })
  })

  it('explains what is stored if a start would fail', async () => {
    const { aws, project } = await shop()
    put(aws, { '/shop/prod/limits/eu': 'five' })

    expect((await project.run('explain')).code).toBe(1)
    expect(await project.run('explain', 'db.host')).toMatchObject({
      code: 0,
      output: expect.stringContaining('/shop/prod/db/host'),
    })
    expect(await project.run('explain', 'limits')).toMatchObject({
      code: 1,
      output: expect.stringContaining('[INVALID_VALUE]'),
    })
  })

  it('shows the value of one key on a terminal only', async () => {
    const { project } = await shop()

    expect((await project.runOnTerminal(80, 'explain', 'db.host', '--reveal')).output).toMatch(/value +"c"\r?$/m)
    expect((await project.runOnTerminal(80, 'explain', 'db.port', '--reveal')).output).toMatch(/value +5432\r?$/m)
    expect((await project.runOnTerminal(80, 'explain', 'db.host')).output).not.toMatch(/^ {2}value/m)
    expect((await project.runOnTerminal(80, 'explain', 'db.host', '--reveal', '--values=never')).output).not.toMatch(
      /^ {2}value/m,
    )
    expect(await project.run('explain', 'db.host', '--reveal')).toMatchObject({ code: 2, output: '' })
    expect(await project.run('explain', '--reveal')).toMatchObject({ code: 2, output: '' })
  })

  it.each(['db.password', 'apiKey', 'hidden', 'proxy', 'db'])('never shows a secret: %s', async (key) => {
    const { project } = await shop()
    const shown = await project.runOnTerminal(80, 'explain', key, '--reveal')
    const json = await project.run('explain', key, '--json')

    expect(shown.output + json.output).not.toContain('hunter')
  })

  it.each([80, 140])('fits a terminal of %i columns', async (columns) => {
    const { project } = await shop()
    for (const args of [['explain'], ['explain', 'db.host'], ['check'], ['help', 'explain']]) {
      const { output } = await project.runOnTerminal(columns, ...args)
      const lines = output
        .replaceAll('\r\n', '\n')
        .split('\n')
        .map((line) => stripVTControlCharacters(line.slice(line.lastIndexOf('\r') + 1)))

      expect(lines.filter((line) => line.length > columns)).toEqual([])
    }
  })
})
