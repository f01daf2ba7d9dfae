const { defineConfig, secret } = require('liveparam')
const z = require('zod')

const env = process.env.APP_ENV ?? 'dev'

/** In a separate module, so that a test can import the definition without loading the configuration. */
exports.definition = defineConfig({
  path: `/shop/${env}`,
  schema: z.object({
    greeting: z.string(),
    db: secret(`${env}/db`, z.object({ username: z.string(), password: z.string() })),
  }),
})
