import { getParametersByName } from '@aws-lambda-powertools/parameters/ssm'
import { report } from './report.mjs'
import { schema } from './schema.mjs'

const names = Object.fromEntries(Object.keys(schema.shape).map((key) => [`/cold/${key}`, {}]))
const values = await getParametersByName(names, { decrypt: true })
const parameters = Object.entries(values).map(([name, value]) => [name.slice('/cold/'.length), value])
report(schema.parse(Object.fromEntries(parameters)).key1)
