import { readBare } from '../read-bare.mjs'
import { report } from './report.mjs'
import { schema } from './schema.mjs'

report(schema.parse(await readBare(Object.keys(schema.shape))).key1)
