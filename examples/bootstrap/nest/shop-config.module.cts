import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import { loadConfig } from 'liveparam'
import { definition, type ShopConfig, shopConfig } from './shop-config.cjs'

/** Loads the config before creating its dependants, and closes it when the application ends. */
@Global()
@Module({
  providers: [{ provide: shopConfig, useFactory: () => loadConfig(definition) }],
  exports: [shopConfig],
})
export class ShopConfigModule implements OnApplicationShutdown {
  constructor(@Inject(shopConfig) private readonly config: ShopConfig) {}

  onApplicationShutdown(): Promise<void> {
    return this.config.close()
  }
}
