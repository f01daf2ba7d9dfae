import type { $ZodIssue } from 'zod/v4/core'

// The message of zod where no error map and no locale has one.
const unwritten = 'Invalid input'

/**
 * The error map for a parse. zod calls it if neither the check nor its schema has a message, and before the locale. In
 * every version of zod, a message other than {@link unwritten} is therefore written by the author of the schema.
 */
export function wordForUnwritten(issue: object): string {
  return customMessage(issue) ?? unwritten
}

/** Whether the author of the schema wrote the message of an issue. */
export function isWritten({ message }: $ZodIssue): boolean {
  return message !== unwritten && message.trim() !== ''
}

// zod calls the author's `z.config({ customError })` after the map of a parse. Before zod 4.4 its place is not public.
function customMessage(issue: object): string | undefined {
  const config: unknown = Reflect.get(globalThis, '__zod_globalConfig')
  const customError: unknown = typeof config === 'object' && config !== null && Reflect.get(config, 'customError')
  const custom: unknown = typeof customError === 'function' ? customError(issue) : undefined
  const message: unknown = typeof custom === 'object' && custom !== null ? Reflect.get(custom, 'message') : custom
  return typeof message === 'string' ? message : undefined
}
