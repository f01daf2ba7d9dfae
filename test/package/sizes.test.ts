import { beforeAll, describe, expect, it } from 'vitest'
import { assertBuilt } from '../support/built.ts'
import { entryPoints } from '../support/entry-points.ts'
import { measureSizes, recordedSizes, type Sizes, sizeTable } from '../support/sizes.ts'

// What compresses differs a little from one Node to the next.
const tolerance = 0.03
const recorded = recordedSizes()

describe('tree-shaken, minified and compressed', () => {
  let sizes: Sizes = {}

  beforeAll(async () => {
    assertBuilt()
    sizes = await measureSizes()
    console.log(sizeTable(sizes))
  })

  it('every entry point is on record', () => {
    expect(Object.keys(recorded)).toEqual([...entryPoints().map(({ name }) => name), 'loadConfig alone'])
  })

  it.each(Object.entries(recorded))('%s is what is on record, within 3 %, or else: npm run sizes', (name, bytes) => {
    expect(sizes[name]).toBeGreaterThan(bytes * (1 - tolerance))
    expect(sizes[name]).toBeLessThan(bytes * (1 + tolerance))
  })
})
