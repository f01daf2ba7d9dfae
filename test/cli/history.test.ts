import { beforeAll, describe, expect, it } from 'vitest'
import { localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject } from '../support/cli.ts'

beforeAll(assertBuilt)

async function shop() {
  const aws = await localAws()
  for (const value of ['hunter1', 'hunter2', 'hunter3']) put(aws, { '/shop/prod/host': value })
  put(aws, { '/shared/host': 'hunter4' })
  const text = configModule(
    "{ host: z.string(), login: secret('prod/db', z.string()) }",
    "path: ['/shared', '/shop/prod', '/none']",
  )
  return { aws, project: makeProject({ 'config.mjs': text }, aws) }
}

describe('history', () => {
  it('lists the versions of a key in every layer, the newest first, without values', async () => {
    const { project } = await shop()
    const { code, output } = await project.run('history', 'host', '--json')
    const { names, versions } = JSON.parse(output)

    expect(code).toBe(0)
    expect(names).toEqual(['/none/host', '/shop/prod/host', '/shared/host'])
    expect(versions).toMatchObject([
      { parameter: '/shop/prod/host', version: 3, type: 'String', labels: [] },
      { parameter: '/shop/prod/host', version: 2 },
      { parameter: '/shop/prod/host', version: 1 },
      { parameter: '/shared/host', version: 1 },
    ])
    expect(Date.parse(versions[0].modifiedAt)).toBeGreaterThan(0)
    expect(output).not.toContain('hunter')
  })

  it('prints a table for people, also by the name of a parameter', async () => {
    const { project } = await shop()
    const { code, output } = await project.run('history', 'config.mjs', '/shop/prod/host')

    expect(code).toBe(0)
    expect(output).toMatch(/^\/shop\/prod\/host\n {2}VERSION +WRITTEN +USER +TYPE/)
    expect(output).toMatch(/^ {2}3 +\d{4}-\d\d-\d\d \d\d:\d\d UTC +less than a minute ago/m)
    expect(output).not.toContain('hunter')
    expect(await project.run('history', '/shop/prod/other')).toMatchObject({
      code: 1,
      output: '/shop/prod/other\n  nothing is stored\n',
    })
  })

  it.each([
    [['history'], 'liveparam history needs a key'],
    [['history', 'hots'], 'there is no key "hots": did you mean host?'],
    [['history', 'login'], 'login is a secret, which has no history in Parameter Store'],
  ])('explains its arguments: %j', async (args, message) => {
    const { project } = await shop()

    expect(await project.run(...args)).toMatchObject({ code: 2, output: '', errors: expect.stringContaining(message) })
  })

  it('names the action of a denial', async () => {
    const { aws, project } = await shop()
    aws.policy.deny({ action: 'ssm:GetParameterHistory', resource: '*' })
    const { code, errors } = await project.run('history', 'host')

    expect(code).toBe(2)
    expect(errors).toContain('ssm:GetParameterHistory')
    expect(errors).toContain('  → allow ssm:GetParameterHistory')
  })
})
