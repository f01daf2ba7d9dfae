import { readAwsLite } from '../read-aws-lite.mjs'
import { report } from './report.mjs'
import { schema } from './schema.mjs'

report(schema.parse(await readAwsLite(Object.keys(schema.shape))).key1)
