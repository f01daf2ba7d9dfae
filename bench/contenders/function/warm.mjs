import middy from '@middy/core'
import { loadConfig } from 'liveparam'
import { configMiddleware, withConfig } from 'liveparam/lambda'
import { schema } from '../fresh-process/schema.mjs'

const invocations = 20_000
const config = await loadConfig({ path: '/cold', schema, poll: { everyMs: 3_600_000 } })
const { current } = config
const bare = middy(async (_event, { config: { key1 } }) => key1).before(({ context }) => {
  context.config = current
})
const handlers = [
  async () => current.key1,
  withConfig(async (_event, _context, { key1 }) => key1, config),
  bare,
  middy(async (_event, { config: { key1 } }) => key1).use(configMiddleware(config)),
]
const times = handlers.map(() => [])
for (let round = -2; round < Number(process.argv[2]); round++) {
  for (const [index, handler] of handlers.entries()) {
    // CPU time, so that other work of the machine does not count.
    const before = process.cpuUsage()
    for (let count = 0; count < invocations; count++) await handler({}, {})
    const { user, system } = process.cpuUsage(before)
    if (round >= 0) times[index].push((user + system) / invocations)
  }
}
const [plain, wrapped, before, behind] = times.map((taken) => taken.sort((a, b) => a - b)[taken.length >> 1])
console.log(plain, wrapped, behind - before)
process.exit()
