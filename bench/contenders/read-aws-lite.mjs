import awsLite from '@aws-lite/client'
import ssm from '@aws-lite/ssm'

/** Reads parameters below `/cold` by parallel calls of ten names. */
export async function readAwsLite(keys) {
  const { SSM } = await awsLite({ endpoint: process.env.AWS_ENDPOINT_URL, plugins: [ssm], verifyService: false })
  const calls = []
  for (let start = 0; start < keys.length; start += 10) {
    const Names = keys.slice(start, start + 10).map((key) => `/cold/${key}`)
    calls.push(SSM.GetParameters({ Names, WithDecryption: true }))
  }
  const values = {}
  for (const { Parameters } of await Promise.all(calls))
    for (const { Name, Value } of Parameters) values[Name.slice('/cold/'.length)] = Value
  return values
}
