import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { staleMeanings, stateStyles } from '../../src/cli/watch-log.ts'
import { localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { configModule, makeProject } from '../support/cli.ts'
import { root } from '../support/entry-points.ts'
import { open } from '../support/status-page.ts'

beforeAll(assertBuilt)

it('calls the facts of a key the same on the status page, in the command line and in the docs', {
  timeout: 60_000,
}, async () => {
  const page = await open()
  const columns = [...(await page.html()).matchAll(/<th scope="col">(\w+)<\/th>/g)].map(([, name = '']) => name)
  const facts = columns.slice(0, columns.indexOf('Written') + 1).map((name) => name.toLowerCase())

  const aws = await localAws()
  put(aws, { '/shared/db/host': 'a', '/shop/prod/db/host': 'b' })
  const options = "path: ['/shared', '/shop/prod']"
  const project = makeProject({ 'config.mjs': configModule('{ db: z.object({ host: z.string() }) }', options) }, aws)
  const { output } = await project.runOnTerminal(140, 'explain', 'db.host', '--reveal')
  const all = await project.runOnTerminal(140, 'explain')
  const printed = `${output}${all.output}`.toLowerCase()
  const docs = ['command-line', 'express', 'options'].map((name) => readFileSync(join(root, `docs/${name}.md`), 'utf8'))

  expect(facts).toEqual(['key', 'value', 'parameter', 'layer', 'version', 'type', 'written'])
  expect(facts.filter((name) => !printed.includes(name))).toEqual([])
  expect(facts.filter((name) => !docs.join('\n').toLowerCase().includes(name))).toEqual([])
})

it('names in docs/operations.md every state, and every reason why a config is stale', () => {
  const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8')
  const words = [...Object.keys(stateStyles), ...Object.keys(staleMeanings)]

  expect(words).toContain('candidate-rejected')
  expect(words.filter((word) => !operations.includes(word))).toEqual([])
})
