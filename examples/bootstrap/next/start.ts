import { closeOnSignals, isConfigError } from 'liveparam'
import { shopConfig } from './config'

/** Resolves when there is a configuration; ends the process when there is none to be had. */
export async function start(): Promise<void> {
  const config = shopConfig()
  closeOnSignals(config)
  config.on('closed', () => console.log('closed'))
  try {
    await config.ready
  } catch (error) {
    if (!isConfigError(error)) throw error
    console.error(error.message)
    // Next would go on listening, and answer every request with an error.
    process.exit(1)
  }
}
