import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runLength, SharedRuns } from '../../src/diagnostics/shared-runs.ts'

const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '🎉'), maxLength: 12 }), { maxLength: 4 })

function sharesRun(text: string, others: readonly string[]): boolean {
  for (let start = 0; start + runLength <= text.length; start++) {
    if (others.some((other) => other.includes(text.slice(start, start + runLength)))) return true
  }
  return false
}

it('finds exactly the texts that share five characters', () => {
  fc.assert(
    fc.property(texts, texts, (secrets, messages) => {
      const shared = new SharedRuns(secrets)
      for (const message of messages) expect(shared.has(message)).toBe(sharesRun(message, secrets))
    }),
    { numRuns: 300 },
  )
})
