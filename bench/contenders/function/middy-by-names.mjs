import middy from '@middy/core'
import ssm from '@middy/ssm'
import { schema } from '../fresh-process/schema.mjs'

// Middy starts reading while the module is loaded.
const names = Object.fromEntries(Object.keys(schema.shape).map((key) => [key, `/cold/${key}`]))
export const handler = middy(async (_event, context) => schema.parse(context).key1).use(
  ssm({ fetchData: names, setToContext: true }),
)
