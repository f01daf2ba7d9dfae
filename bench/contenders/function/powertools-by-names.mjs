import { getParametersByName } from '@aws-lambda-powertools/parameters/ssm'
import { schema } from '../fresh-process/schema.mjs'

const names = Object.fromEntries(Object.keys(schema.shape).map((key) => [`/cold/${key}`, {}]))
const read = async () => {
  const values = await getParametersByName(names, { decrypt: true })
  const parameters = Object.entries(values).map(([name, value]) => [name.slice('/cold/'.length), value])
  return schema.parse(Object.fromEntries(parameters))
}
await read()
export const handler = async () => (await read()).key1
