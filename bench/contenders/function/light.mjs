import { loadConfig } from 'liveparam'
import { withConfig } from 'liveparam/lambda'
import { lightClient } from 'liveparam/light'
import { schema } from '../fresh-process/schema.mjs'

const config = await loadConfig({ path: '/cold', schema, client: lightClient() })
export const handler = withConfig(async (_event, _context, { key1 }) => key1, config)
