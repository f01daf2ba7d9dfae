import awsLite from '@aws-lite/client'
import ssm from '@aws-lite/ssm'
import { report } from './report.mjs'
import { schema } from './schema.mjs'

const { AWS_ENDPOINT_URL: endpoint } = process.env
const { SSM } = await awsLite({ endpoint, plugins: [ssm], verifyService: false })
const names = Object.keys(schema.shape).map((key) => `/cold/${key}`)
const calls = []
for (let start = 0; start < names.length; start += 10)
  calls.push(SSM.GetParameters({ Names: names.slice(start, start + 10), WithDecryption: true }))
const values = {}
for (const { Parameters } of await Promise.all(calls))
  for (const { Name, Value } of Parameters) values[Name.slice('/cold/'.length)] = Value
report(schema.parse(values).key1)
