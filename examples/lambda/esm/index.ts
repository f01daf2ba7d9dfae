import type { APIGatewayProxyHandlerV2 } from 'aws-lambda'
import { loadConfig } from 'liveparam'
import { withConfig } from 'liveparam/lambda'
import { definition } from '../definition.ts'

// An ES module loads in the init phase, before the first invocation. If this fails, the log shows the error, and Lambda
// retries.
const config = await loadConfig(definition)

export const handler: APIGatewayProxyHandlerV2 = withConfig(async (event, _context, { greeting, checkoutEnabled }) => {
  const name = event.queryStringParameters?.name ?? 'guest'
  return { statusCode: 200, body: `${greeting}, ${name}. The checkout is ${checkoutEnabled ? 'open' : 'closed'}.` }
}, config)
