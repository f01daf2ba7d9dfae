const { defineConfig, secret } = require('liveparam')
const z = require('zod')

const env = process.env.APP_ENV ?? 'dev'

/** In a module of its own, because a test that wants to know what there is to be loaded is not to load it. */
exports.definition = defineConfig({
  path: `/shop/${env}`,
  schema: z.object({
    greeting: z.string(),
    db: secret(`${env}/db`, z.object({ username: z.string(), password: z.string() })),
  }),
})
