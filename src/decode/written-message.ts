import type { $ZodIssue } from 'zod/v4/core'

// What zod says in the end when no error map and no locale has a message.
const unwritten = 'Invalid input'

/**
 * The error map for a parse. zod asks it where neither the check nor its schema has a message, and before the locale: a
 * message other than {@link unwritten} is then one that the author of the schema wrote, whatever the version of zod.
 */
export function wordForUnwritten(issue: object): string {
  return customMessage(issue) ?? unwritten
}

/** Whether the author of the schema wrote the message of an issue. */
export function isWritten({ message }: $ZodIssue): boolean {
  return message !== unwritten && message.trim() !== ''
}

// The author's `z.config({ customError })` comes after the map of a parse. Before zod 4.4 its place is not public.
function customMessage(issue: object): string | undefined {
  const config: unknown = Reflect.get(globalThis, '__zod_globalConfig')
  const customError: unknown = typeof config === 'object' && config !== null && Reflect.get(config, 'customError')
  const said: unknown = typeof customError === 'function' ? customError(issue) : undefined
  const message: unknown = typeof said === 'object' && said !== null ? Reflect.get(said, 'message') : said
  return typeof message === 'string' ? message : undefined
}
