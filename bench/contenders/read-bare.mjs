import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm'

/** Reads parameters below `/cold` by parallel calls of ten names. */
export async function readBare(keys) {
  const client = new SSMClient()
  const calls = []
  for (let start = 0; start < keys.length; start += 10) {
    const Names = keys.slice(start, start + 10).map((key) => `/cold/${key}`)
    calls.push(client.send(new GetParametersCommand({ Names, WithDecryption: true })))
  }
  const values = {}
  for (const { Parameters } of await Promise.all(calls))
    for (const { Name, Value } of Parameters) values[Name.slice('/cold/'.length)] = Value
  return values
}
