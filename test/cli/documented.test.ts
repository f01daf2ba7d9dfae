import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseArguments } from '../../src/cli/arguments.ts'
import { commands } from '../../src/cli/commands.ts'
import { localAws, put } from '../support/aws.ts'
import { assertBuilt } from '../support/built.ts'
import { makeProject } from '../support/cli.ts'
import { root } from '../support/entry-points.ts'

// The spans of telemetry.md are named like commands.
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((file) => `docs/${file}`)].filter(
  (file) => file.endsWith('.md') && file !== 'docs/telemetry.md',
)
const lines = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8')
  const found = text.matchAll(
    /`(?:\w+=\w+ )?(?:npx )?liveparam ([a-z][^`|&>\n]*)[^`\n]*`|(?:^(?:[ \-$]|run: |\w+=\w+ )*|&& )npx liveparam ([^#|&>\n]+)/gm,
  )
  return [...found].map(([, inline, line = '']) => ({ page, line: (inline ?? line).trim() }))
})

describe('the documentation', () => {
  it('shows command lines', () => {
    const shown = new Set(lines.map(({ line }) => line.split(' ')[0]))

    expect(commands.map(({ name }) => name).filter((name) => name !== 'completion' && !shown.has(name))).toEqual([])
  })

  it.each(lines)('$page: liveparam $line', async ({ line }) => {
    const [name = '', ...words] = line.split(/\s+/).map((word) => word.replace(/^'(.*)'$/, '$1'))
    const command = await commands.find((entry) => entry.name === (name === 'help' ? words[0] : name))?.load()

    expect(command, name).toBeDefined()
    if (command !== undefined && name !== 'help') parseArguments(words, command)
  })
})

describe('docs/command-line.md', () => {
  beforeAll(assertBuilt)

  it('begins with commands that run', { timeout: 60_000 }, async () => {
    const page = readFileSync(join(root, 'docs/command-line.md'), 'utf8')
    const [, first = ''] = /```sh\n([\s\S]*?)```/.exec(page) ?? []
    const [, definition = ''] = /```ts\n\/\/ shop\.ts\n([\s\S]*?)```/.exec(page) ?? []
    const aws = await localAws()
    put(aws, { '/shop/prod/db/host': 'a' })
    const profile = '[profile prod]\naws_access_key_id = test\naws_secret_access_key = test\n'
    const files = { 'shop.ts': definition, 'aws-config': profile }
    const project = makeProject(files, aws, { env: { AWS_CONFIG_FILE: 'aws-config' } })
    const written = first.split('\n').filter((line) => line !== '')

    for (const line of written) {
      const [, words = ''] = /npx liveparam ([^#)]+)/.exec(line) ?? []
      const { code, errors } = await project.run(...words.trim().split(/\s+/))
      expect({ line, code, errors: code === 0 ? '' : errors }).toEqual({ line, code: 0, errors: '' })
    }
    expect(written.length).toBeGreaterThan(3)
  })
})
