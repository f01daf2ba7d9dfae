import middy from 'middy-core-7'
import ssm from 'middy-ssm-7'
import { report } from '../contenders/fresh-process/report.mjs'
import { schema } from '../contenders/fresh-process/schema.mjs'

const names = Object.fromEntries(Object.keys(schema.shape).map((key) => [key, `/cold/${key}`]))
const handler = middy(async (_event, context) => schema.parse(context)).use(
  ssm({ fetchData: names, setToContext: true }),
)
const config = await handler({}, {})
report(config.key1)
