import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatKey } from '../../src/schema/key-path.ts'
import { parseKey } from '../../src/schema/parse-key.ts'

describe('parseKey', () => {
  it('inverts formatKey', () => {
    const part = fc.oneof(fc.nat(), fc.string({ unit: 'binary' }), fc.constantFrom('(root)', 'a.b', '"', ']', '\\', ''))
    fc.assert(fc.property(fc.array(part), (path) => void expect(parseKey(formatKey(path))).toEqual(path)))
  })

  it.each(['', '.a', 'a..b', 'a[', 'a["b]', 'a b'])('rejects %j', (text) => {
    expect(parseKey(text)).toBeUndefined()
  })
})
