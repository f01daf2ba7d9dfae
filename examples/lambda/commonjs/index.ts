import type { APIGatewayProxyHandlerV2 } from 'aws-lambda'
import { createConfig } from 'liveparam'
import { withConfig } from 'liveparam/lambda'
import { definition } from '../definition.ts'

// There is no top-level await in CommonJS: this begins to load, and the first invocation waits for it.
const config = createConfig(definition)

export const handler: APIGatewayProxyHandlerV2 = withConfig(async (event, _context, { greeting, checkoutEnabled }) => {
  const name = event.queryStringParameters?.name ?? 'guest'
  return { statusCode: 200, body: `${greeting}, ${name}. The checkout is ${checkoutEnabled ? 'open' : 'closed'}.` }
}, config)
