import { getParameters } from '@aws-lambda-powertools/parameters/ssm'
import { schema } from '../fresh-process/schema.mjs'

const read = async () => schema.parse(await getParameters('/cold', { decrypt: true }))
await read()
export const handler = async () => (await read()).key1
