import { closeOnSignals, isConfigError } from 'liveparam'
import { shopConfig } from './config'

/** Resolves with the first configuration; exits the process if loading fails. */
export async function start(): Promise<void> {
  const config = shopConfig()
  closeOnSignals(config)
  config.on('closed', () => console.log('closed'))
  try {
    await config.ready
  } catch (error) {
    if (!isConfigError(error)) throw error
    console.error(error.message)
    // Otherwise Next keeps listening and answers every request with an error.
    process.exit(1)
  }
}
