import middy from '@middy/core'
import ssm from '@middy/ssm'
import { schema } from '../fresh-process/schema.mjs'

// Middy starts reading while the module is loaded.
export const handler = middy(async (_event, context) => schema.parse(context.config).key1).use(
  ssm({ fetchData: { config: '/cold/' }, setToContext: true }),
)
