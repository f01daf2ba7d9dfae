import { request } from 'node:http'
import { report } from './report.mjs'
import { schema } from './schema.mjs'

// The AWS Parameters and Secrets Lambda Extension answers one name a request.
const headers = { 'X-Aws-Parameters-Secrets-Token': process.env.AWS_SESSION_TOKEN }
const port = process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT
const read = (key) =>
  new Promise((resolve, reject) => {
    const path = `/systemsmanager/parameters/get?name=${encodeURIComponent(`/cold/${key}`)}&withDecryption=true`
    const call = request({ port, path, headers }, async (answer) => {
      let text = ''
      for await (const chunk of answer) text += chunk
      resolve([key, JSON.parse(text).Parameter.Value])
    })
    call.on('error', reject).end()
  })
const values = Object.fromEntries(await Promise.all(Object.keys(schema.shape).map(read)))
report(schema.parse(values).key1)
