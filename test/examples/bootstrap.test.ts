import { describe, expect, it } from 'vitest'
import { runNode } from '../support/run-process.ts'

describe.each(['esm/main.ts', 'commonjs/main.cjs'])('examples/bootstrap/%s', { timeout: 60_000 }, (file) => {
  const main = `examples/bootstrap/${file}`

  it('hands one configuration to two modules', async () => {
    const { code, output } = await runNode([main], { AWS_REGION: undefined })

    expect(code).toBe(0)
    expect(output).toContain('the server says: Welcome to the shop')
    expect(output).toContain('the mailer sends as: shop@example.com')
    expect(output).toContain("apiKey: '[redacted]'")
  })

  it('ends with one readable block when the start fails', async () => {
    const { code, output, errors } = await runNode([main], { AWS_REGION: undefined, APP_ENV: 'prod' })

    expect({ code, output }).toEqual({ code: 1, output: '' })
    expect(errors).toMatch(/^liveparam: no configuration: 5 missing \(3 looks in \d+ ms\)\n/)
    expect(errors).not.toMatch(/^ +at /m)
  })
})
