import { schema } from '../fresh-process/schema.mjs'
import { readAwsLite } from '../read-aws-lite.mjs'

const config = schema.parse(await readAwsLite(Object.keys(schema.shape)))
export const handler = async () => config.key1
