import { Controller, Get, Inject } from '@nestjs/common'
import { type ShopConfig, shopConfig } from './shop-config.cjs'

@Controller()
export class ShopController {
  constructor(@Inject(shopConfig) private readonly config: ShopConfig) {}

  @Get()
  greeting(): string {
    return this.config.current.greeting
  }

  @Get('mail')
  sender(): string {
    return this.config.current.mail.from
  }
}
