import { closeOnSignals, isConfigError } from 'liveparam'

try {
  // An error of a static import cannot be caught: Node would print it whole, with its stack.
  const { config } = await import('./config.ts')
  const { serve, stop } = await import('./server.ts')
  closeOnSignals(config, { before: stop })
  config.on('closed', () => console.log('closed'))
  console.log(`listening on http://127.0.0.1:${await serve()} with`, config.current)
} catch (error) {
  if (!isConfigError(error)) throw error
  console.error(error.message)
  process.exitCode = 1
}
