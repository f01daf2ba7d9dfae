import middy from '@middy/core'
import ssm from '@middy/ssm'
import { report } from './report.mjs'
import { schema } from './schema.mjs'

const names = Object.fromEntries(Object.keys(schema.shape).map((key) => [key, `/cold/${key}`]))
const handler = middy(async (_event, context) => schema.parse(context)).use(
  ssm({ fetchData: names, setToContext: true }),
)
const config = await handler({}, {})
report(config.key1)
