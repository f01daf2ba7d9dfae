import { beforeAll, describe, expect, it } from 'vitest'
import { at, localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject } from '../support/cli.ts'

beforeAll(assertBuilt)

const definition = configModule('{ db: z.object({ host: z.string(), port: z.number() }), "odd.key": z.string() }')
const several = `${definition.replace('const definition', 'const one')}\nexport const two = { ...one }`

/** The words of a line as a shell reads them. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'((?:[^']|'\\'')*)'|(\S+)/g)].map(([, text, bare]) => text ?? bare ?? '')
}

describe('the next command', () => {
  it.each([
    ['explain', 'db.hots'],
    ['explain', 'config.mjs', 'unknown.key.of.mine'],
    ['history', 'db.hots'],
    ['history', 'nothing.like.it'],
    ['check', 'confg.mjs'],
    ['check', 'several.mjs'],
    ['check', 'several.mjs', '--export', 'twoo'],
    ['diff', '/shop/prod', '/shop/other'],
    ['check', '--path', '/shop/denied'],
    ['watch', '--path', '/shop/denied'],
  ])('works as it is, and reads the same place: %j', async (...args) => {
    const [aws, elsewhere] = [await localAws(), await localAws()]
    put(aws, {
      '/shop/prod/db/host': 'a',
      '/shop/prod/db/port': '1',
      '/shop/prod/odd.key': 'x',
      '/shop/other/db/host': 'b',
    })
    aws.policy.deny({ action: 'ssm:GetParameters', resource: '/shop/denied/*' })
    // Only the options of the command line lead to the right place.
    const project = makeProject({ 'config.mjs': definition, 'several.mjs': several }, elsewhere)
    const { endpoint, region } = at(aws)
    const { code, errors } = await project.run(...args, '--endpoint', endpoint, '--region', region)
    const lines = [...errors.matchAll(/^ {2}→ liveparam (.*)$/gm)].map(([, line = '']) => line)

    expect(code).not.toBe(0)
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) {
      const words = wordsOf(line)
      const next = await project.run(...words)
      expect(next.code, next.errors).toBeLessThan(2)
      if (words[0] !== 'infra') expect(words).toEqual(expect.arrayContaining(['--endpoint', endpoint]))
    }
  })

  it('begins with npx where a package manager has put the program', async () => {
    const project = makeProject({}, undefined, { env: { npm_execpath: '/usr/lib/npm.js' } })

    expect((await project.run('check')).errors).toContain('  → npx liveparam init\n')
  })
})
