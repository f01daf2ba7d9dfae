import { startLocalAws } from 'liveparam/local'

/**
 * Starts a local AWS in this process if no account is configured. Your own service does not need this file. It changes
 * the currency and the tax twice a second, to show that requests stay consistent.
 */
export async function useLocalAws(): Promise<AsyncDisposable | undefined> {
  if (process.env.AWS_REGION !== undefined) return undefined
  const aws = await startLocalAws()
  const put = (key: string, value: string) => aws.parameters.put({ name: `/shop/dev/${key}`, value })
  put('port', process.env.PORT ?? '3000')
  aws.parameters.put({ name: '/shared/currency', value: 'USD' })
  put('currency', 'EUR')
  put('taxPercent', '20')
  put('checkoutEnabled', 'true')
  aws.secrets.create({ name: 'dev/shop/operator', value: 'example-operator-token' })
  const queue = aws.queues.create('config-changes')
  aws.events.route({ source: ['aws.ssm'] }, queue.arn)
  process.env.CONFIG_QUEUE_URL = queue.url
  Object.assign(process.env, aws.environment)
  let isSwiss = false
  const changing = setInterval(() => {
    isSwiss = !isSwiss
    put('currency', isSwiss ? 'CHF' : 'EUR')
    put('taxPercent', isSwiss ? '8.1' : '20')
  }, 500)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(changing)
      await aws.close()
    },
  }
}
