// Awaits one thing of liveparam, on timers that do not keep the process alive.
import { createConfig, loadConfig } from 'liveparam'
import { lambdaNotifications } from 'liveparam/lambda'
import { memorySource } from 'liveparam/testing'
import * as z from 'zod'

const idle = (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref())
const store = memorySource({ parameters: { '/app/a': { type: 'SecureString', value: 'one' } } })
const source = {
  ...store,
  read: async (...call) => {
    await idle(50)
    return store.read(...call)
  },
}
const notifications = lambdaNotifications()
const options = { schema: z.object({ a: z.string() }), path: '/app', source, notifications, poll: false }
const create = async (a) => {
  await idle(50)
  return a
}
const select = ({ a }) => a
const change = {
  source: 'aws.ssm',
  'detail-type': 'Parameter Store Change',
  detail: { operation: 'Update', name: '/app/a', type: 'SecureString' },
}
let tries = 0

const waits = {
  ready: () => createConfig(options).ready,
  load: () => loadConfig(options),
  refresh: async () => (await loadConfig(options)).refresh(),
  resource: async () => (await loadConfig(options)).resource(select, create),
  'resource before ready': () => createConfig(options).resource(select, create),
  async retryOnAuthError() {
    const config = await loadConfig(options)
    store.put('/app/a', { type: 'SecureString', value: 'two' })
    await config.retryOnAuthError(
      () => true,
      () => {
        if (tries++ === 0) throw new Error('login refused')
      },
    )
    if (config.current.a !== 'two') throw new Error('not read again')
  },
  async 'disposal of a resource'() {
    const config = await loadConfig(options)
    const resource = await config.resource(select, create, { graceMs: 100, destroy: () => idle(50) })
    void resource.use(() => new Promise(() => undefined))
    await resource[Symbol.asyncDispose]()
  },
  async close() {
    const config = await loadConfig(options)
    const resource = await config.resource(select, create, { graceMs: 100, destroy: () => idle(50) })
    void resource.use(() => new Promise(() => undefined))
    await config.close()
  },
  async 'a handler of notifications'() {
    const config = await loadConfig(options)
    store.put('/app/a', { type: 'SecureString', value: 'two' })
    await notifications.handler(change)
    if (config.current.a !== 'two') throw new Error('not followed')
  },
}

await waits[process.argv[2]]()
console.log('done')
