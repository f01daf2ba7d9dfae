import type { APIGatewayProxyHandlerV2 } from 'aws-lambda'
import { loadConfig } from 'liveparam'
import { withConfig } from 'liveparam/lambda'
import { definition } from '../definition.ts'

// A module of its own loads while Lambda initializes, before the first invocation: when this fails, that is what the log
// says, and Lambda tries again.
const config = await loadConfig(definition)

export const handler: APIGatewayProxyHandlerV2 = withConfig(async (event, _context, { greeting, checkoutEnabled }) => {
  const name = event.queryStringParameters?.name ?? 'guest'
  return { statusCode: 200, body: `${greeting}, ${name}. The checkout is ${checkoutEnabled ? 'open' : 'closed'}.` }
}, config)
