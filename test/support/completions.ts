import { spawn } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as z from 'zod'

const root = fileURLToPath(new URL('../..', import.meta.url))
const messageSchema = z.looseObject({
  id: z.union([z.number(), z.string()]).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
})
type Message = z.infer<typeof messageSchema>
const hoverSchema = z.object({ contents: z.object({ value: z.string() }) })
const errorsSchema = z.object({ items: z.array(z.object({ message: z.string(), severity: z.number() })) })
const completionsSchema = z.object({ items: z.array(z.object({ label: z.string() })) })

/** What an editor knows of code: the language server of TypeScript. */
export interface Editor {
  /**
   * What it offers, in alphabetical order.
   *
   * @param code A file in `test`; `|` stands where somebody is typing.
   */
  completionsAt(code: string): Promise<readonly string[]>
  /** What it shows of the name at `|`. */
  hoverAt(code: string): Promise<string>
  /** The errors that it marks. */
  errorsIn(code: string): Promise<readonly string[]>
  close(): void
}

export async function openEditor(): Promise<Editor> {
  const { ask, tell, close } = startServer()
  await ask('initialize', { processId: process.pid, rootUri: pathToFileURL(root).href, capabilities: {} })
  tell('initialized', {})
  let files = 0
  const open = (code: string) => {
    files += 1
    const textDocument = { uri: pathToFileURL(`${root}/test/typed-here-${files}.ts`).href }
    const [before = '', after = ''] = code.split('|')
    const lines = before.split('\n')
    const position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 }
    const opened = { ...textDocument, languageId: 'typescript', version: 1, text: before + after }
    tell('textDocument/didOpen', { textDocument: opened })
    return { textDocument, position }
  }
  return {
    async completionsAt(code) {
      const result = await ask('textDocument/completion', open(code))
      return completionsSchema
        .parse(result)
        .items.map(({ label }) => label)
        .sort()
    },
    async hoverAt(code) {
      return hoverSchema.parse(await ask('textDocument/hover', open(code))).contents.value
    },
    async errorsIn(code) {
      const { textDocument } = open(code)
      const { items } = errorsSchema.parse(await ask('textDocument/diagnostic', { textDocument }))
      return items.filter(({ severity }) => severity === 1).map(({ message }) => message)
    },
    close,
  }
}

function startServer() {
  const child = spawn(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, '--lsp', '--stdio'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const asked = new Map<number | string, (result: unknown) => void>()
  const send = (message: object) => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))
    child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`)
    child.stdin.write(body)
  }
  const hear = ({ id, method, params, result }: Message) => {
    if (id === undefined) return
    if (method === undefined) asked.get(id)?.(result)
    else send({ id, result: answerTo(method, params) })
  }
  let received: Buffer = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Buffer) => {
    const { messages, rest } = split(Buffer.concat([received, chunk]))
    received = rest
    for (const message of messages) hear(message)
  })
  return {
    close: () => void child.kill(),
    tell: (method: string, params: object) => send({ method, params }),
    ask(method: string, params: object): Promise<unknown> {
      const id = asked.size + 1
      send({ id, method, params })
      return new Promise((resolve) => asked.set(id, resolve))
    },
  }
}

// It asks for settings, of which there are none.
function answerTo(method: string, params: unknown): unknown {
  if (method !== 'workspace/configuration') return null
  return z
    .object({ items: z.array(z.unknown()) })
    .parse(params)
    .items.map(() => null)
}

function split(received: Buffer): { readonly messages: readonly Message[]; readonly rest: Buffer } {
  const end = received.indexOf('\r\n\r\n')
  const [, length] = /Content-Length: (\d+)/i.exec(received.subarray(0, Math.max(end, 0)).toString()) ?? []
  const next = end + 4 + Number(length)
  if (length === undefined || received.length < next) return { messages: [], rest: received }
  const { messages, rest } = split(received.subarray(next))
  const message = messageSchema.parse(JSON.parse(received.subarray(end + 4, next).toString()))
  return { messages: [message, ...messages], rest }
}
