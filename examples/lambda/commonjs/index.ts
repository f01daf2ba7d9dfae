import type { APIGatewayProxyHandlerV2 } from 'aws-lambda'
import { createConfig } from 'liveparam'
import { withConfig } from 'liveparam/lambda'
import { definition } from '../definition.ts'

// CommonJS has no top-level await: this starts loading, and the first invocation waits for it.
const config = createConfig(definition)

export const handler: APIGatewayProxyHandlerV2 = withConfig(async (event, _context, { greeting, checkoutEnabled }) => {
  const name = event.queryStringParameters?.name ?? 'guest'
  return { statusCode: 200, body: `${greeting}, ${name}. The checkout is ${checkoutEnabled ? 'open' : 'closed'}.` }
}, config)
