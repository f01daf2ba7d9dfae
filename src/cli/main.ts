#!/usr/bin/env node
import { constants } from 'node:os'
import { run } from './run.ts'
import { makeTerminal, type SignalListener } from './terminal.ts'

// The only file of the command line that uses the process.
const { stdout, stderr } = process

// The reader of a pipe may end early, as `head` does.
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

// The SDK would print several lines about a version of Node that the user of this command may not even choose.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const interrupted = new AbortController()
const listeners = new Set<SignalListener>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const) {
  process.on(signal, () => {
    const isReceived = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT')
    for (const listener of listeners) listener(signal, isReceived)
    if (listeners.size > 0) return
    const code = 128 + constants.signals[signal]
    if (interrupted.signal.aborted) process.exit(code)
    process.exitCode = code
    interrupted.abort()
  })
}

// The timers of liveparam do not keep a process alive.
setInterval(() => undefined, 2 ** 30)

const terminal = makeTerminal({
  stdout,
  stderr,
  environment: process.env,
  hasInput: process.stdin.isTTY === true,
  folder: process.cwd(),
  // A package manager puts the programs of a project into this folder, which is not in the PATH of a shell.
  program:
    process.env.npm_execpath !== undefined || /[\\/]node_modules[\\/]\.bin[\\/]/.test(process.argv[1] ?? '')
      ? 'npx liveparam'
      : 'liveparam',
  nodeVersion: process.version,
  now: () => Date.now(),
  signal: interrupted.signal,
  onSignal(listener) {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
})
const code = await run(process.argv.slice(2), terminal)
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))))
// The module of the definition may have opened handles that would keep the process alive.
process.exit(interrupted.signal.aborted ? process.exitCode : code)
