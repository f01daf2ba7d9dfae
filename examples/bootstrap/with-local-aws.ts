import { spawn } from 'node:child_process'
import { startLocalAws } from 'liveparam/local'
import { environmentOf, setUp } from './local-aws.ts'

// Runs a command beside a local AWS that holds what setup.sh stores, so that an example can be tried without an account.
const [command = '', ...args] = process.argv.slice(2)
const aws = await startLocalAws()
setUp(aws)
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...environmentOf(aws) } })
// The terminal sends Ctrl-C to both: the example ends first.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.once('close', (code) => {
  process.exitCode = code ?? 1
  void aws.close()
})
