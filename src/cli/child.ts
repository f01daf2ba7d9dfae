import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Clock } from '../ports.ts'
import type { ExitCode } from './command.ts'

export type ChildEnvironment = Readonly<Record<string, string | undefined>>

/** How a child is run. */
export interface ChildOptions {
  /** The program and its arguments. No shell reads them. */
  readonly command: readonly string[]
  readonly folder: string
  readonly clock: Clock
  /** How long a child that is replaced may take to end after SIGTERM, in milliseconds. Then it is killed. */
  readonly killAfterMs: number
}

const endingSignals: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])

/** Runs a command that has the terminal to itself: one process at a time. */
export class Child {
  /**
   * Resolves when a process ends that was not replaced: with its exit code, or with 128 and the number of the signal
   * that ended it. Rejects with NotStarted if the command cannot be started.
   */
  readonly ended: Promise<ExitCode>
  readonly #options: ChildOptions
  readonly #settle: { resolve(code: ExitCode): void; reject(error: unknown): void }
  #process: ChildProcess | undefined
  #replacing: { next: ChildEnvironment | undefined; readonly started: Promise<void> } | undefined

  constructor(options: ChildOptions) {
    this.#options = options
    const { promise, ...settle } = withResolvers<ExitCode>()
    this.#settle = settle
    this.ended = promise
  }

  /** Starts the command. */
  start(environment: ChildEnvironment): void {
    const { command, folder } = this.#options
    const [program = '', ...given] = command
    let running: ChildProcess
    try {
      running = spawn(program, given, { cwd: folder, env: { ...environment }, stdio: 'inherit' })
    } catch (error) {
      // Node throws some of the failures.
      this.#settle.reject(notStarted(program, Object(error)))
      return
    }
    this.#process = running
    running.once('error', (error) => this.#end(running, () => this.#settle.reject(notStarted(program, error))))
    running.once('exit', (...end) => this.#end(running, () => this.#settle.resolve(exitCodeOf(...end))))
  }

  /** Ends the process, waits for its end and starts the command again. During that, the last environment counts. */
  replace(environment: ChildEnvironment): Promise<void> {
    if (this.#replacing !== undefined) {
      this.#replacing.next = environment
      return this.#replacing.started
    }
    const running = this.#process
    if (running === undefined) return Promise.resolve()
    this.#replacing = { next: environment, started: this.#replace(running) }
    return this.#replacing.started
  }

  /**
   * Passes a signal on. A child that is being replaced is not started again after a signal that ends programs.
   *
   * @param isReceived Whether the child has the signal already: a terminal sends SIGINT to every process in front.
   */
  signal(signal: NodeJS.Signals, isReceived: boolean): void {
    if (this.#replacing !== undefined && endingSignals.has(signal)) this.#replacing.next = undefined
    if (!isReceived) this.#process?.kill(signal)
  }

  async #replace(running: ChildProcess): Promise<void> {
    const { clock, killAfterMs } = this.#options
    const exited = new AbortController()
    const ended = new Promise<ExitCode>((resolve) => running.once('exit', (...end) => resolve(exitCodeOf(...end))))
    const kill = clock.sleep(killAfterMs, exited.signal).then(
      () => running.kill('SIGKILL'),
      () => undefined,
    )
    running.kill('SIGTERM')
    const code = await ended
    exited.abort()
    await kill
    const next = this.#replacing?.next
    this.#replacing = undefined
    if (next === undefined) this.#settle.resolve(code)
    else this.start(next)
  }

  #end(ended: ChildProcess, settle: () => void): void {
    if (this.#process !== ended) return
    this.#process = undefined
    if (this.#replacing === undefined) settle()
  }
}

/** A command that cannot be started. Its exit code is that of a shell: 127 if there is no such command, otherwise 126. */
export class NotStarted extends Error {
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode) {
    super(message)
    this.exitCode = exitCode
  }
}

function notStarted(program: string, { code }: NodeJS.ErrnoException): NotStarted {
  if (code === 'ENOENT') return new NotStarted(`there is no command ${program}: check its spelling and PATH`, 127)
  if (code === 'E2BIG') {
    const remedy = 'store shorter values, or let it read them with loadConfig()'
    return new NotStarted(`${program} cannot be run, because its environment is too large: ${remedy}`, 126)
  }
  if (code === 'EACCES') return new NotStarted(`${program} cannot be run: make the file executable`, 126)
  return new NotStarted(`${program} cannot be run: ${code ?? 'for an unknown reason'}`, 126)
}

function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): ExitCode {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal])
}

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<Value>((resolved, rejected) => {
    resolve = resolved
    reject = rejected
  })
  return { promise, resolve, reject }
}
