import type { Child, ChildEnvironment } from './child.ts'
import { NotStarted } from './child.ts'
import type { ExitCode } from './command.ts'
import type { Terminal } from './terminal.ts'

/** Starts a child, and passes signals on until it ends. @returns Its exit code, or that of a shell if it cannot start. */
export async function runChild(child: Child, environment: ChildEnvironment, terminal: Terminal): Promise<ExitCode> {
  const stopListening = terminal.onSignal((signal, isReceived) => child.signal(signal, isReceived))
  child.start(environment)
  try {
    return await child.ended
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error
    terminal.note(`liveparam: ${error.message}`)
    return error.exitCode
  } finally {
    stopListening()
  }
}
