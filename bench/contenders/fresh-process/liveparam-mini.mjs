import { loadConfig } from 'liveparam'
import { report } from './report.mjs'
import { schema } from './schema-mini.mjs'

const config = await loadConfig({ path: '/cold', schema })
report(config.current.key1)
