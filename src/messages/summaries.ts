import { type ConfigError, isLoadError, type Problem } from '../errors.ts'

/** The first problem of an error, and how many others there are. */
export function summarize(error: ConfigError): string {
  const [first, ...others] = isLoadError(error) ? error.problems : []
  if (first === undefined) return error.message.split('\n')[0] ?? ''
  const more = others.length === 0 ? '' : `; and ${others.length} more ${others.length === 1 ? 'problem' : 'problems'}`
  return `${describeProblem(first)}${more}`
}

function describeProblem({ code, key, parameter, expected, detail, remedy }: Problem): string {
  const place = [key, parameter].filter((part) => part !== undefined).join(' ')
  const what = expected === undefined ? detail : `expected ${expected}: ${detail}`
  return [place === '' ? code : `${place} [${code}]`, what, ...(remedy === undefined ? [] : [remedy])].join(': ')
}

/** What the policy of a parameter announced. */
export function describeExpiry({
  parameter,
  policy,
  expiresAt,
}: {
  readonly parameter: string
  readonly policy: string
  readonly expiresAt?: number
}): string {
  if (policy === 'NoChangeNotification') return `${parameter} has not changed for as long as its policy allows`
  if (policy === 'Expiration') return `${parameter} has expired, and is deleted`
  const when = expiresAt === undefined ? 'soon' : `at ${new Date(expiresAt).toISOString()}`
  return `${parameter} expires ${when}, and is then deleted`
}
