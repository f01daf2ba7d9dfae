import { describe, expect, it } from 'vitest'
import { linesWith, shapes } from './support/canaries.ts'
import { runNode } from './support/run-process.ts'
import { sample } from './support/suite.ts'

describe('a process that prints all there is about its errors prints no secret', () => {
  const flagsOf: [string, string[]][] = [
    ['with source maps and stacks of any length', ['--enable-source-maps', '--stack-trace-limit=1000']],
    ['as it is', []],
  ]
  it.each(sample(flagsOf, 1))('%s', { timeout: 60_000 }, async (_, flags) => {
    const ended = await runNode([...flags, 'test/support/canary-process.ts'], { NODE_ENV: 'development' })

    expect(ended.code).toBe(1)
    expect(ended.errors.match(/LoadError: liveparam: could not load the configuration/g)?.length).toBeGreaterThan(
      shapes.length * 5,
    )
    expect(ended.output.match(/^500 <!DOCTYPE html>/gm)).toHaveLength(shapes.length * 5)
    for (const [, canary] of shapes) expect(linesWith(canary, ended.output + ended.errors)).toEqual([])
  })
})
