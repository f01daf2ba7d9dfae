import { Controller, Get, Inject, Module, ServiceUnavailableException } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { closeOnSignals, type LiveConfig, loadConfig } from 'liveparam'
import { definition, type Shop } from './definition.ts'

@Controller()
class ShopController {
  constructor(@Inject('config') private readonly config: LiveConfig<Shop>) {}

  @Get('price')
  price() {
    const { taxPercent, currency } = this.config.pin().value // one snapshot for the whole request
    return { gross: 100 * (1 + taxPercent / 100), currency }
  }

  @Get('ready')
  ready() {
    const { status } = this.config.health()
    if (status === 'down') throw new ServiceUnavailableException({ status })
    return { status }
  }
}

@Module({ providers: [{ provide: 'config', useFactory: () => loadConfig(definition) }], controllers: [ShopController] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'], abortOnError: false })
closeOnSignals(app.get('config'), { before: () => app.close() })
await app.listen(process.env.PORT ?? 3000, '127.0.0.1')
console.log(`listening on ${await app.getUrl()}`)
