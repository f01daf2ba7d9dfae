const { createConfig, secret } = require('liveparam')
const z = require('zod')

const env = process.env.APP_ENV ?? 'dev'

/** Starts loading at once: `await config.ready` before the first `config.current`. */
exports.config = createConfig({
  path: `/shop/${env}`,
  schema: z.object({
    port: z.int(),
    greeting: z.string(),
    mail: z.object({ from: z.email(), apiKey: z.string() }),
    db: secret(`${env}/db`, z.object({ username: z.string(), password: z.string() })),
  }),
})
