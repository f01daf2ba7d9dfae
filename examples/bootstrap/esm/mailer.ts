import { config } from './config.ts'

/** What a mail service would be called with. */
export function compose(to: string): { from: string; to: string; headers: { authorization: string } } {
  const { from, apiKey } = config.current.mail
  return { from, to, headers: { authorization: `Bearer ${apiKey}` } }
}
