import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/entry-points.ts'

const [folder = root] = process.argv.slice(2)

// npm ties what is published to the repository that it was built from.
const { repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
if (repository === undefined) {
  console.error('Not published: provenance names a public repository, so package.json needs `repository` first.')
  process.exitCode = 1
}
