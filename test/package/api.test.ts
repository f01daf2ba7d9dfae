import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { reportApi, reportName } from '../support/api-report.ts'
import { assertBuilt } from '../support/built.ts'
import { entryPoints, root } from '../support/entry-points.ts'

const record = join(root, 'test/package/api')

describe('the public surface', () => {
  let folder = ''
  let problems: readonly string[] = []

  beforeAll(() => {
    assertBuilt()
    folder = mkdtempSync(join(tmpdir(), 'liveparam-api-'))
    problems = reportApi(folder)
    return () => rmSync(folder, { recursive: true, force: true })
  }, 60_000)

  it.each(entryPoints())('of $name matches its record (update it with: npm run api)', (entry) => {
    const file = join(record, reportName(entry))

    expect(readFileSync(join(folder, reportName(entry)), 'utf8')).toBe(
      existsSync(file) ? readFileSync(file, 'utf8') : '',
    )
  })

  it('has no record of a removed entry point', () => {
    expect(readdirSync(record).sort()).toEqual(entryPoints().map(reportName).sort())
  })

  it('documents every export, and uses only types that can be imported', () => {
    expect(problems).toEqual([])
  })
})
