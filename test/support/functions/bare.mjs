import { loadConfig } from 'liveparam'
import { options, report } from './options.mjs'

const config = await loadConfig(options)
export const handler = async () => ({ a: config.current.a, ...report(config) })
