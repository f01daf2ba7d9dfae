// The runtime inside a function: loads the handler, asks for events, hands back answers; and what it has left under way.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { createHook } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { existsSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

const { AWS_LAMBDA_RUNTIME_API: api = '', LAMBDA_TASK_ROOT: root = '', _HANDLER: name = '' } = process.env
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

// Unlike process.getActiveResourcesInfo(), these include timers that keep nothing alive.
const timers = new Map()
createHook({
  init(id, type) {
    if (type !== 'Timeout') return
    const holder = {}
    Error.captureStackTrace(holder)
    // What only Node itself has set belongs to a connection that is idle.
    const frames = holder.stack.split('\n').filter((line) => /\bat /.test(line) && !/node:|lambda-bootstrap/.test(line))
    if (frames.length > 0) timers.set(id, frames[0].trim())
  },
  destroy: (id) => timers.delete(id),
}).enable()
const requests = new Map()
subscribe('http.client.request.start', ({ request: sent }) => {
  if (sent.agent === agent) return
  requests.set(sent, String(sent.getHeader('x-amz-target')))
  sent.once('close', () => requests.delete(sent))
})

function underWay() {
  return [...requests].filter(([sent]) => !sent.destroyed).map(([, target]) => target)
}

async function call(method, path, body = '', headers = {}) {
  const response = await new Promise((resolve, reject) => {
    const options = { method, agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }
    request(`http://${api}/2018-06-01/runtime/${path}`, options, resolve).once('error', reject).end(body)
  })
  return { headers: response.headers, body: await text(response) }
}

function tell(error) {
  return JSON.stringify({ errorType: error?.name, errorMessage: error?.message, trace: [] })
}

async function load() {
  const [file, exported] = name.split('.')
  const path = ['.mjs', '.cjs', '.js'].map((end) => join(root, file + end)).find(existsSync) ?? ''
  const module = path.endsWith('.mjs') ? await import(pathToFileURL(path).href) : createRequire(path)(path)
  return module[exported]
}

async function main() {
  let handler
  try {
    handler = await load()
    if (typeof handler !== 'function') throw new Error(`${name} is undefined or not exported`)
  } catch (error) {
    await call('POST', 'init/error', tell(error))
    process.exit(1)
  }
  for (;;) {
    const { headers, body } = await call('GET', 'invocation/next')
    const id = headers['lambda-runtime-aws-request-id']
    process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id']
    const deadline = Number(headers['lambda-runtime-deadline-ms'])
    const context = { awsRequestId: id, functionName: 'shop', getRemainingTimeInMillis: () => deadline - Date.now() }
    const startedAt = performance.now()
    let answer
    try {
      answer = { path: 'response', body: JSON.stringify((await handler(JSON.parse(body), context)) ?? null) }
    } catch (error) {
      answer = { path: 'error', body: tell(error) }
    }
    const tookMs = performance.now() - startedAt
    // Timers that have fired or were cleared are gone once their turn is over.
    await new Promise((resolve) => setImmediate(resolve))
    const left = { timers: [...timers.values()], requests: underWay(), tookMs }
    await call('POST', `invocation/${id}/${answer.path}`, answer.body, { 'x-test-left': JSON.stringify(left) })
  }
}

await main()
