import { loadConfig } from 'liveparam'
import { lightClient } from 'liveparam/light'
import { report } from './report.mjs'
import { schema } from './schema.mjs'

const config = await loadConfig({ path: '/cold', schema, client: lightClient() })
report(config.current.key1)
