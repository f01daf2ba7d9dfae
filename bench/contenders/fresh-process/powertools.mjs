import { getParameters } from '@aws-lambda-powertools/parameters/ssm'
import { report } from './report.mjs'
import { schema } from './schema.mjs'

const parameters = await getParameters('/cold', { decrypt: true })
report(schema.parse(parameters).key1)
