import { pathToFileURL } from 'node:url'

const { handler } = await import(pathToFileURL(process.argv[2]).href)
const answer = await handler({}, {})
if (answer !== 1) throw new Error('this is not what is stored')
console.log(performance.now() - performance.nodeTiming.bootstrapComplete)
process.exit()
