import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { isConfigError } from 'liveparam'
import { AppModule } from './app.module.cjs'
import { type ShopConfig, shopConfig } from './shop-config.cjs'
import { StartLogger } from './start-logger.cjs'

async function main(): Promise<void> {
  const logger = new StartLogger({ logLevels: ['error', 'warn'] })
  // Without abortOnError: false, Nest aborts the process.
  const app = await NestFactory.create(AppModule, { logger, abortOnError: false })
  app.enableShutdownHooks()
  const config: ShopConfig = app.get(shopConfig)
  config.on('closed', () => console.log('closed'))
  await app.listen(Number(process.env.PORT ?? config.current.port), '127.0.0.1')
  console.log(`listening on ${await app.getUrl()} with`, config.current)
}

main().catch((error: unknown) => {
  if (!isConfigError(error)) throw error
  console.error(error.message)
  process.exitCode = 1
})
