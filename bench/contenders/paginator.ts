import { paginateGetParametersByPath } from '@aws-sdk/client-ssm'
import type { Load } from './contender.ts'

/** The loop from the documentation of the SDK: page after page. */
export const load: Load = async (aws, { path }) => {
  const client = aws.client()
  const values = new Map<string, string>()
  for await (const page of paginateGetParametersByPath(
    { client },
    { Path: path, Recursive: true, WithDecryption: true },
  ))
    for (const { Name = '', Value = '' } of page.Parameters ?? []) values.set(Name, Value)
  client.destroy()
  return values
}
