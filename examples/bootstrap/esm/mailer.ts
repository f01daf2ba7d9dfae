import { config } from './config.ts'

/** Returns the arguments for a mail service. */
export function compose(to: string): { from: string; to: string; headers: { authorization: string } } {
  const { from, apiKey } = config.current.mail
  return { from, to, headers: { authorization: `Bearer ${apiKey}` } }
}
