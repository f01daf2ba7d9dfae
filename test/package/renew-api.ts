import { join } from 'node:path'
import { reportApi } from '../support/api-report.ts'
import { root } from '../support/entry-points.ts'

const problems = reportApi(join(root, 'test/package/api'))
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
