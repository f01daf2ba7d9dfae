import { GetParametersCommand, type GetParametersCommandOutput } from '@aws-sdk/client-ssm'
import type { Load } from './contender.ts'

/** Known names, ten per call, all calls at once. */
export const load: Load = async (aws, { names }) => {
  const client = aws.client()
  const calls: Promise<GetParametersCommandOutput>[] = []
  for (let start = 0; start < names.length; start += 10) {
    calls.push(client.send(new GetParametersCommand({ Names: names.slice(start, start + 10), WithDecryption: true })))
  }
  const values = new Map<string, string>()
  for (const { Parameters = [] } of await Promise.all(calls))
    for (const { Name = '', Value = '' } of Parameters) values.set(Name, Value)
  client.destroy()
  return values
}
