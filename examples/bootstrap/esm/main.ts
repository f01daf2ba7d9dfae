import { closeOnSignals, isConfigError } from 'liveparam'

try {
  // By import() because what a static import throws cannot be caught: Node would print the whole error, and its stack.
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
