import { defineConfig, json, secret, sensitive } from 'liveparam'
import * as z from 'zod'

/** The configuration of the shop: some forty parameters in two layers, and a secret. */
export const shop = defineConfig({
  path: ['/shared', '/shop/dev'],
  schema: z.object({
    app: z.object({
      name: z.string(),
      publicUrl: z.url(),
      currencies: z.array(z.string().length(3)),
      openSince: z.date(),
    }),
    http: z.object({
      port: z.int().min(1).max(65_535),
      timeoutMs: z.number(),
      retries: z.int().default(3),
      maxBodyBytes: z.bigint(),
      trustProxy: z.stringbool(),
      allowedOrigins: z.array(z.url()),
    }),
    log: z.object({
      level: z.enum(['debug', 'info', 'warn', 'error']),
      format: z.literal(['json', 'text']),
      hiddenHeaders: z.array(z.string()),
    }),
    tracing: z.object({
      enabled: z.boolean(),
      sampleRate: z.number().min(0).max(1),
      endpoint: z.url().optional(),
    }),
    db: z.object({
      host: z.string(),
      port: z.int(),
      name: z.string(),
      tls: z.boolean(),
      pool: z.object({ min: z.int(), max: z.int(), idleMs: z.number() }),
      credentials: secret('dev/shop/db', z.object({ username: z.string(), password: z.string() })),
    }),
    cache: z.object({ url: z.url(), ttlSeconds: z.number(), prefix: z.string() }),
    mail: z.object({
      host: z.string(),
      port: z.int(),
      from: z.email(),
      replyTo: z.email().optional(),
      apiKey: z.string(),
    }),
    payments: z.object({
      provider: z.enum(['stripe', 'adyen']),
      publishableKey: z.string().startsWith('pk_'),
      secretKey: z.string().min(16),
      webhookSecret: sensitive(z.string()), // stored as a reference to one key of a secret
    }),
    session: z.object({
      cookie: z.string(),
      maxAgeSeconds: z.number(),
      signingKeys: z.array(z.string().min(16)).min(1),
    }),
    limits: json(z.record(z.string(), z.object({ perMinute: z.int(), burst: z.int() }))),
    features: z.record(z.string(), z.boolean()), // any flags in the store
  }),
})
