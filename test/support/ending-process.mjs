import { closeOnSignals } from 'liveparam'
import { createTestConfig } from 'liveparam/testing'
import * as z from 'zod'

const [how] = process.argv.slice(2)
const config = await createTestConfig({ schema: z.object({ a: z.string() }), path: '/app' }, { values: { a: 'x' } })
await config.resource(
  ({ a }) => a,
  (a) => a,
  { destroy: (thing) => console.log('destroyed', thing) },
)
config.on('closed', () => console.log('closed'))
// Destroying takes a while, and the other one is closed long before.
const other =
  how.startsWith('two') &&
  (await createTestConfig({ schema: z.object({ b: z.string() }), path: '/b' }, { values: { b: 'y' } }))
if (other) {
  const slow = () => new Promise((resolve) => setTimeout(resolve, how === 'two' ? 100 : 60_000))
  await other.resource(
    ({ b }) => b,
    (b) => b,
    { destroy: () => slow().then(() => console.log('destroyed slowly')) },
  )
  closeOnSignals(other, { timeoutMs: 30_000 })
}
const before = {
  rejecting: () => Promise.reject(new Error('the server would not close')),
  hanging: () => new Promise(() => undefined),
  patient: () => new Promise((resolve) => setTimeout(resolve, 50)).then(() => console.log('ready to close')),
}[how]
const taken = closeOnSignals(config, { timeoutMs: how === 'patient' ? 2 ** 32 : 500, ...(before && { before }) })
if (how === 'taken') taken[Symbol.dispose]()
if (how === 'shared') process.on('SIGTERM', () => console.log('somebody else'))
// A server, say: what ends is not to end by itself, but for the one that has others listening.
const alive = setInterval(() => undefined, 1_000)
if (how === 'shared') config.on('closed', () => clearInterval(alive))
console.log('up')
