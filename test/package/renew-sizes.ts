import { writeFileSync } from 'node:fs'
import { measureSizes, sizesFile, sizeTable } from '../support/sizes.ts'

const sizes = await measureSizes()
writeFileSync(sizesFile, `${JSON.stringify(sizes, undefined, 2)}\n`)
console.log(sizeTable(sizes))
