import type { ReadFailure } from '../errors.ts'
import { printable } from './printable.ts'

/** Describes an error by its class and place, such as `TypeError at src/config.ts:12:3`. Its message may quote a secret. */
export function describeThrown(thrown: unknown): string {
  const error = inspectThrown(thrown)
  if (error === undefined) return 'a value that is not an error'
  const [frame] = error.frames
  return frame === undefined ? error.name : `${error.name} ${frame}`
}

/** The failure of an `import()` of a part of liveparam. */
export function moduleFailure(thrown: unknown): ReadFailure {
  return {
    code: 'UNREACHABLE',
    isTransient: true,
    detail: `a module of liveparam could not be loaded: ${describeThrown(thrown)}`,
    remedy: 'restart the process if the files of liveparam were replaced',
  }
}

/** A copy of an error without its message. */
export function withoutMessage(thrown: unknown): Error {
  return copyOfThrown(thrown, 'message withheld: it could quote a secret')
}

/** A copy of an error with another message. It keeps the class name and the stack frames, and no properties. */
export function copyOfThrown(thrown: unknown, message: string): Error {
  const copy = new Error(message)
  const error = inspectThrown(thrown)
  if (error === undefined) return copy
  copy.name = error.name
  copy.stack = [`${copy.name}: ${copy.message}`, ...error.frames.map((frame) => `    ${frame}`)].join('\n')
  return copy
}

// A thrown value may have getters that throw, and no constructor.
function inspectThrown(thrown: unknown): { readonly name: string; readonly frames: readonly string[] } | undefined {
  try {
    if (!(thrown instanceof Error)) return undefined
    const { name }: { readonly name: unknown } = Object.getPrototypeOf(thrown).constructor
    return { name: typeof name === 'string' ? printable(name) : 'Error', frames: framesOf(thrown).map(printable) }
  } catch {
    return undefined
  }
}

// A message may span lines and resemble a frame, so only the lines after it are frames. If the stack does not begin with
// the message, the message was set later, and the stack holds the previous one.
function framesOf({ stack, message }: { readonly stack?: unknown; readonly message: unknown }): string[] {
  if (typeof stack !== 'string' || typeof message !== 'string') return []
  const start = message === '' ? stack.indexOf('\n') : stack.indexOf(message)
  const [heading = '', ...lines] = stack.slice(Math.max(0, start) + message.length).split('\n')
  const isWhole = start !== -1 && heading === '' && !(message === '' && /:\s*\S/.test(stack.slice(0, start)))
  if (!isWhole || !lines.every((line) => line.startsWith('    at '))) return []
  return lines.map((line) => line.trim()).filter(isFrame)
}

// V8 prints the whole path of a file.
function isFrame(line: string): boolean {
  const place = line.slice(line.lastIndexOf('(') + 1).replace(/^at (async )?/, '')
  return /^(\/|[A-Za-z]:[\\/]|[a-z][\w+-]*:(\/\/|[a-z]))/.test(place) && /:\d+:\d+\)?$/.test(place)
}

/** The message of an error, or a thrown string. */
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
