import { readBare } from '../read-bare.mjs'
import { report } from './report.mjs'

const { key1 } = await readBare(Array.from({ length: 100 }, (_, index) => `key${index}`))
report(Number(key1))
