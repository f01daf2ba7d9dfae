import { schema } from '../fresh-process/schema.mjs'
import { readBare } from '../read-bare.mjs'

const config = schema.parse(await readBare(Object.keys(schema.shape)))
export const handler = async () => config.key1
