import middy from '@middy/core'
import ssm from '@middy/ssm'
import { report } from './report.mjs'
import { schema } from './schema.mjs'

const handler = middy(async (_event, context) => schema.parse(context.config)).use(
  ssm({ fetchData: { config: '/cold/' }, setToContext: true }),
)
const config = await handler({}, {})
report(config.key1)
