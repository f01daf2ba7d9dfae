import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm'
import { report } from './report.mjs'
import { schema } from './schema.mjs'

const values = {}
const client = new SSMClient()
for await (const { Parameters } of paginateGetParametersByPath({ client }, { Path: '/cold', WithDecryption: true })) {
  for (const { Name, Value } of Parameters) values[Name.slice('/cold/'.length)] = Value
}
report(schema.parse(values).key1)
