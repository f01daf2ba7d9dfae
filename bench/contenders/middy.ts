import middy from '@middy/core'
import ssm from '@middy/ssm'
import type { Load } from './contender.ts'

export const load: Load = async (aws, { path }) => {
  const handler = middy(async (_event: object, context: object) => context).use(
    ssm({ fetchData: { config: `${path}/` }, awsClientOptions: aws.place, setToContext: true, cacheExpiry: 0 }),
  )
  return handler({}, {} as never)
}
