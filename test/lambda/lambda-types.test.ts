import middy from '@middy/core'
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyHandlerV2,
  APIGatewayProxyResultV2,
  Context,
  Handler,
  SQSBatchResponse,
  SQSEvent,
  SQSHandler,
} from 'aws-lambda'
import { describe, expectTypeOf, it } from 'vitest'
import type { LiveConfig } from '../../src/index.ts'
import { configMiddleware, lambdaNotifications, withConfig } from '../../src/lambda/index.ts'

interface Shop {
  readonly port: number
}

// `npm run types` checks this file. The functions are not called.
describe('types', () => {
  const config = (): LiveConfig<Shop> => {
    throw new Error('not called')
  }

  it('of event and context come from the type of the handler', () => {
    const make = () => {
      const api: APIGatewayProxyHandlerV2 = withConfig(async (event, context, shop) => {
        expectTypeOf(event).toEqualTypeOf<APIGatewayProxyEventV2>()
        expectTypeOf(context).toEqualTypeOf<Context>()
        expectTypeOf(shop).toEqualTypeOf<Shop>()
        return { statusCode: 200, body: String(shop.port) }
      }, config())
      const queue: SQSHandler = withConfig(async (event, { awsRequestId }, { port }) => {
        expectTypeOf(event).toEqualTypeOf<SQSEvent>()
        return { batchItemFailures: [{ itemIdentifier: `${awsRequestId} ${port}` }] }
      }, config())
      const own: Handler<{ id: number }, string> = withConfig((event, _context, { port }) => {
        expectTypeOf(event).toEqualTypeOf<{ id: number }>()
        return String(event.id + port)
      }, config())
      return [api, queue, own]
    }
    expectTypeOf(make).toBeFunction()
  })

  it('of event, context and result come from the annotations of the handler', () => {
    const make = () =>
      withConfig(async (event: SQSEvent, context: Context, { port }): Promise<SQSBatchResponse> => {
        return { batchItemFailures: [{ itemIdentifier: `${event.Records.length} ${context.awsRequestId} ${port}` }] }
      }, config())
    expectTypeOf<ReturnType<typeof make>>().toEqualTypeOf<
      (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>
    >()
    const synchronous = () => withConfig((event: number, _context: Context, { port }) => event + port, config())
    expectTypeOf<ReturnType<typeof synchronous>>().toEqualTypeOf<(event: number, context: Context) => Promise<number>>()
  })

  it('of an existing handler stay the same', () => {
    const before = async (_event: APIGatewayProxyEventV2, _context: Context): Promise<APIGatewayProxyResultV2> => 'ok'
    const wrapped = () => withConfig(before, config())
    expectTypeOf<ReturnType<typeof wrapped>>().toEqualTypeOf<typeof before>()
    const changes = () => withConfig(lambdaNotifications().handler, config())
    expectTypeOf<Awaited<ReturnType<ReturnType<typeof changes>>>>().toHaveProperty('batchItemFailures')
  })

  it('refuse a callback', () => {
    const refused = () => [
      // @ts-expect-error the third argument is the configuration
      () => withConfig((_event: SQSEvent, _context: Context, callback: (error: Error) => void) => callback, config()),
      // @ts-expect-error there is no such key
      () => withConfig((_event: SQSEvent, _context: Context, { prot }) => prot, config()),
    ]
    expectTypeOf(refused).toBeFunction()
  })

  it('reach the handler and other middlewares through Middy', () => {
    const make = () =>
      middy<SQSEvent, string>()
        .use(configMiddleware(config()))
        .use(configMiddleware(config(), { key: 'other' }))
        .before(({ internal }) => {
          expectTypeOf(internal.config).toEqualTypeOf<Shop>()
          expectTypeOf(internal.other).toEqualTypeOf<Shop>()
        })
        .handler(async (event, context) => {
          expectTypeOf(event).toEqualTypeOf<SQSEvent>()
          expectTypeOf(context.config).toEqualTypeOf<Shop>()
          expectTypeOf(context.other).toEqualTypeOf<Shop>()
          expectTypeOf(context.awsRequestId).toBeString()
          // @ts-expect-error there is no such key
          return context.config.prot
        })
    expectTypeOf(make).toBeFunction()
  })
})
