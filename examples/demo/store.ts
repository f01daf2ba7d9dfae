import type { LocalAws } from 'liveparam/local'

const strings = {
  '/shared/app/name': 'Shop',
  '/shared/http/timeoutMs': '2500',
  '/shared/http/maxBodyBytes': '1048576',
  '/shared/http/trustProxy': 'yes',
  '/shared/log/level': 'info',
  '/shared/log/format': 'json',
  '/shared/tracing/enabled': 'true',
  '/shared/tracing/sampleRate': '0.05',
  '/shared/tracing/endpoint': 'https://otel.example.com/v1/traces',
  '/shared/db/port': '5432',
  '/shared/db/tls': 'true',
  '/shared/db/pool/min': '2',
  '/shared/db/pool/max': '10',
  '/shared/db/pool/idleMs': '30000',
  '/shared/cache/ttlSeconds': '300',
  '/shared/mail/host': 'smtp.example.com',
  '/shared/mail/port': '587',
  '/shared/payments/provider': 'stripe',
  '/shared/features/newCheckout': 'false',
  '/shared/features/giftCards': 'true',
  '/shop/dev/app/publicUrl': 'https://dev.shop.example.com',
  '/shop/dev/app/openSince': '2019-04-01',
  '/shop/dev/http/port': '8080',
  '/shop/dev/log/level': 'debug',
  '/shop/dev/tracing/sampleRate': '1',
  '/shop/dev/db/host': 'db.dev.internal',
  '/shop/dev/db/name': 'shop',
  '/shop/dev/db/pool/max': '4',
  '/shop/dev/cache/url': 'redis://cache.dev.internal:6379',
  '/shop/dev/cache/prefix': 'shop-dev:',
  '/shop/dev/mail/from': 'shop@example.com',
  '/shop/dev/payments/publishableKey': 'pk_test_4eC39HqLyjWD',
  '/shop/dev/payments/webhookSecret': '/aws/reference/secretsmanager/dev/shop/payments#webhook',
  '/shop/dev/session/cookie': 'sid',
  '/shop/dev/session/maxAgeSeconds': '86400',
  '/shop/dev/limits': '{"login":{"perMinute":10,"burst":5},"search":{"perMinute":120,"burst":40}}',
  '/shop/dev/features/newCheckout': 'true',
  '/shop/dev/features/darkMode': 'true',
}

const lists = {
  '/shared/log/hiddenHeaders': 'authorization,cookie,set-cookie',
  '/shop/dev/app/currencies': 'EUR,USD,GBP',
  '/shop/dev/http/allowedOrigins': 'https://dev.shop.example.com,http://localhost:3000',
}

/** The demo must never print these values. */
export const secrets = {
  mailKey: 'SG.kV9xT2qWm-demo-mail-key',
  paymentsKey: 'sk_test_BQokikJOvBiI2HlWgH4olfQ2',
  signingKeys: '["f3a1c07be29d4e58", "0b77d1e46ac2981f"]',
  database: { username: 'shop', password: 'v8#Qn!rT0-demo-password' },
  rotatedDatabase: { username: 'shop_clone', password: 'Zw4-rotated-demo-password' },
  webhook: 'whsec_5K8dPzR2xNqLmT7w',
}

/** What the shop needs of a local AWS to store its configuration. */
interface Store {
  readonly parameters: Pick<LocalAws['parameters'], 'put'>
  readonly secrets: Pick<LocalAws['secrets'], 'create'>
}

/** Stores the parameters and secrets of the shop. */
export function fillStore({ parameters, secrets: manager }: Store): void {
  for (const [name, value] of Object.entries(strings)) parameters.put({ name, value })
  for (const [name, value] of Object.entries(lists)) parameters.put({ name, value, type: 'StringList' })
  const secure = { type: 'SecureString' } as const
  parameters.put({ name: '/shop/dev/mail/apiKey', value: secrets.mailKey, ...secure })
  parameters.put({ name: '/shop/dev/payments/secretKey', value: secrets.paymentsKey, ...secure })
  parameters.put({ name: '/shop/dev/session/signingKeys', value: secrets.signingKeys, ...secure })
  manager.create({ name: 'dev/shop/db', value: databaseSecret(secrets.database) })
  manager.create({ name: 'dev/shop/payments', value: JSON.stringify({ webhook: secrets.webhook }) })
}

/** Rotates the secret: a new user and a new password. */
export function rotateDatabaseSecret({ secrets: manager }: LocalAws): void {
  manager.put({ id: 'dev/shop/db', value: databaseSecret(secrets.rotatedDatabase) })
}

/** Makes five typical mistakes. */
export function breakStore({ parameters, secrets: manager, policy }: LocalAws): void {
  parameters.delete('/shop/dev/db/host')
  parameters.put({ name: '/shop/dev/db/hots', value: 'db.dev.internal' })
  parameters.put({ name: '/shop/dev/http/port', value: '8080;' })
  parameters.put({ name: '/shop/dev/limits', value: '{"login":{"perMinute":10,"burst":5},}' })
  manager.put({ id: 'dev/shop/db', value: databaseSecret({ username: 'shop' }) })
  policy.deny({ action: 'secretsmanager:GetSecretValue', resource: '*secret:dev/shop/payments-*' })
}

// The keys that RDS writes. The shop ignores most of them.
function databaseSecret(credentials: object): string {
  const instance = { engine: 'postgres', host: 'db.dev.internal', port: 5432, dbInstanceIdentifier: 'shop-dev' }
  return JSON.stringify({ ...credentials, ...instance })
}
