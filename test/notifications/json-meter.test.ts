import { describe, expect, it } from 'vitest'
import { JsonMeter } from '../../src/notifications/json-meter.ts'

describe('JsonMeter', () => {
  it.each<[string, { size: number; escapes: number; structure: number }]>([
    ['', { size: 0, escapes: 0, structure: 0 }],
    ['{ "a" : "b" }', { size: 13, escapes: 0, structure: 5 }],
    ['{"a":"{},{}"}', { size: 13, escapes: 0, structure: 5 }],
    [String.raw`"\"\\\n"`, { size: 8, escapes: 3, structure: 1 }],
    [String.raw`"\\",{}`, { size: 7, escapes: 1, structure: 4 }],
    ['"ä€"', { size: 7, escapes: 0, structure: 1 }],
    [String.raw`\\\\`, { size: 4, escapes: 0, structure: 4 }],
  ])('measures %s, in one chunk or byte by byte', (json, measured) => {
    const bytes = Buffer.from(json)
    const [whole, pieces] = [new JsonMeter(), new JsonMeter()]
    whole.add(bytes)
    for (let at = 0; at < bytes.length; at++) pieces.add(bytes.subarray(at, at + 1))

    expect(whole).toMatchObject(measured)
    expect(pieces).toMatchObject(measured)
  })
})
