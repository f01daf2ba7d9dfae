import { expect, it } from 'vitest'
import { describeInstalled, shop } from '../support/bootstrap.ts'
import { runProgram } from '../support/service.ts'

describeInstalled('bootstrap/jest', (folder) => {
  it('passes its tests without AWS', { timeout: 120_000 }, async () => {
    const { aws, env } = await shop()
    const { code, errors } = await runProgram(['node_modules/jest/bin/jest.js'], { folder, env })

    expect(code).toBe(0)
    expect(errors).toMatch(/^Tests: +3 passed, 3 total$/m)
    expect(aws.counts.total).toBe(0)
  })
})
