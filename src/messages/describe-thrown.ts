import { printable } from './printable.ts'

/** `TypeError at src/config.ts:12:3`: who threw and where. What was thrown may quote a secret, so its message is not for others. */
export function describeThrown(thrown: unknown): string {
  const seen = look(thrown)
  if (seen === undefined) return 'something that is not an error'
  const [frame] = seen.frames
  return frame === undefined ? seen.name : `${seen.name} ${frame}`
}

/** A copy that tells where something was thrown and nothing of what it said. */
export function withoutMessage(thrown: unknown): Error {
  return copyOfThrown(thrown, 'message withheld: it could quote a secret')
}

/** A copy with this message, and none of the properties: the place where it was thrown is all that it keeps. */
export function copyOfThrown(thrown: unknown, message: string): Error {
  const copy = new Error(message)
  const seen = look(thrown)
  if (seen === undefined) return copy
  copy.name = seen.name
  copy.stack = [`${copy.name}: ${copy.message}`, ...seen.frames.map((frame) => `    ${frame}`)].join('\n')
  return copy
}

interface Seen {
  readonly name: string
  readonly frames: readonly string[]
}

// Whatever is thrown may have getters that throw, and no constructor.
function look(thrown: unknown): Seen | undefined {
  try {
    if (!(thrown instanceof Error)) return undefined
    const { name }: { readonly name: unknown } = Object.getPrototypeOf(thrown).constructor
    return { name: typeof name === 'string' ? printable(name) : 'Error', frames: framesOf(thrown).map(printable) }
  } catch {
    return undefined
  }
}

// A message may span lines and look like anything: frames are what follows it. Where the stack does not begin with it,
// it was written later, and the stack still has the one before.
function framesOf({ stack, message }: { readonly stack?: unknown; readonly message: unknown }): string[] {
  if (typeof stack !== 'string' || typeof message !== 'string') return []
  const start = message === '' ? stack.indexOf('\n') : stack.indexOf(message)
  const [heading = '', ...lines] = stack.slice(Math.max(0, start) + message.length).split('\n')
  const isWhole = start !== -1 && heading === '' && !(message === '' && /:\s*\S/.test(stack.slice(0, start)))
  if (!isWhole || !lines.every((line) => line.startsWith('    at '))) return []
  return lines.map((line) => line.trim()).filter(isFrame)
}

// V8 gives the whole path of a file.
function isFrame(line: string): boolean {
  const place = line.slice(line.lastIndexOf('(') + 1).replace(/^at (async )?/, '')
  return /^(\/|[A-Za-z]:[\\/]|[a-z][\w+-]*:(\/\/|[a-z]))/.test(place) && /:\d+:\d+\)?$/.test(place)
}

/** What an error, or a text that is thrown, says. */
export function messageOf(thrown: unknown): string | undefined {
  try {
    if (typeof thrown === 'string') return thrown
    if (!(thrown instanceof Error)) return undefined
    const { message }: { readonly message: unknown } = thrown
    return typeof message === 'string' && message.trim() !== '' ? message : undefined
  } catch {
    return undefined
  }
}
