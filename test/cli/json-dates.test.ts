import { beforeAll, describe, expect, it } from 'vitest'
import { localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject } from '../support/cli.ts'

beforeAll(assertBuilt)

async function shop() {
  const aws = await localAws()
  put(aws, { '/shared/host': 'a', '/prod/host': 'b', '/staging/host': 'c' })
  const text = configModule('{ host: z.string() }', "path: ['/shared', '/prod'], poll: { everyMs: 1_000 }")
  return { aws, project: makeProject({ 'config.mjs': text }, aws) }
}

/** The dates in JSON, by the names of their members. */
function datesIn(output: string): ReadonlyMap<string, readonly unknown[]> {
  const dates = new Map<string, unknown[]>()
  for (const line of output.startsWith('{\n') ? [output] : output.trimEnd().split('\n')) {
    JSON.parse(line, (name, value) => {
      if (/(?:^a|A)t$/.test(name)) dates.set(name, [...(dates.get(name) ?? []), value])
      return value
    })
  }
  return dates
}

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

describe('every date in the output of --json is an ISO 8601 text', () => {
  it.each([
    ['check', 3],
    ['explain', 2],
    ['diff /prod /staging', 2],
    ['history host', 2],
  ])('%s', async (command, count) => {
    const { project } = await shop()
    const { output } = await project.run(...command.split(' '), '--json')
    const dates = [...datesIn(output).values()].flat()

    expect(dates).toEqual(Array.from({ length: count }, () => iso))
  })

  it('watch', async () => {
    const { aws, project } = await shop()
    const running = project.start('watch', '--json')
    await expect.poll(running.output).toContain('ready')
    put(aws, { '/prod/host': 'd' })
    await expect.poll(running.output).toContain('"change"')
    running.process.kill('SIGINT')
    await running.ended
    const dates = datesIn(running.output())

    expect([...dates.keys()].sort()).toEqual(['at', 'modifiedAt'])
    expect([...dates.values()].flat()).toEqual(Array.from({ length: 6 }, () => iso))
  })

  it('so that check --against reads them again', async () => {
    const { aws, project } = await shop()
    const before = await project.run('check', '--json')
    project.write('before.json', before.output)
    const unchanged = await project.run('check', '--json', '--against', 'before.json')
    aws.parameters.delete('/prod/host')
    put(aws, { '/prod/host': 'b' })
    const changed = await project.run('check', '--json', '--against', 'before.json')

    expect(JSON.parse(unchanged.output).notes).toEqual([])
    expect(JSON.parse(changed.output).notes).toMatchObject([
      {
        code: 'CHANGED',
        key: 'host',
        detail: `it was deleted and created again (since ${JSON.parse(before.output).checkedAt})`,
      },
    ])
  })
})
