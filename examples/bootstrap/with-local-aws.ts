import { spawn } from 'node:child_process'
import { startLocalAws } from 'liveparam/local'
import { environmentOf, setUp } from './local-aws.ts'

// Runs a command against a local AWS with the contents of setup.sh, so that you can try an example without an account.
const [command = '', ...args] = process.argv.slice(2)
const aws = await startLocalAws()
setUp(aws)
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...environmentOf(aws) } })
// The terminal sends Ctrl-C to both processes: let the example end first.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.once('close', (code) => {
  process.exitCode = code ?? 1
  void aws.close()
})
