import { readdirSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { assertBuilt } from '../support/built.ts'
import { root } from '../support/entry-points.ts'

beforeAll(assertBuilt)

it('maps each function of the package to the line of the source that declares it', () => {
  const dist = join(root, 'dist')
  const maps = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js.map'))
  const wrong: string[] = []
  let functions = 0
  for (const file of maps) {
    const map = new SourceMap(JSON.parse(readFileSync(join(dist, file), 'utf8')))
    const lines = readFileSync(join(dist, file.slice(0, -'.map'.length)), 'utf8').split('\n')
    for (const [index, line] of lines.entries()) {
      const [, name] = /^(?:async )?function (\w+?)(?:\$\d+)?\(/.exec(line) ?? []
      if (name === undefined) continue
      const entry = map.findEntry(index, 0)
      // Lines inside a text, and functions of the compiler, have none.
      if (!('originalSource' in entry) || entry.generatedLine !== index) continue
      functions++
      const source = readFileSync(join(dist, dirname(file), entry.originalSource), 'utf8')
      const original = source.split('\n')[entry.originalLine] ?? ''
      if (!original.includes(`function ${name}`)) wrong.push(`${file}:${index + 1} ${name}`)
    }
  }

  expect(wrong).toEqual([])
  expect(functions).toBeGreaterThan(500)
})
