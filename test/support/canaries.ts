/** Secrets of the shapes that quoting, escaping and cutting treat differently. */
export const shapes: readonly (readonly [string, string])[] = [
  ['a plain word', 'hunter2canary'],
  ['digits', '90071992547409931234'],
  ['JSON', '{"password":"hunter2canary"}'],
  ['broken JSON', '{"password":"hunter2canary",}'],
  ['quotes and backslashes', '"hunter2\\canary\'`$(x)'],
  ['several lines', 'hunter2canary\n    at hunter2canary (file.ts:1:1)\nError: hunter2canary'],
  ['a private key', '-----BEGIN PRIVATE KEY-----\nhunter2canaryMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n'],
  ['a URL', 'postgres://user:hunter2canary@db.internal:5432/app'],
  ['a list', 'hunter2canary,hunter2canary'],
  ['letters outside of ASCII', 'hünter2canäry🔑'],
  ['what inspect would cut', `hunter2canary${'x'.repeat(4_000)}`],
  ['a prototype', '__proto__hunter2canary'],
  ['a format', '%s %o %j hunter2canary'],
]

/** The lines of a text in which a secret stands, or the part of it that makes it one. */
export function linesWith(canary: string, text: string): string[] {
  const tells = [canary, 'hunter2', 'hünter2', '90071992547409931234']
  return text.split('\n').filter((line) => tells.some((tell) => line.includes(tell)))
}
