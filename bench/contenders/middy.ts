import middy from '@middy/core'
import ssm from '@middy/ssm'
import type { RemoteAws } from '../support/local-aws.ts'
import type { Load } from './contender.ts'

export const loadByNames: Load = (aws, { names }) =>
  read(aws, Object.fromEntries(names.map((name, index) => [`value${index}`, name])))

export const loadByPath: Load = (aws, { path }) => read(aws, { config: `${path}/` })

function read(aws: RemoteAws, fetchData: Readonly<Record<string, string>>): Promise<unknown> {
  const handler = middy(async (_event: object, context: object) => context).use(
    ssm({ fetchData, awsClientOptions: aws.place, setToContext: true, cacheExpiry: 0 }),
  )
  return handler({}, {} as never)
}
