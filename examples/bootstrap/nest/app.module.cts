import { Module } from '@nestjs/common'
import { ShopController } from './shop.controller.cjs'
import { ShopConfigModule } from './shop-config.module.cjs'

@Module({ imports: [ShopConfigModule], controllers: [ShopController] })
export class AppModule {}
