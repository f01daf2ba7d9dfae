import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'

const bootstrap = fileURLToPath(new URL('lambda-bootstrap.mjs', import.meta.url))

/** A function to start. */
export interface FunctionOptions {
  /** The folder in which its code is. */
  readonly root: string
  /** Such as `index.handler`. */
  readonly handler: string
  readonly env?: Readonly<Record<string, string>>
}

/** What came of an invocation. */
export interface Answer {
  readonly kind: 'response' | 'error'
  readonly body: unknown
  /** What was under way when the handler had ended: where timers were set, and what AWS was asked. */
  readonly left: { readonly timers: readonly string[]; readonly requests: readonly string[]; readonly tookMs: number }
}

/** A time during which the process was stopped, in milliseconds since the Unix epoch. */
export interface Freeze {
  readonly from: number
  until: number
}

/**
 * One environment of a function behind the Runtime API. Its process is stopped whenever it waits for an event: what it
 * has under way then stands still until the next one, while everybody else's time goes on.
 */
export interface LambdaFunction {
  /** Resolves when the init phase is over, and the process is stopped. @throws Error what the init phase threw. */
  readonly initialized: Promise<void>
  /** Wakes the process with an event; resolves when it is stopped again. */
  invoke(event?: object): Promise<Answer>
  /** Lets so much time go by while the process is stopped. */
  stayFrozen(ms: number): Promise<void>
  readonly freezes: readonly Freeze[]
  /** What it wrote, to whichever stream. */
  readonly output: string
}

export async function startFunction(aws: LocalAws, options: FunctionOptions): Promise<LambdaFunction> {
  const environment = new Environment(aws, options)
  onTestFinished(() => environment.end())
  await environment.start()
  return environment
}

/** Calls that reached AWS while the process was stopped. */
export function callsDuringFreezes(aws: LocalAws, { freezes }: LambdaFunction): readonly string[] {
  // What was sent just before may arrive just after.
  const isFrozen = (at: number) => freezes.some(({ from, until }) => at > from + 5 && at < until)
  return aws.requests.filter(({ at }) => isFrozen(at)).map(({ action }) => action)
}

class Environment implements LambdaFunction {
  readonly freezes: Freeze[] = []
  readonly initialized: Promise<void>
  readonly #aws: LocalAws
  readonly #options: FunctionOptions
  readonly #server: Server
  #child: ChildProcess | undefined
  #output = ''
  #count = 0
  #next: ServerResponse | undefined
  #answer: Answer | undefined
  #frozen: { resolve(): void; reject(error: Error): void } = { resolve: () => undefined, reject: () => undefined }

  constructor(aws: LocalAws, options: FunctionOptions) {
    this.#aws = aws
    this.#options = options
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.initialized = this.#untilFrozen()
    this.initialized.catch(() => undefined)
  }

  get output(): string {
    return this.#output
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { root, handler, env } = this.#options
    const { _X_AMZN_TRACE_ID: _, ...inherited } = process.env
    const child = spawn(process.execPath, [bootstrap], {
      env: {
        ...inherited,
        AWS_LAMBDA_FUNCTION_NAME: 'shop',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        LAMBDA_TASK_ROOT: root,
        _HANDLER: handler,
        AWS_REGION: this.#aws.clientOptions.region,
        AWS_ENDPOINT_URL: this.#aws.endpoint,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        this.#output += String(chunk)
      })
    }
    child.once('exit', (code) => this.#frozen.reject(new Error(`the process ended with ${code}: ${this.#output}`)))
  }

  async invoke(event: object = {}): Promise<Answer> {
    await this.initialized
    const isOver = this.#untilFrozen()
    this.#answer = undefined
    // The event is there by the time the process goes on, as is the news of every connection that was closed.
    this.#next?.writeHead(200, {
      'lambda-runtime-aws-request-id': `request-${this.#count++}`,
      'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700',
      'lambda-runtime-deadline-ms': Date.now() + 10_000,
    })
    this.#next?.end(JSON.stringify(event))
    const freeze = this.freezes.at(-1)
    if (freeze !== undefined) freeze.until = Date.now()
    this.#child?.kill('SIGCONT')
    await isOver
    if (this.#answer === undefined) throw new Error('there was no answer')
    return this.#answer
  }

  stayFrozen(ms: number): Promise<void> {
    return sleep(ms)
  }

  async end(): Promise<void> {
    this.#child?.kill('SIGKILL')
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #untilFrozen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#frozen = { resolve, reject }
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, kind = ''] = /\/(next|response|error)$/.exec(request.url ?? '') ?? []
    const body = await text(request)
    if (kind === 'next') {
      this.#next = response
      this.#child?.kill('SIGSTOP')
      this.freezes.push({ from: Date.now(), until: Number.POSITIVE_INFINITY })
      this.#frozen.resolve()
      return
    }
    response.writeHead(202).end()
    if (request.url?.endsWith('/init/error')) this.#frozen.reject(new Error(JSON.parse(body).errorMessage))
    else if (kind === 'response' || kind === 'error') {
      this.#answer = { kind, body: JSON.parse(body), left: JSON.parse(String(request.headers['x-test-left'])) }
    }
  }
}
