import { startLocalAws } from 'liveparam/local'

/**
 * A stand-in for an account, in this process, where none is configured: your own service has no use for this file.
 * The AWS SDK finds it through the environment, as it finds everything else.
 */
export async function useLocalAws() {
  if (process.env.AWS_REGION !== undefined) return { close: async () => undefined }
  const aws = await startLocalAws()
  aws.parameters.put({ name: '/shop/dev/port', value: '0' })
  aws.parameters.put({ name: '/shop/dev/greeting', value: 'Welcome to the shop' })
  aws.parameters.put({ name: '/shop/dev/mail/from', value: 'shop@example.com' })
  aws.parameters.put({ name: '/shop/dev/mail/apiKey', value: 'example-mail-key', type: 'SecureString' })
  process.env.AWS_REGION = aws.clientOptions.region
  process.env.AWS_ENDPOINT_URL = aws.endpoint
  process.env.AWS_ACCESS_KEY_ID = aws.clientOptions.credentials.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = aws.clientOptions.credentials.secretAccessKey
  return aws
}
